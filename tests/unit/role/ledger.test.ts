import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { LEDGER_SCRIPT } from "../../../src/role/recipe/ledger.ts";
import { temporaryFolder } from "../../support/role-workplace.ts";

/** Packages are lines of a file: `ii NAME`, `rc NAME`; NEEDED needs what the file of its name lists. */
const DPKG_QUERY = `#!/bin/sh
while IFS=' ' read -r status name; do echo "$status |$name"; done <FOLDER/packages
`;
const APT_GET = `#!/bin/sh
case "$*" in
*--simulate*)
	shift 4
	for name; do echo "Remv $name [1.0]"; done
	for file in FOLDER/needs-*; do
		test -e "$file" || continue
		for name; do if grep -qx "$name" "$file"; then echo "Remv \${file##*needs-} [1.0]"; fi; done
	done
	;;
esac
`;
const APT_CACHE = `#!/bin/sh
for name; do test ! -e "FOLDER/needs-$name" || { echo "$name"; cat "FOLDER/needs-$name"; }; done
`;

describe("the ledger", () => {
  let folder: string;

  beforeEach(() => {
    folder = temporaryFolder(onTestFinished);
    mkdirSync(join(folder, "bin"));
    const programs = {
      "dpkg-query": DPKG_QUERY,
      "apt-get": APT_GET,
      "apt-cache": APT_CACHE,
      "apt-mark": "#!/bin/sh\ncat FOLDER/auto\n",
      systemctl: "#!/bin/sh\n",
      dkms: '#!/bin/sh\necho "$*" >>FOLDER/dkms\n',
    };
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(folder, "bin", name), text.replaceAll("FOLDER", folder));
      chmodSync(join(folder, "bin", name), 0o755);
    }
    writeFileSync(join(folder, "packages"), "ii base\n");
    writeFileSync(join(folder, "auto"), "");
    mkdirSync(join(folder, "etc"));
  });

  const at = (path: string): string => join(folder, path);
  const write = (path: string, text: string): void => writeFileSync(at(path), text);
  const read = (path: string): string => readFileSync(at(path), "utf8");
  const ledger = (...words: string[]): string => {
    const text = LEDGER_SCRIPT.replaceAll(
      /\/(var\/lib\/(?:rtpengine-role|dkms)|usr\/src|run\/rtpengine-role|var\/cache\/rtpengine-role|proc\/sys|etc\/(?:sysctl[.]d|nftables))/g,
      `${folder}/$1`,
    );
    const { status, stdout, stderr } = spawnSync("sh", ["-c", text, "sh", ...words], {
      encoding: "utf8",
      env: { PATH: `${join(folder, "bin")}:/usr/sbin:/usr/bin:/sbin:/bin` },
    });
    expect(status, stderr).toBe(0);
    return stdout.trim();
  };
  const OURS = "# Written by the role: changes are overwritten.\n";

  it("brings back what was there, with owner and mode, and removes what was not", () => {
    write("etc/unit", "the administrator's\n");
    chmodSync(at("etc/unit"), 0o600);
    symlinkSync("/etc/hostname", at("etc/link"));
    mkdirSync(at("etc/folder"), { mode: 0o711 });
    const paths = ["etc/unit", "etc/link", "etc/folder", "etc/new.d", "etc/new.d/role.conf"].map(at);
    ledger("begin", ...paths);
    write("etc/unit", OURS);
    chmodSync(at("etc/unit"), 0o644);
    rmSync(at("etc/link"));
    symlinkSync("/dev/null", at("etc/link"));
    chmodSync(at("etc/folder"), 0o750);
    mkdirSync(at("etc/new.d"));
    write("etc/new.d/role.conf", OURS);
    // A second run, before which the role was there, notes nothing else.
    ledger("begin", ...paths);
    const plan = ledger("restore-plan", "no", "");
    expect(read("etc/unit")).toBe(OURS);
    expect(ledger("restore", "no", "")).toBe(plan);
    expect(plan.split("\n")).toHaveLength(5);
    expect(read("etc/unit")).toBe("the administrator's\n");
    expect(statSync(at("etc/unit")).mode & 0o777).toBe(0o600);
    expect(readlinkSync(at("etc/link"))).toBe("/etc/hostname");
    expect(statSync(at("etc/folder")).mode & 0o777).toBe(0o711);
    expect(existsSync(at("etc/new.d"))).toBe(false);
    expect(ledger("restore-plan", "no", "")).toBe("");
    ledger("finish", "no", "");
    expect(existsSync(at("var/lib/rtpengine-role"))).toBe(false);
  });

  it("brings back what the role has removed", () => {
    write("etc/30-rtpengine.conf", "the administrator's\n");
    ledger("begin", at("etc/30-rtpengine.conf"));
    rmSync(at("etc/30-rtpengine.conf"));
    ledger("restore", "no", "");
    expect(read("etc/30-rtpengine.conf")).toBe("the administrator's\n");
  });

  it("leaves alone what somebody has put in the role's place since, and folders with anything of others", () => {
    ledger("begin", at("etc/wrapper"), at("etc/folder"));
    write("etc/wrapper", "the administrator's\n");
    mkdirSync(at("etc/folder"));
    write("etc/folder/recording.wav", "");
    expect(ledger("restore", "no", "")).toBe("");
    expect(ledger("kept", "no", "")).toBe(`${at("etc/folder")} is kept, with what is in it: recording.wav`);
    expect(read("etc/wrapper")).toBe("the administrator's\n");
    ledger("finish", "no", "");
    expect(read("var/lib/rtpengine-role/ledger")).toBe(`absent ${at("etc/folder")}\n`);
  });

  it("keeps a configuration that was changed, or all, and no other", () => {
    const file = at("etc/rtpengine.conf");
    ledger("begin", file);
    write("etc/rtpengine.conf", `${OURS}timeout=60\n`);
    ledger("written", file);
    expect(ledger("restore-plan", "no", "")).toBe(`${file} removed`);
    expect(ledger("restore-plan", "yes", "")).toBe("");
    expect(ledger("kept", "yes", "")).toBe(`${file} is kept, as rtpengine_keep_config says`);
    write("etc/rtpengine.conf", `${OURS}timeout=61\n`);
    expect(ledger("restore", "no", "")).toBe("");
    expect(ledger("kept", "no", "")).toBe(`${file} is kept: it was changed after the role had written it`);
  });

  it("takes no file of the kernel module for the daemon's configuration, though it is called so", () => {
    const files = ["etc/modprobe.d", "etc/modules-load.d"].map((folder) => {
      mkdirSync(at(folder));
      return at(`${folder}/rtpengine.conf`);
    });
    ledger("begin", ...files);
    for (const path of files) writeFileSync(path, OURS);
    expect(ledger("kept", "no", "")).toBe("");
    ledger("restore", "no", "");
    expect(files.filter((path) => existsSync(path))).toEqual([]);
  });

  it("knows packages that came with the role from those that somebody has installed meanwhile", () => {
    write("packages", "ii base\nii tool\nrc once\n");
    ledger("begin");
    write("packages", "ii base\nii daemon\nii library\nii once\nii editor\n");
    write("auto", "library\n");
    ledger("settle", "daemon", "once");
    expect(read("var/lib/rtpengine-role/ledger").trim().split("\n")).toEqual([
      "displaced tool",
      "leftover once",
      "package daemon",
      "package library",
    ]);
    expect(ledger("leaving")).toBe("daemon library once");
    expect(ledger("kept", "no", "")).toContain("tool had to make room");
  });

  it("takes no package away that others need by now", () => {
    ledger("begin");
    write("packages", "ii base\nii daemon\nii library\n");
    ledger("settle", "daemon", "library");
    write("packages", "ii base\nii daemon\nii library\nii others\n");
    write("needs-others", "library\n");
    expect(ledger("leaving")).toBe("daemon");
    expect(ledger("kept", "no", "")).toBe("other packages need them by now, so they stay: library");
  });

  it("takes away a package that an installation left half done", () => {
    ledger("begin");
    write("packages", "ii base\niF daemon\niU library\n");
    ledger("settle", "daemon", "library");
    expect(ledger("leaving")).toBe("daemon library");
  });

  it("has DKMS forget the source's module, with its source, log and note, and nobody else's", () => {
    const source = (name: string, text: string): void => {
      mkdirSync(at(`usr/src/${name}`), { recursive: true });
      mkdirSync(at(`var/lib/dkms/${name.replace(/-(?=[^-]*$)/, "/")}`), { recursive: true });
      write(`usr/src/${name}/dkms.conf`, text);
    };
    const notes = ["usr/src/rtpengine-source.failed", "usr/src/rtpengine-source.log"].map(at);
    source("rtpengine-10.5", "PACKAGE_NAME=rtpengine\n");
    source("rtpengine-source-local", "PACKAGE_NAME=rtpengine-source\n");
    ledger("begin", ...notes);
    expect(ledger("modules")).toBe("");
    source("rtpengine-source-0123456789ab", "# Written by the role.\nPACKAGE_NAME=rtpengine-source\n");
    for (const path of notes) writeFileSync(path, "");
    expect(ledger("modules")).toBe("0123456789ab");
    ledger("remove-modules");
    expect(read("dkms")).toBe("remove -m rtpengine-source -v 0123456789ab --all\n");
    expect(ledger("modules")).toBe("");
    expect(readdirSync(at("var/lib/dkms/rtpengine-source"))).toEqual(["local"]);
    ledger("restore", "no", "");
    expect(readdirSync(at("usr/src")).sort()).toEqual(["rtpengine-10.5", "rtpengine-source-local"]);
    rmSync(at("dkms"));
    ledger("remove-modules");
    expect(existsSync(at("dkms"))).toBe(false);
  });

  it("purges no configuration of an earlier time", () => {
    write("packages", "ii base\nrc once\n");
    ledger("begin");
    write("packages", "ii base\nii once\nii daemon\n");
    ledger("settle", "daemon", "once");
    write("packages", "ii base\nrc once\nrc daemon\n");
    expect(ledger("purgeable", "no", "", "none")).toBe("daemon");
  });

  describe("and the kernel's limits", () => {
    const PORTS = "proc/sys/net/ipv4/ip_local_reserved_ports";
    const RMEM = "proc/sys/net/core/rmem_max";
    const note = (): string => ledger("limits", "net.core.rmem_max", "net.ipv4.ip_local_reserved_ports");
    const role = (rmem: string, ports: string): void =>
      write(
        "etc/sysctl.d/60-rtpengine.conf",
        `${OURS}net.core.rmem_max=${rmem}\nnet.ipv4.ip_local_reserved_ports=${ports}\n`,
      );

    beforeEach(() => {
      for (const path of ["proc/sys/net/ipv4", "proc/sys/net/core", "etc/sysctl.d"]) {
        mkdirSync(at(path), { recursive: true });
      }
      write(PORTS, "5060,8000-8010\n");
      write(RMEM, "212992\n");
    });

    it("has the ports of others merged, whatever range was the role's before", () => {
      expect(ledger("others-ports")).toBe("5060,8000-8010");
      note();
      role("16777216", "5060,8000-8010,8005-9000");
      write(PORTS, "5060,7000,8000-9000\n");
      expect(ledger("others-ports")).toBe("5060,7000,8000-8010");
    });

    it("sets back what the role has set, and what others have set meanwhile stays", () => {
      note();
      role("16777216", "5060,8000-8010,10000-20000");
      write(PORTS, "5060,7000,8000-8010,10000-20000\n");
      write(RMEM, "16777216\n");
      const plan = ledger("limits-plan");
      expect(plan).toContain("net.core.rmem_max = 212992 (now 16777216)");
      expect(read(RMEM)).toBe("16777216\n");
      ledger("limits-back");
      expect(read(RMEM)).toBe("212992\n");
      expect(read(PORTS)).toBe("5060,7000,8000-8010\n");
      expect(ledger("limits-plan")).toBe("");
      write(RMEM, "33554432\n");
      expect(ledger("limits-plan")).toBe("");
    });

    it("leaves no port reserved where none was", () => {
      write(PORTS, "\n");
      expect(ledger("others-ports")).toBe("");
      note();
      role("16777216", "10000-20000");
      write(PORTS, "10000-20000\n");
      ledger("limits-back");
      expect(read(PORTS)).toBe("\n");
    });
  });
});
