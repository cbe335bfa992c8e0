import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { execute } from "./support/command.ts";
import type { Host } from "./support/host.ts";
import { buildRepository, type Repository } from "./support/repository.ts";
import { Rig, sourceLine } from "./support/rig.ts";

const NG_ASK = fileURLToPath(new URL("../support/processes/ng-ask.mjs", import.meta.url));
const VENDOR_KEYRING = "/etc/apt/keyrings/vendor.asc";

describe("the signed repository", () => {
  let rig: Rig;
  let host: Host;
  let vendor: Repository;

  beforeAll(async () => {
    rig = await Rig.open();
    vendor = await buildRepository(rig.base, { owner: "vendor", packages: ["rtpengine-utils"] });
    host = await rig.startHost();
  });
  afterAll(() => rig?.close());

  /** Writes a second source with this key on the host, and updates. */
  async function update(path: string, key: Repository) {
    const stdin = readFileSync(key.armoredKeyFile);
    await host.run(`install -d /etc/apt/keyrings && cat > ${VENDOR_KEYRING}`, { stdin });
    await host.run(`echo '${sourceLine(path, VENDOR_KEYRING)}' > /etc/apt/sources.list.d/vendor.list`);
    return host.ssh("apt-get -o Acquire::Retries=0 --error-on=any update");
  }

  it("gives plain apt rtpengine, whose daemon then answers a proxy's ping", async () => {
    await host.run("apt-get update && apt-get install -y rtpengine-daemon rtpengine-utils", {
      timeoutMs: 150_000,
    });
    const file = `[rtpengine]\ninterface = ${host.address}\nlisten-ng = ${host.address}:2223\ntable = -1\n`;
    await host.run("cat > /etc/rtpengine/rtpengine.conf", { stdin: file });
    await host.run("systemctl restart rtpengine-daemon");
    expect(await host.run("systemctl is-active rtpengine-daemon")).toBe("active");
    const ask = [process.execPath, NG_ASK, host.address, "2223", '{"command":"ping"}'];
    const { stdout } = await execute(rig.network.inNamespace("sip-1", ask));
    expect(JSON.parse(stdout)).toEqual({ result: "pong" });
    await host.reboot();
    expect(await host.run("systemctl is-active rtpengine-daemon")).toBe("active");
  });

  it("can have a second one beside it, of another owner with another key", async () => {
    rig.serve("/vendor", vendor);
    expect(vendor.fingerprint).not.toBe(rig.debian.fingerprint);
    expect(await update("/vendor", vendor)).toMatchObject({ code: 0 });
    expect(await host.run("apt-cache policy rtpengine-utils")).toContain("192.168.64.1/vendor");
  });

  it("is refused by apt when another key has signed it", async () => {
    rig.serve("/vendor", vendor);
    const { code, stderr } = await update("/vendor", rig.debian);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/NO_PUBKEY|not signed|couldn't be verified/);
    expect(stderr).toContain(vendor.fingerprint.slice(-16));
  });

  it("can be down, and come back", async () => {
    rig.serve("/vendor", "down");
    const down = await update("/vendor", vendor);
    expect(down.code).not.toBe(0);
    expect(down.stderr).toContain("503");
    rig.serve("/vendor", vendor);
    expect(await update("/vendor", vendor)).toMatchObject({ code: 0 });
  });
});
