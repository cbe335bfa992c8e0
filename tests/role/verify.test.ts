import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ChangedFile } from "./support/changed-files.ts";
import type { Host } from "./support/host.ts";
import { EXTERNAL_ADDRESS } from "./support/network.ts";
import { projectPackages } from "./support/project-packages.ts";
import { Rig } from "./support/rig.ts";
import { DEBIAN_DAEMON, playbook, roleCommand, type Variables } from "./support/role.ts";

const VARIABLES: Variables = {
  ...DEBIAN_DAEMON,
  rtpengine_interface_external: EXTERNAL_ADDRESS,
};
const FILE = "/etc/rtpengine/rtpengine.conf";

/** What differs from a fresh host; what the daemon was last told changes with every start. */
const filesOf = (host: Host): ChangedFile[] =>
  host.changedFiles().filter(({ path }) => path !== "/var/lib/rtpengine-role/active.json");

describe("a host with upstream's daemon", () => {
  let rig: Rig;
  let host: Host;
  const role = (words: string[], more: Variables = {}) =>
    roleCommand(rig.network, host, words, { ...VARIABLES, ...more });
  const outcomes = ({ stdout }: { stdout: string }): Record<string, string> => {
    const [{ findings }] = JSON.parse(stdout);
    return Object.fromEntries(
      findings.map(({ check, outcome }: { check: string; outcome: string }) => [check, outcome]),
    );
  };
  /** Media from the external address are lost, as with a wrong route; the NG port is not concerned. */
  const media = (verb: "lost" | "carried"): Promise<string> =>
    host.run(
      verb === "lost"
        ? `ip rule add pref 1 from ${EXTERNAL_ADDRESS} ipproto udp sport 10000-20000 blackhole; ip rule add pref 2 lookup local; ip rule del pref 0`
        : "ip rule add pref 0 lookup local; ip rule del pref 1; ip rule del pref 2",
    );

  beforeAll(async () => {
    rig = await Rig.open();
    host = await rig.startHost();
  });
  afterAll(() => rig?.close());

  it("is asked for a sign of life after changes, by what every host has", async () => {
    const apply = await role(["apply", "--verbose"]);
    expect(apply, apply.stdout).toMatchObject({ code: 0, stderr: "" });
    expect(apply.stdout).toContain("Verified that service runs: rtpengine.service is active");
    expect(apply.stdout).toContain("Verified that NG answers: 192.168.64.20:2223: pong");
  });

  it("is as it was when the daemon starts, and does not answer where it is to", async () => {
    const before = filesOf(host);
    // The last of two equal keys counts.
    const bad = await role(["apply"], { rtpengine_options: { "listen-ng": "127.0.0.1:2223" } });
    expect(bad.code).toBe(1);
    expect(bad.stdout).toMatch(/failed +Verify: NG answers\? 192\.168\.64\.20:2223: no answer/);
    expect(bad.stdout).toContain("taken back: the host is as it was");
    expect(filesOf(host)).toEqual(before);
    expect(await host.run("systemctl is-active rtpengine")).toBe("active");
    expect(outcomes(await role(["verify", "--json"]))).toEqual({ service: "ok", ng: "ok", tools: "skip" });
  });

  it("keeps what was wanted where no proof was", async () => {
    const more = { rtpengine_options: { "listen-ng": "127.0.0.1:2223" }, rtpengine_verify: false };
    expect(await role(["apply"], more)).toMatchObject({ code: 0 });
    expect(await host.run(`grep -c ^listen-ng ${FILE}`)).toBe("2");
    expect(await role(["apply"])).toMatchObject({ code: 0 });
  });

  it("is asked from the proxy's host too, with nothing installed there", async () => {
    const proxy = await rig.startHost({ name: "sip-1" });
    const ask = (): Promise<{ code: number; stdout: string }> =>
      role(["verify", "--json", "--from", proxy.address]);
    expect(outcomes(await ask())).toEqual({ service: "ok", ng: "ok", tools: "skip", proxy: "ok" });
    const doctor = async (): Promise<string> => (await role(["doctor", "--proxy", proxy.address])).stdout;
    expect(await doctor()).toMatch(
      /ok +proxy 192\.168\.64\.10 +192\.168\.64\.10 \(192\.168\.64\.10\) asks 192\.168\.64\.20:2223: pong/,
    );
    await host.run("ip route add blackhole 192.168.64.10/32");
    expect(await doctor()).toMatch(
      /fail +proxy 192\.168\.64\.10 +.*: no answer within 5 s\n +→ ip route get 192\.168\.64\.10/,
    );
    const cut = await ask();
    expect(cut.code).toBe(1);
    expect(outcomes(cut)).toEqual({ service: "ok", ng: "ok", tools: "skip", proxy: "fail" });
    await host.run("ip route del blackhole 192.168.64.10/32");
    await proxy.stop();
  });

  describe("and this project's tools", () => {
    let tools: Variables;
    const role = (words: string[], more: Variables = {}) =>
      roleCommand(rig.network, host, words, { ...tools, ...more });

    beforeAll(async () => {
      tools = { ...VARIABLES, rtpengine_tools: true, rtpengine_deb_dir: await projectPackages() };
      const apply = await role(["apply", "--verbose"]);
      expect(apply.code, apply.stdout).toBe(0);
      expect(apply.stdout).toMatch(/Verified that a call with SRTP is heard: .*heard both ways/);
    });

    it("verifies itself with calls between its interfaces, plain and with SRTP", async () => {
      const verify = await role(["verify", "--json"]);
      expect(outcomes(verify), verify.stdout).toEqual({
        configuration: "ok",
        service: "ok",
        ng: "ok",
        cli: "ok",
        metrics: "ok",
        call: "ok",
        "secure-call": "ok",
        kernel: "skip",
      });
      const shown = await role(["verify"]);
      expect(shown.stdout).toMatch(
        /ok +a call is heard +internal 192\.168\.64\.20 ↔ external 203\.0\.113\.20: heard/,
      );
      expect(shown.stdout).toMatch(/ : 7 ok, 0 failed, 1 skipped$/m);
    });

    it("shows Homer's reports where they are asked for", async () => {
      const more = { rtpengine_homer_host: host.address };
      expect(await role(["apply"], more)).toMatchObject({ code: 0 });
      // It has been refused once, by nobody who listened: for half a minute it says no more to that Homer.
      await host.run("systemctl restart rtpengine");
      const words = ["verify", "--json", "--seconds", "3", "--homer-listen", `${host.address}:9060`];
      expect(outcomes(await role(words, more))).toMatchObject({ call: "ok", hep: "ok" });
    });

    it("is as it was when a change leaves it deaf", async () => {
      await media("lost");
      const before = filesOf(host);
      const bad = await role(["apply"], { rtpengine_timeout: 90 });
      expect(bad.code).toBe(1);
      expect(bad.stdout).toMatch(/failed +Verify: a call is heard\? .*heard one way only/);
      expect(filesOf(host)).toEqual(before);
      await media("carried");
      expect(await role(["apply"], { rtpengine_timeout: 90 })).toMatchObject({ code: 0 });
      expect(await host.run(`grep ^timeout ${FILE}`)).toBe("timeout=90");
    });

    it("fails the play of Ansible when it is deaf, and passes when it is not", async () => {
      await media("lost");
      const bad = await playbook(rig.network, host, tools);
      expect(bad.code).not.toBe(0);
      expect(bad.stdout).toContain("heard one way only");
      await media("carried");
      const good = await playbook(rig.network, host, tools);
      expect(good.stdout).toMatch(/^media-1 +: .*changed=0 .*failed=0/m);
    });
  });
});
