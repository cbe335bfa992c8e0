import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Finding } from "../../src/role/verify/finding.ts";
import { baseRoot } from "./support/base-root.ts";
import type { ChangedFile } from "./support/changed-files.ts";
import type { Host } from "./support/host.ts";
import { ngPing } from "./support/ng-ping.ts";
import { projectPackages } from "./support/project-packages.ts";
import { debianRepository, Rig } from "./support/rig.ts";
import { changedFilesOf, playbook, roleCommand, type Variables } from "./support/role.ts";

describe("this project's engine, by method node", () => {
  let rig: Rig;
  let host: Host;
  let packages: string;
  let byApplier: ChangedFile[];

  const variables = (more: Variables = {}): Variables => ({
    rtpengine_install_method: "node",
    rtpengine_deb_dir: packages,
    rtpengine_interface_external: "203.0.113.20",
    rtpengine_silent_timeout: 3600,
    ...more,
  });
  const role = (words: string[], more: Variables = {}) =>
    roleCommand(rig.network, host, words, variables(more));

  beforeAll(async () => {
    packages = await projectPackages();
    rig = await Rig.open(await debianRepository(await baseRoot(), ["libbpf1"]));
    host = await rig.startHost();
  });
  afterAll(() => rig?.close());

  it("is installed, started, answers a proxy's ping, and says what it does not carry yet", async () => {
    const { code, stdout } = await role(["apply"]);
    expect(code, stdout).toBe(0);
    for (const name of ["dtls_enabled", "ice_enabled", "ice_lite", "homer_enabled"]) {
      expect(stdout).toContain(`rtpengine_${name}: not carried by method node yet`);
    }
    expect(stdout).not.toContain("rtpengine_kernel_module");
    expect(await host.run("systemctl is-active rtpengine")).toBe("active");
    expect(await ngPing(rig.network, "sip-1", host.address)).toEqual({ result: "pong" });
    expect((await role(["apply"])).stdout).toMatch(/changed=0 .*failed=0/);
    byApplier = changedFilesOf(host);
  });

  it("has the kernel forward its calls, by rtpengine_kernel_module, and user space without", async () => {
    const forwards = async (): Promise<Finding> => {
      const { stdout } = await role(["verify", "--json"]);
      const [{ findings }] = JSON.parse(stdout) as [{ findings: Finding[] }];
      return findings.find(({ check }) => check === "kernel")!;
    };
    expect(await forwards()).toMatchObject({
      outcome: "ok",
      evidence: expect.stringMatching(/^eBPF: \d+ packets/),
    });
    expect(await host.run("rtpengine-ctl fastpath status")).toContain("Forwarding in the kernel: active");
    expect((await role(["doctor"])).stdout).toMatch(/kernel path.*eBPF: active/);
    expect((await role(["apply"], { rtpengine_kernel_module: false })).code).toBe(0);
    expect(await forwards()).toMatchObject({
      outcome: "skip",
      evidence: expect.stringContaining("switched off"),
    });
    expect((await role(["apply"])).code).toBe(0);
  });

  it("has the files, the log and the commands that the document shows", async () => {
    const pid = await host.run("cat /var/run/rtpengine/rtpengine.pid");
    expect(await host.run(`ps -o user= -p ${pid}`)).toBe("rtpengine");
    expect(await host.run("journalctl -q -u rtpengine")).toContain("Startup complete");
    expect(await host.run("cat /var/log/rtpengine.log")).toContain("Startup complete");
    for (const command of ["list", "stats", "version", "list interfaces", "list totals"]) {
      expect(await host.ssh(`rtpengine-ctl ${command}`, { user: "voip" })).toMatchObject({
        code: 0,
        stderr: "",
      });
    }
    expect(await host.run("rtpengine --config-test")).toContain("the daemon can start");
  });

  it("turns its log level up by the document's own command", async () => {
    await host.run(
      'sed -i "s/log-level=.*/log-level=7/" /etc/rtpengine/rtpengine.conf && systemctl restart rtpengine',
    );
    expect(await host.run("rtpengine-ctl list loglevel core")).toBe("7");
    expect(await role(["apply"])).toMatchObject({ code: 0 });
    expect(await host.run("rtpengine-ctl list loglevel core")).toBe("6");
  });

  it("lets running calls end before it restarts, when it is told to", async () => {
    const { code, stdout } = await role(["apply", "--verbose"], {
      rtpengine_tos: 96,
      rtpengine_drain_seconds: 5,
    });
    expect(code, stdout).toBe(0);
    expect(await host.run("journalctl -q -u rtpengine")).toMatch(/[Dd]rain/);
  });

  it("is what Ansible makes of it, too", async () => {
    await role(["apply"]);
    const again = await playbook(rig.network, host, variables());
    expect(again.stdout).toMatch(/^media-1 +: .*changed=0 .*failed=0/m);
    await host.stop();
    host = await rig.startHost();
    const play = await playbook(rig.network, host, variables());
    expect(play.stdout).toMatch(/^media-1 +: .*failed=0/m);
    expect(changedFilesOf(host)).toEqual(byApplier);
    expect(await ngPing(rig.network, "sip-1", host.address)).toEqual({ result: "pong" });
  });
});
