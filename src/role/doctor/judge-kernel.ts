import { type Diagnosis, fail, ok, skip, warn } from "./diagnosis.ts";
import type { Patient } from "./patient.ts";
import type { Symptoms } from "./symptoms.ts";

/** The module that forwards for upstream's daemon: each step from source to rule, up to the first that is missing. */
export function judgeKernel(symptoms: Symptoms, patient: Patient): Diagnosis[] {
  const title = "kernel path";
  if (patient.isOurs)
    return [skip(title, "this engine needs no module; forwarding in the kernel is not built yet")];
  if (patient.table < 0) return [ok(title, "not wanted (table = -1): packets stay in user space")];
  return [
    moduleOf(symptoms, title),
    ...(symptoms.modules === "" ? [] : [owner(symptoms), rules(symptoms, patient)]),
  ];
}

function moduleOf(symptoms: Symptoms, title: string): Diagnosis {
  const { modules, moduleFiles, dkms, headers, kernel, secureBoot } = symptoms;
  if (modules !== "") return ok(title, `${modules.split(" ")[0]} is loaded`);
  if (moduleFiles !== "") {
    if (secureBoot === "1") {
      return fail(
        title,
        "the module is built, but not loaded, and Secure Boot is on: an unsigned module is refused",
        "mokutil --import /var/lib/dkms/mok.pub  # then reboot and confirm",
      );
    }
    return fail(
      title,
      "the module is built for this kernel, but not loaded",
      "modprobe xt_RTPENGINE || modprobe nft_rtpengine; systemctl restart rtpengine",
    );
  }
  if (headers === "") {
    return fail(
      title,
      `there is no module for kernel ${kernel}, and its headers are missing`,
      `apt-get install linux-headers-${kernel}; dkms autoinstall`,
    );
  }
  if (dkms === "")
    return fail(title, "the module's source is not installed", "apt-get install rtpengine-kernel-dkms");
  return fail(
    title,
    `the module is not built for kernel ${kernel}: ${dkms.split("\n")[0]}`,
    "dkms autoinstall; dkms status",
  );
}

function owner({ moduleOwner, unit }: Symptoms): Diagnosis {
  const title = "module's owner";
  const user = /^User=(.*)$/m.exec(unit)?.[1] || "root";
  if (moduleOwner === user || user === "root") return ok(title, `${moduleOwner}, as the service`);
  return fail(
    title,
    `/proc/rtpengine belongs to ${moduleOwner}, the service is ${user}: it cannot forward in the kernel`,
    "systemctl stop rtpengine && modprobe -r xt_RTPENGINE && systemctl start rtpengine  # options: /etc/modprobe.d/rtpengine.conf",
  );
}

function rules({ legacyRules, rules: ruleset, moduleTables }: Symptoms, { table }: Patient): Diagnosis {
  const title = "forwarding rules";
  const names = moduleTables.split("\n");
  if (!names.includes(String(table))) {
    return fail(
      title,
      `the module has no table ${table} (there are ${names.filter((name) => /^[0-9]+$/.test(name)).join(", ") || "none"})`,
      "systemctl restart rtpengine; journalctl -u rtpengine | grep -i table",
    );
  }
  const all = `${legacyRules}\n${ruleset}`;
  if (!/RTPENGINE|rtpengine/.test(all)) {
    return fail(
      title,
      `table ${table} is there, but no rule leads packets to it`,
      "systemctl restart rtpengine; iptables -L INPUT -n | grep -i rtpengine",
    );
  }
  if (legacyRules !== "" && !/-A INPUT .*rtpengine/i.test(legacyRules)) {
    return warn(
      title,
      "there is a chain for the module, but INPUT does not jump to it",
      "iptables -I INPUT -p udp -j rtpengine",
    );
  }
  return ok(title, `table ${table}, in INPUT`);
}
