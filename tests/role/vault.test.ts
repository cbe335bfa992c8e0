import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { Child } from "../support/processes/child.ts";
import { Rig } from "./support/rig.ts";
import { DEBIAN_DAEMON, playbook, roleCommand } from "./support/role.ts";

const FAKE = fileURLToPath(new URL("../support/processes/fake-vault.mjs", import.meta.url));
const VARIABLES = {
  ...DEBIAN_DAEMON,
  rtpengine_vault_addr: "http://127.0.0.1:8200",
  rtpengine_vault_token: "t0ken",
  rtpengine_vault_options: { "mqtt-pass": "secret/rtpengine#password" },
};

it("secrets come from Vault, by both back ends alike, and are shown by neither", async () => {
  await using rig = await Rig.open();
  const host = await rig.startHost();
  const [command, ...args] = rig.network.inNamespace("devstack", [
    process.execPath,
    FAKE,
    "127.0.0.1",
    "8200",
  ]);
  const server = new Child(command!, args);
  try {
    await server.says(/serving/);
    const plan = await roleCommand(rig.network, host, ["plan", "--diff", "--verbose"], VARIABLES);
    expect(plan.code, plan.stdout).toBe(0);
    expect(plan.stdout).toContain("+mqtt-pass=***");
    const apply = await roleCommand(rig.network, host, ["apply", "--diff", "--json"], VARIABLES);
    expect(apply.code, apply.stdout).toBe(0);
    expect(await host.run("grep ^mqtt-pass /etc/rtpengine/rtpengine.conf")).toBe("mqtt-pass=s3cr3t-w0rd");
    const play = await playbook(rig.network, host, VARIABLES, ["--diff", "-vv"]);
    expect(play.stdout).toMatch(/^media-1 +: .*changed=0 .*failed=0/m);
    const change = await playbook(rig.network, host, { ...VARIABLES, rtpengine_tos: 96 }, ["--diff", "-vv"]);
    expect(change.stdout).toMatch(/^media-1 +: .*failed=0/m);
    const lines = { ...VARIABLES, rtpengine_vault_options: { "mqtt-pass": "secret/rtpengine#two" } };
    const byApplier = await roleCommand(rig.network, host, ["apply"], lines);
    const byPlay = await playbook(rig.network, host, lines, ["--diff", "-vv"]);
    for (const { code, stdout } of [byApplier, byPlay]) {
      expect(code).not.toBe(0);
      expect(stdout).toContain("Vault: secret/rtpengine has no text of one line called two (for mqtt-pass)");
      expect(stdout).not.toMatch(/a\\?\\nb/);
    }
    expect(await host.run("grep ^mqtt-pass /etc/rtpengine/rtpengine.conf")).toBe("mqtt-pass=s3cr3t-w0rd");
    for (const { stdout, stderr } of [plan, apply, play, change]) {
      expect(stdout + stderr).not.toContain("s3cr3t-w0rd");
    }
  } finally {
    await server.stop();
  }
});
