import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Child, eventually } from "../support/processes/child.ts";
import { differences } from "./support/changed-files.ts";
import { execute } from "./support/command.ts";
import type { Host } from "./support/host.ts";
import { EXTERNAL_ADDRESS } from "./support/network.ts";
import { Rig } from "./support/rig.ts";
import { leftovers, RUN, removeDeadRuns } from "./support/run-folder.ts";

/** Command lines of processes that name a run. */
function processesOf(run: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return line.includes(run) ? [line] : [];
      } catch {
        return [];
      }
    });
}

/** Processes that tidy up after a run. */
function sweepersOf(run: string): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      return line.includes("sweeper.ts") && readFileSync(`/proc/${pid}/environ`, "utf8").includes(run);
    } catch {
      return false;
    }
  });
}

/** Another test process, with a host that is up, and the name of its run. */
async function otherRun(): Promise<[Child, string]> {
  const program = fileURLToPath(new URL("./support/other-run.ts", import.meta.url));
  const child = new Child(process.execPath, [program]);
  await child.says(/^rig-\d+-\d+ is up$/m, 60_000);
  const [run] = /^rig-\d+-\d+/m.exec(child.output)!;
  return [child, run];
}

describe("a host", () => {
  let rig: Rig;
  let host: Host;

  beforeAll(async () => {
    rig = await Rig.open();
    host = await rig.startHost();
  });
  afterAll(() => rig?.close());

  it("runs systemd without a failed unit", async () => {
    expect(await host.run("systemctl is-system-running")).toBe("running");
    expect(await host.run("ps -o comm= -p 1")).toBe("systemd");
    expect(await host.run("hostname")).toBe("media-1");
    expect(await host.run("journalctl -u ssh | grep -c 'Server listening'")).not.toBe("0");
  });

  it("lets user voip in, from the proxy's machine too, and makes him root without a password", async () => {
    expect(await host.run("id -un", { user: "voip" })).toBe("voip");
    expect(await host.run("sudo id -un", { user: "voip", from: "sip-1" })).toBe("root");
  });

  it("passes on input, output, errors and exit status", async () => {
    const outcome = await host.ssh("cat; echo no >&2; exit 3", { stdin: "text" });
    expect(outcome).toEqual({ code: 3, stdout: "text", stderr: "no\n" });
  });

  it("is reached by its external address from far callers alone", async () => {
    const ssh = (...options: string[]): string[] => ["ssh", ...host.sshOptions, ...options];
    const line = ssh(`root@${EXTERNAL_ADDRESS}`, "hostname");
    expect((await execute(rig.network.inNamespace("far-caller", line))).stdout).toBe("media-1\n");
    expect((await execute(rig.network.inNamespace("devstack", line))).code).toBe(255);
  });

  it("has real iptables and nftables of its own", async () => {
    await host.run("iptables -A INPUT -p udp --dport 2223 -j ACCEPT");
    expect(await host.run("iptables -S INPUT")).toContain("-p udp -m udp --dport 2223 -j ACCEPT");
    expect(await host.run("nft list ruleset")).toContain("udp dport 2223");
  });

  it("keeps across a reboot what it has written, and nothing else", async () => {
    await host.run("echo kept > /etc/kept; echo lost > /run/lost");
    await host.reboot();
    expect(await host.run("cat /etc/kept; ls /run/lost 2>&1 || true")).toMatch(/^kept\n.*No such file/);
    expect(readFileSync(join(host.rootPath, "etc/kept"), "utf8")).toBe("kept\n");
    await host.run("rm /etc/kept");
  });
});

describe("changed files", () => {
  it("do not differ between two fresh hosts, and are none", async () => {
    await using one = await Rig.open();
    await using other = await Rig.open();
    const hosts = await Promise.all([one.startHost(), other.startHost()]);
    const [left, right] = hosts.map((host) => host.changedFiles()) as [never[], never[]];
    expect(differences(left, right)).toEqual([]);
    expect(left).toEqual([]);
  });

  it("tell content, mode, owner, links and what was deleted; not what was only touched", async () => {
    await using rig = await Rig.open();
    const host = await rig.startHost();
    await host.run(`
      install -d -o voip -m 0750 /etc/demo && echo text > /etc/demo/file && chmod 0640 /etc/demo/file
      ln -s file /etc/demo/link && rm /etc/issue && touch /etc/passwd`);
    expect(host.changedFiles()).toEqual([
      { path: "/etc/demo", kind: "folder", mode: "0750", owner: "1000:0", content: "" },
      {
        path: "/etc/demo/file",
        kind: "file",
        mode: "0640",
        owner: "0:0",
        content: "b9e68e1bea3e5b19ca6b2f98b73a54b73daafaa250484902e09982e07a12e733",
      },
      { path: "/etc/demo/link", kind: "link", mode: "0777", owner: "0:0", content: "file" },
      { path: "/etc/issue", kind: "deleted", mode: "", owner: "", content: "" },
    ]);
    const before = host.changedFiles();
    await host.run("echo more >> /etc/demo/file");
    expect(differences(before, host.changedFiles())).toEqual([
      expect.stringMatching(/^- \/etc\/demo\/file file 0640 0:0 b9e68/),
      expect.stringMatching(/^\+ \/etc\/demo\/file file 0640 0:0 /),
    ]);
  });
});

describe("afterwards", () => {
  it("leaves no namespace, mount, control group, file or process", async () => {
    const rig = await Rig.open();
    await rig.startHost();
    expect(leftovers()).not.toEqual([]);
    expect(processesOf(RUN)).not.toEqual([]);
    await rig.close();
    expect(leftovers()).toEqual([]);
    expect(processesOf(RUN)).toEqual([]);
  });

  it("leaves nothing when booting fails", async () => {
    const rig = await Rig.open();
    // The host comes up, but not well.
    const unit = "e2scrub_reap.service";
    const files = {
      [`etc/systemd/system/${unit}.d/fail.conf`]: "[Service]\nExecStart=\nExecStart=/bin/false\n",
    };
    await expect(rig.startHost({ files })).rejects.toThrow(
      /media-1 is degraded after booting:\n.*e2scrub_reap/,
    );
    await rig.close();
    expect(leftovers()).toEqual([]);
  });

  it("leaves nothing when the test process is killed", async () => {
    const [killed, run] = await otherRun();
    await killed.stop("SIGKILL");
    await eventually(() => leftovers(run).length === 0 && processesOf(run).length === 0, 10_000);
  });

  it("leaves nothing to the next run when what should have tidied up is killed too", async () => {
    const [killed, run] = await otherRun();
    for (const pid of sweepersOf(run)) process.kill(pid, "SIGKILL");
    await killed.stop("SIGKILL");
    expect(leftovers(run)).not.toEqual([]);
    removeDeadRuns();
    expect(leftovers(run)).toEqual([]);
    expect(processesOf(run)).toEqual([]);
  });

  it("leaves alone what living runs have", async () => {
    await using rig = await Rig.open();
    const host = await rig.startHost();
    removeDeadRuns();
    expect(await host.run("systemctl is-system-running")).toBe("running");
  });
});
