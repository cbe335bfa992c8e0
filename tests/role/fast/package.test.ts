import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Host } from "../support/host.ts";
import { projectPackages } from "../support/project-packages.ts";
import { Rig } from "../support/rig.ts";
import { debianDaemonWithTools, roleCommand, type Variables } from "../support/role.ts";

const VARIABLES: Variables = {
  ...debianDaemonWithTools(await projectPackages()),
  rtpengine_interface_external: "203.0.113.20",
};

describe("upstream's daemon from Debian's packages", () => {
  let rig: Rig;

  beforeAll(async () => {
    rig = await Rig.open();
  });
  afterAll(() => rig?.close());

  describe("brought about by rtpengine-role over SSH", () => {
    let host: Host;
    const role = (words: string[], more: Variables = {}) =>
      roleCommand(rig.network, host, words, { ...VARIABLES, ...more });

    beforeAll(async () => {
      host = await rig.startHost();
    });
    afterAll(() => host?.stop());

    it("is planned without touching the host", async () => {
      const plan = await role(["plan", "--diff"]);
      expect(plan).toMatchObject({ code: 0, stderr: "" });
      expect(plan.stdout).toContain("+interface=internal/192.168.64.20;external/203.0.113.20\n");
      expect(plan.stdout).toContain("rtpengine-daemon, rtpengine-utils installed");
      expect(host.changedFiles()).toEqual([]);
    });

    it("is brought about in one run, which a second one has nothing to add to", async () => {
      const plan = await role(["plan", "--json"]);
      const apply = await role(["apply", "--json"]);
      expect(apply).toMatchObject({ code: 0, stderr: "" });
      const changes = ({ stdout }: { stdout: string }): string[] =>
        JSON.parse(stdout)[0].events.flatMap((event: { kind: string; name: string }) =>
          event.kind === "changed" ? [event.name] : [],
        );
      // The package's own scripts start and enable what they bring.
      expect(changes(plan)).toEqual(expect.arrayContaining(changes(apply)));
      const again = await role(["apply"]);
      expect(again.stdout).toMatch(/changed=0 .*failed=0$/m);
    });

    it("runs as the service user, with the files that the document shows", async () => {
      expect(await host.run("systemctl is-active rtpengine rtpengine-daemon")).toBe("active\nactive");
      expect(await host.run("stat -c '%U %G %a' /etc/rtpengine/rtpengine.conf")).toBe("root rtpengine 640");
      const pid = await host.run("cat /var/run/rtpengine/rtpengine.pid");
      expect(await host.run(`ps -o user= -p ${pid}`)).toBe("rtpengine");
      expect(await host.run("systemctl is-system-running")).toBe("running");
    });

    it("logs where the document says: journal and log file", async () => {
      expect(await host.run("journalctl -q -u rtpengine")).toContain("Startup complete");
      expect(await host.run("cat /var/log/rtpengine.log")).toContain("Startup complete");
      expect(await host.run("logrotate --debug /etc/logrotate.d/rtpengine 2>&1")).toContain(
        "rotating pattern: /var/log/rtpengine.log",
      );
    });

    it("answers the document's commands as they stand there", async () => {
      const asVoip = async (command: string): Promise<string> => {
        const outcome = await host.ssh(command, { user: "voip" });
        expect(outcome, command).toMatchObject({ code: 0 });
        return outcome.stdout;
      };
      expect(await asVoip("systemctl status rtpengine")).toContain("active (running)");
      expect(await asVoip("ss -nlup | grep 2223")).toContain("192.168.64.20:2223");
      expect(await asVoip("ss -nltp | grep 9900")).toContain("127.0.0.1:9900");
      expect(await asVoip("rtpengine-ctl list")).toMatch(/sessions/i);
      expect(await asVoip("rtpengine-ctl stats")).toMatch(/Uptime of rtpengine/);
      expect(await asVoip("rtpengine-ctl version")).toContain("10.5");
      expect(await asVoip("rtpengine-ctl list interfaces")).toContain("203.0.113.20");
      expect(await asVoip("sudo rtpengine --config-test")).toContain("the daemon can start");
      expect(await asVoip("sudo rtpengine --version 2>&1")).toContain("10.5");
      expect(await asVoip("sudo iptables -t raw -L -n")).toContain("Chain PREROUTING");
      expect(await asVoip("printf 'c1 d7:command4:pinge' | nc -u -w1 192.168.64.20 2223")).toBe(
        "c1 d6:result4:ponge",
      );
    });

    it("turns its log level up by the document's own command", async () => {
      await host.run('sed -i "s/log-level=.*/log-level=7/" /etc/rtpengine/rtpengine.conf');
      await host.run("systemctl restart rtpengine");
      expect(await host.run("rtpengine-ctl list loglevel core")).toContain("7");
      expect(await role(["apply"])).toMatchObject({ code: 0 });
      expect(await host.run("rtpengine-ctl list loglevel core")).toContain("6");
    });
  });
});
