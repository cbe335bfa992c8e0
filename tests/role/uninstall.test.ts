import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { baseRoot } from "./support/base-root.ts";
import type { Host } from "./support/host.ts";
import { ngOffer } from "./support/ng-ping.ts";
import { projectPackages } from "./support/project-packages.ts";
import { debianRepository, Rig } from "./support/rig.ts";
import { debianDaemonWithTools, playbook, roleCommand, type Variables } from "./support/role.ts";

// Up to seven plays a test.
vi.setConfig({ testTimeout: 600_000 });

/** What a host is like beyond its files. */
const STATE = [
  "cat /proc/sys/net/core/rmem_max /proc/sys/net/core/wmem_max 2>&1",
  "cat /proc/sys/net/ipv4/ip_local_reserved_ports",
  "nft list ruleset",
  "getent passwd; getent group",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a format of dpkg-query
  "dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\\n'",
  "systemctl list-unit-files --no-legend --no-pager | grep -v session- | awk '{ print $1, $2 }'",
].join("; ");

const RULESET = `
table inet filter {
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    iif lo accept
    tcp dport 22 accept
  }
}
`;

/**
 * What programs keep for themselves of packages that have come and gone, and makes no difference to any other: apt's note of
 * what came along with what, dpkg's of what was available, ucf's of files that it had registered.
 */
const FORGIVEN = [/^\/var\/lib\/apt\/extended_states$/, /^\/var\/lib\/dpkg\//, /^\/var\/lib\/ucf\/hashfile/];

describe.each(["package", "node"])("a host whose role is taken away, method %s", (method) => {
  let rig: Rig;
  let packages: string;

  const variables = (more: Variables = {}): Variables => ({
    ...debianDaemonWithTools(packages),
    rtpengine_install_method: method,
    rtpengine_silent_timeout: 3600,
    rtpengine_firewall: "nftables",
    rtpengine_firewall_ng_sources: ["192.168.64.10"],
    ...more,
  });

  beforeAll(async () => {
    packages = await projectPackages();
    rig = await Rig.open(await debianRepository(await baseRoot(), ["libbpf1"]));
  });
  afterAll(() => rig?.close());

  const filesOf = (host: Host): string[] =>
    host
      .changedFiles()
      .filter(({ path }) => !FORGIVEN.some((pattern) => pattern.test(path)))
      .map(({ path, kind, mode, owner, content }) => `${path} ${kind} ${mode} ${owner} ${content}`);

  describe.each(["rtpengine-role", "Ansible"])("by %s", (backend) => {
    let host: Host;
    let before: string;
    let filesBefore: string[];

    const bring = async (more: Variables = {}, words: string[] = []): Promise<string> => {
      if (backend === "Ansible") {
        const play = await playbook(rig.network, host, variables(more), words);
        expect(play.code, play.stdout).toBe(0);
        return play.stdout;
      }
      const isAway = more.rtpengine_state === "absent";
      const { rtpengine_state: _, ...rest } = more;
      const command = isAway ? "uninstall" : "apply";
      const outcome = await roleCommand(rig.network, host, [command, ...words], variables(rest));
      expect(outcome.code, outcome.stdout + outcome.stderr).toBe(0);
      return outcome.stdout;
    };
    const away = (words: string[] = [], more: Variables = {}): Promise<string> =>
      bring({ ...more, rtpengine_state: "absent" }, words);

    beforeAll(async () => {
      host = await rig.startHost();
      await host.run("nft -f - && sysctl -qw net.ipv4.ip_local_reserved_ports=5060,15060", {
        stdin: RULESET,
      });
      await host.run("apt-get update -q");
      before = await host.run(STATE);
      filesBefore = filesOf(host);
    });
    afterAll(() => host?.stop());

    it("that never had it, changes nothing", async () => {
      expect(await away()).toMatch(/changed=0 .*failed=0/);
      expect(filesOf(host)).toEqual(filesBefore);
    });

    it("is said by --check, and then is as it was before; a second time changes nothing", async () => {
      await bring();
      expect(await host.run("systemctl is-active rtpengine")).toBe("active");
      expect(await host.run("cat /proc/sys/net/ipv4/ip_local_reserved_ports")).toBe("5060,10000-20000");
      const files = host.changedFiles();
      const check = await away(["--check"]);
      expect(host.changedFiles()).toEqual(files);
      if (backend !== "Ansible") {
        expect(check).toContain("/etc/rtpengine/rtpengine.conf removed");
        expect(check).toMatch(/removed: .*\n/);
      }
      const gone = await away();
      expect(gone).not.toMatch(/changed=0 /);
      expect(gone).not.toContain(" stays: ");
      expect((await host.run(STATE)).split("\n")).toEqual(before.split("\n"));
      expect(filesOf(host)).toEqual(filesBefore);
      expect((await host.ssh("test -e /var/lib/rtpengine-role")).code).not.toBe(0);
      expect(await away()).toMatch(/changed=0 .*failed=0/);
    });

    it("lets calls end before, where the engine can and is told to, and says so", async () => {
      await bring();
      expect(await ngOffer(rig.network, "sip-1", host.address)).toMatchObject({ result: "ok" });
      const cut = await away(["--check"]);
      expect(cut).toContain("Calls that are running: 1. They are cut");
      const said = await away([], { rtpengine_drain_seconds: 2 });
      const journal = await host.run("journalctl -q -u rtpengine");
      if (method === "node") {
        expect(said).not.toContain("They are cut");
        expect(journal).toMatch(/[Dd]rain/);
      } else expect(said).toContain("Calls that are running: 1. They are cut");
      if (backend === "rtpengine-role" && method === "node") {
        expect(said).toContain("calls that are running: 1; they have 2 s to end");
      }
    });

    it("keeps a configuration that was changed, recordings and the account they belong to, and says so", async () => {
      await bring();
      await host.run("sed -i s/^timeout=60/timeout=61/ /etc/rtpengine/rtpengine.conf");
      await host.run(
        "install -d -o rtpengine /srv/calls && install -o rtpengine /dev/null /srv/calls/one.wav",
      );
      const said = await away();
      expect(said).toContain("/etc/rtpengine/rtpengine.conf is kept: it was changed");
      expect(said).toMatch(/user rtpengine group rtpengine stays: \S+ belongs to it/);
      expect(
        await host.run("grep ^timeout /etc/rtpengine/rtpengine.conf; stat -c %U /srv/calls/one.wav"),
      ).toBe("timeout=61\nrtpengine");
      expect(await away()).toMatch(/changed=0 .*failed=0/);
      await host.run("rm -r /srv/calls /etc/rtpengine/rtpengine.conf");
      await away();
      expect((await host.run(STATE)).split("\n")).toEqual(before.split("\n"));
      expect(filesOf(host)).toEqual(filesBefore);
    });
  });
});
