import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ChangedFile } from "./support/changed-files.ts";
import type { Host } from "./support/host.ts";
import { projectPackages } from "./support/project-packages.ts";
import { Rig } from "./support/rig.ts";
import {
  changedFilesOf,
  debianDaemonWithTools,
  playbook,
  roleCommand,
  type Variables,
} from "./support/role.ts";

const VARIABLES: Variables = {
  ...debianDaemonWithTools(await projectPackages()),
  rtpengine_interface_external: "203.0.113.20",
};
const FILE = "/etc/rtpengine/rtpengine.conf";

describe("a host that has been brought about", () => {
  let rig: Rig;
  let byApplier: ChangedFile[];

  beforeAll(async () => {
    rig = await Rig.open();
  });
  afterAll(() => rig?.close());

  describe("by rtpengine-role over SSH", () => {
    let host: Host;
    const role = (words: string[], more: Variables = {}) =>
      roleCommand(rig.network, host, words, { ...VARIABLES, ...more });

    beforeAll(async () => {
      host = await rig.startHost();
      const apply = await role(["apply"]);
      expect(apply.code, apply.stdout).toBe(0);
      byApplier = changedFilesOf(host);
    });
    afterAll(() => host?.stop());

    const pid = (): Promise<string> => host.run("systemctl show -p MainPID --value rtpengine");

    it("is told what it can be told while it runs, and restarted for the rest alone", async () => {
      const since = await pid();
      const log = await role(["apply"], { rtpengine_log_file: "/var/log/media.log" });
      expect(log.stdout).toContain("handlers: restart rsyslog");
      expect(log.stdout).not.toContain("rtpengine.service");
      const live = await role(["apply", "--diff"], { rtpengine_timeout: 120, rtpengine_log_level: 7 });
      expect(live.stdout).toContain("+timeout=120");
      expect(await host.run("rtpengine-ctl list timeout")).toContain("120");
      expect(await host.run("rtpengine-ctl list loglevel core")).toContain("7");
      expect(await pid()).toBe(since);
      await role(["apply"], { rtpengine_tos: 96, rtpengine_timeout: 120 });
      expect(await pid()).not.toBe(since);
    });

    it("is restarted when somebody has started it with another file meanwhile", async () => {
      await host.run(`sed -i s/timeout=120/timeout=90/ ${FILE} && systemctl restart rtpengine`);
      const since = await pid();
      await role(["apply"], { rtpengine_timeout: 120 });
      expect(await host.run("rtpengine-ctl list timeout")).toContain("120");
      expect(await pid()).not.toBe(since);
    });

    it("is found well by the doctor, who names what is then broken", async () => {
      const well = await role(["doctor"]);
      expect(well.code, well.stdout).toBe(0);
      expect(well.stdout).toMatch(/ok +control ports +UDP 2223 and TCP 9900 are served/);
      expect(well.stdout).toMatch(
        /ok +media addresses +internal\/192\.168\.64\.20, external\/203\.0\.113\.20/,
      );
      await host.run("ip addr del 203.0.113.20/24 dev eth1; systemctl stop rtpengine");
      const ill = await role(["doctor"]);
      expect(ill.code).toBe(1);
      expect(ill.stdout).toMatch(/fail +service +it is inactive/);
      expect(ill.stdout).toMatch(/fail +media addresses +not on this host: external\/203\.0\.113\.20/);
      await host.run("ip addr add 203.0.113.20/24 dev eth1; systemctl start rtpengine");
    });

    it("is taken back by a rollback", async () => {
      const before = await host.run(`cat ${FILE}`);
      await role(["apply"], { rtpengine_timeout: 150 });
      expect(await host.run(`grep ^timeout ${FILE}`)).toBe("timeout=150");
      const rollback = await role(["rollback"]);
      expect(rollback).toMatchObject({ code: 0, stderr: "" });
      expect(await host.run(`cat ${FILE}`)).toBe(before);
      expect(await host.run("systemctl is-active rtpengine")).toBe("active");
      expect(await role(["rollback"])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("nothing can be rolled back"),
      });
    });

    it("leaves the host as it was when the daemon does not start", async () => {
      const before = host.changedFiles();
      const bad = await role(["apply"], { rtpengine_options: { "listen-ng": "203.0.113.77:2223" } });
      expect(bad.code).toBe(1);
      expect(bad.stdout).toMatch(/failed +reconfigure rtpengine: .*\n/);
      expect(bad.stdout).toContain("taken back: the host is as it was");
      expect(host.changedFiles()).toEqual(before);
      expect(await host.run("systemctl is-active rtpengine")).toBe("active");
    });

    it("is stopped and disabled when it is not enabled, stays so over a boot, and loses nothing", async () => {
      expect(await role(["apply"], { rtpengine_enabled: false })).toMatchObject({ code: 0 });
      expect((await role(["apply"], { rtpengine_enabled: false })).stdout).toMatch(/changed=0 /);
      await host.run("apt-get install -y --reinstall rtpengine-daemon", { timeoutMs: 120_000 });
      await host.reboot();
      expect((await host.ssh("systemctl is-active rtpengine rtpengine-daemon")).stdout).toBe(
        "inactive\ninactive\n",
      );
      expect(await host.run(`grep -c . ${FILE}`)).not.toBe("0");
      expect(await role(["apply"])).toMatchObject({ code: 0 });
      expect(await host.run("systemctl is-active rtpengine rtpengine-daemon")).toBe("active\nactive");
      await host.run("apt-get install -y --reinstall rtpengine-daemon", { timeoutMs: 120_000 });
      await host.reboot();
      expect(await host.run("systemctl is-active rtpengine rtpengine-daemon")).toBe("active\nactive");
      expect((await role(["plan"])).stdout).toMatch(/changed=0 /);
    });
  });

  describe("by ansible-playbook", () => {
    let host: Host;

    beforeAll(async () => {
      host = await rig.startHost();
    });
    afterAll(() => host?.stop());

    const recapOf = (stdout: string): string => /^media-1 +: .*$/m.exec(stdout)?.[0] ?? stdout;

    it("is predicted by --check", async () => {
      const check = await playbook(rig.network, host, VARIABLES, ["--check", "--diff"]);
      expect(recapOf(check.stdout), check.stdout).toContain("failed=0");
      expect(check.stdout).toContain("+interface=internal/192.168.64.20;external/203.0.113.20\n");
    });

    it("ends in the same files as the applier's, and a second run changes nothing", async () => {
      const play = await playbook(rig.network, host, VARIABLES);
      expect(recapOf(play.stdout)).toContain("failed=0");
      const again = await playbook(rig.network, host, VARIABLES);
      expect(recapOf(again.stdout)).toMatch(/changed=0 .*failed=0/);
      expect(changedFilesOf(host)).toEqual(byApplier);
      expect(await host.run("systemctl is-active rtpengine")).toBe("active");
    });

    it("refuses variables that it does not know, and values that cannot be", async () => {
      const unknown = await playbook(rig.network, host, { ...VARIABLES, rtpengine_prot_min: 1 });
      expect(unknown.code).not.toBe(0);
      expect(unknown.stdout).toContain("No variables of the role: rtpengine_prot_min");
      const range = await playbook(rig.network, host, { ...VARIABLES, rtpengine_port_min: 80 });
      expect(range.stdout).toContain("is not a whole number from 1024 to 65535");
    });
  });
});
