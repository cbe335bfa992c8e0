import { reasonOfRefusal } from "../verify/refusal.ts";
import { type Diagnosis, fail, ok, skip, warn } from "./diagnosis.ts";
import type { Patient } from "./patient.ts";
import type { Symptoms } from "./symptoms.ts";

/** The module that forwards for upstream's daemon: each step from source to rule, up to the first that is missing. */
export function judgeKernel(symptoms: Symptoms, patient: Patient): Diagnosis[] {
  const title = "kernel path";
  if (patient.isOurs) return [fastpath(symptoms.fastpath, title)];
  if (patient.table < 0) return [ok(title, "not wanted (table = -1): packets stay in user space")];
  return [
    moduleOf(symptoms, title),
    ...(symptoms.modules === "" ? [] : [owner(symptoms), rules(symptoms, patient)]),
  ];
}

/** Our engine needs no module: it says itself whether eBPF forwards. */
function fastpath(status: string, title: string): Diagnosis {
  const [first = "", ...more] = status.split("\n").map((line) => line.trim());
  const evidence = first.replace("Forwarding in the kernel: ", "eBPF: ");
  if (status === "") return skip(title, "the engine does not say: see the lines on the service");
  if (evidence.includes("switched off")) return ok(title, `${evidence} (table, fastpath)`);
  if (!evidence.endsWith(": active")) {
    return warn(
      title,
      `${evidence}; media go through user space`,
      "rtpengine-ctl fastpath status; rtpengine --config-test",
    );
  }
  const unwatched = more.filter((line) => line.includes("not watched"));
  if (unwatched.length > 0) return warn(title, unwatched.join("; "), "rtpengine-ctl fastpath status");
  return ok(title, [evidence, ...more].join("; "));
}

function moduleOf(symptoms: Symptoms, title: string): Diagnosis {
  const { modules, moduleFiles, dkms, headers, kernel, packages, source } = symptoms;
  if (modules !== "") return ok(title, `${modules.split(" ")[0]} is loaded`);
  if (moduleFiles !== "") return notLoaded(symptoms, title);
  if (headers === "") {
    return fail(
      title,
      `there is no module for kernel ${kernel}, and its headers are missing`,
      `apt-get install linux-headers-${kernel}; dkms autoinstall`,
    );
  }
  if (dkms === "") {
    const prefix = /^ii\s+ngcp-/m.test(packages) ? "ngcp-" : "";
    const fix = source === "" ? `apt-get install ${prefix}rtpengine-kernel-dkms` : "rtpengine-role apply";
    return fail(title, "the module's source is not installed", fix);
  }
  return fail(
    title,
    `the module is not built for kernel ${kernel}: ${dkms.split("\n")[0]}`,
    "dkms autoinstall; dkms status",
  );
}

/** Built and not loaded: by what modprobe was told, else by what is known of this kernel. */
function notLoaded(
  { refusal, kernelLog, secureBoot, lockdown, moduleFiles }: Symptoms,
  title: string,
): Diagnosis {
  const name = /(xt_RTPENGINE|nft_rtpengine)\.ko/.exec(moduleFiles)?.[1] ?? "xt_RTPENGINE";
  const said = [reasonOfRefusal(refusal), kernelLog].filter((text) => text !== "").join("; ");
  const isLocked = secureBoot === "1" || /\[(integrity|confidentiality)\]/.test(lockdown);
  if (/key|not permitted|unsigned|verification failed/i.test(said) || (said === "" && isLocked)) {
    const why =
      said === ""
        ? "Secure Boot (kernel lockdown) is on, and an unsigned module is refused"
        : `the kernel refuses it: ${said}`;
    return fail(
      title,
      `the module is built, but not loaded: ${why}; media stay in user space`,
      "mokutil --import /var/lib/dkms/mok.pub  # then reboot and confirm",
    );
  }
  if (/exec format|module format|disagrees about version/i.test(said)) {
    const fix = `dkms autoinstall --force; modprobe ${name}; systemctl restart rtpengine`;
    return fail(title, `the module was built for another kernel: ${said}; media stay in user space`, fix);
  }
  return fail(
    title,
    `the module is built for this kernel, but not loaded${said === "" ? "" : `: ${said}`}; media stay in user space`,
    `modprobe ${name} && systemctl restart rtpengine`,
  );
}

function owner({ moduleOwner, modules, unit }: Symptoms): Diagnosis {
  const title = "module's owner";
  const user = /^User=(.*)$/m.exec(unit)?.[1] || "root";
  if (moduleOwner === user || user === "root") return ok(title, `${moduleOwner}, as the service`);
  return fail(
    title,
    `/proc/rtpengine belongs to ${moduleOwner}, the service is ${user}: it cannot forward in the kernel`,
    `systemctl stop rtpengine && modprobe -r ${modules.split(" ")[0]} && systemctl start rtpengine  # options: /etc/modprobe.d/rtpengine.conf`,
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
  const hooks = hooksOf(ruleset);
  if (hooks.length > 0 && !hooks.includes("input")) {
    return warn(
      title,
      `what leads packets to the module hooks into ${hooks.join(", ")}, not into input: nothing that is for this host comes by`,
      "nft list ruleset; systemctl restart rtpengine",
    );
  }
  return ok(title, `table ${table}, in INPUT`);
}

/** The hooks from which nftables' rules lead to the module: of the chain that names it, or of those that jump there. */
function hooksOf(ruleset: string): string[] {
  const chains = [...ruleset.matchAll(/^\s*chain (\S+) \{\n([\s\S]*?)^\s*\}/gm)].map(([, name, body]) => ({
    name: name!,
    body: body!,
  }));
  const leading = new Set(
    chains
      .filter(({ name, body }) => /rtpengine/i.test(name) || /rtpengine/i.test(body))
      .map(({ name }) => name),
  );
  return chains
    .filter(
      ({ name, body }) =>
        leading.has(name) || [...leading].some((target) => new RegExp(`(jump|goto) ${target}\\b`).test(body)),
    )
    .flatMap(({ body }) => /hook (\S+)/.exec(body)?.[1] ?? []);
}
