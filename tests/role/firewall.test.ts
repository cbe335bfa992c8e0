import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { baseRoot } from "./support/base-root.ts";
import type { Host } from "./support/host.ts";
import { debianRepository, Rig } from "./support/rig.ts";
import { DEBIAN_DAEMON, playbook, roleCommand, type Variables } from "./support/role.ts";

const RULESET = `
table inet filter {
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    iif lo accept
    tcp dport 22 accept
  }
}
table inet other {
  chain forward {
    type filter hook forward priority 0; policy drop;
  }
}
`;

describe("the firewall", () => {
  let rig: Rig;
  let host: Host;

  const variables = (more: Variables): Variables => ({
    ...DEBIAN_DAEMON,
    rtpengine_firewall_ng_sources: ["192.168.64.10", "192.168.64.1"],
    ...more,
  });
  const apply = async (more: Variables): Promise<string> => {
    const { code, stdout } = await roleCommand(rig.network, host, ["apply"], variables(more));
    expect(code, stdout).toBe(0);
    return stdout;
  };
  const rules = async (): Promise<string[]> =>
    (await host.run("nft list ruleset")).split("\n").map((line) => line.trim());

  beforeAll(async () => {
    rig = await Rig.open(await debianRepository(await baseRoot(), ["firewalld", "ufw"]));
    host = await rig.startHost();
    await host.run("nft -f -", { stdin: RULESET });
  });
  afterAll(() => rig?.close());

  it("is left alone where nothing else is said", async () => {
    const before = await rules();
    await apply({});
    expect(await rules()).toEqual(before);
  });

  it("gets exactly the rules for media and NG with nftables, and nothing else changes", async () => {
    const before = await rules();
    const stdout = await apply({ rtpengine_firewall: "nftables" });
    expect(stdout).toContain('include "/etc/nftables.d/rtpengine.nft"');
    const after = await rules();
    expect(after.filter((line) => !before.includes(line)).sort()).toEqual([
      'ip saddr 192.168.64.1 udp dport 2223 accept comment "rtpengine NG 192.168.64.1 2223"',
      'ip saddr 192.168.64.10 udp dport 2223 accept comment "rtpengine NG 192.168.64.10 2223"',
      'udp dport 10000-20000 accept comment "rtpengine media 10000-20000"',
    ]);
    expect(before.filter((line) => !after.includes(line))).toEqual([]);
    expect(await apply({ rtpengine_firewall: "nftables" })).toMatch(/changed=0 /);
    const play = await playbook(rig.network, host, variables({ rtpengine_firewall: "nftables" }));
    expect(play.stdout).toMatch(/^media-1 +: .*changed=0 .*failed=0/m);
  });

  it("loses the rules of other ports when the ports change", async () => {
    await apply({ rtpengine_firewall: "nftables", rtpengine_port_max: 30000 });
    const media = (await rules()).filter((line) => line.includes("rtpengine media"));
    expect(media).toEqual(['udp dport 10000-30000 accept comment "rtpengine media 10000-30000"']);
    await host.run("/usr/local/sbin/rtpengine-firewall remove");
    expect((await rules()).join()).not.toContain("rtpengine");
  });

  it("has its fragment read by nftables in the chain that includes it", async () => {
    await apply({ rtpengine_firewall: "nftables" });
    const including = RULESET.replace(
      "tcp dport 22 accept",
      'tcp dport 22 accept\n    include "/etc/nftables.d/rtpengine.nft"',
    );
    await host.run("cat > /etc/nftables.conf && nft -f - <<< 'flush ruleset' && nft -f /etc/nftables.conf", {
      stdin: including,
    });
    expect((await rules()).filter((line) => line.includes("rtpengine"))).toHaveLength(3);
    const stdout = await apply({ rtpengine_firewall: "nftables" });
    expect(stdout).toMatch(/changed=0 /);
    expect(stdout).not.toContain("The ports are open until");
    await host.run("/usr/local/sbin/rtpengine-firewall remove; nft flush ruleset");
  });

  it("gets the rules with ufw, once, and its defaults stay", async () => {
    await host.run("apt-get install -y ufw && ufw allow 22/tcp && ufw --force enable", {
      timeoutMs: 120_000,
    });
    const defaults = await host.run("ufw status verbose | grep Default");
    await apply({ rtpengine_firewall: "ufw" });
    const added = await host.run("ufw show added");
    expect(added).toContain("ufw allow 10000:20000/udp");
    expect(added).toContain("ufw allow from 192.168.64.10 to any port 2223 proto udp");
    expect(added).toContain("ufw allow 22/tcp");
    expect(await host.run("ufw status verbose | grep Default")).toBe(defaults);
    expect(await apply({ rtpengine_firewall: "ufw" })).toMatch(/changed=0 /);
  });

  it("gets the ports with firewalld, now and after a reload, and its other settings stay", async () => {
    await host.run("ufw --force disable; apt-get install -y firewalld", { timeoutMs: 120_000 });
    await host.run(
      "systemctl start firewalld && firewall-cmd --permanent --add-service=ssh && firewall-cmd --reload",
    );
    const before = await host.run("firewall-cmd --list-all");
    await apply({ rtpengine_firewall: "firewalld" });
    await host.run("firewall-cmd --reload");
    expect(await host.run("firewall-cmd --list-ports")).toBe("10000-20000/udp");
    expect(await host.run("firewall-cmd --list-rich-rules")).toContain(
      'source address="192.168.64.10" port port="2223" protocol="udp" accept',
    );
    expect(await apply({ rtpengine_firewall: "firewalld" })).toMatch(/changed=0 /);
    await host.run("/usr/local/sbin/rtpengine-firewall remove");
    expect(await host.run("firewall-cmd --list-all")).toBe(before);
  });
});
