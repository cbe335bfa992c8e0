import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { baseRoot } from "../role/support/base-root.ts";
import { Network } from "../role/support/network.ts";
import { ngPing } from "../role/support/ng-ping.ts";
import { projectPackages } from "../role/support/project-packages.ts";
import { buildRepository } from "../role/support/repository.ts";
import { Rig } from "../role/support/rig.ts";
import { roleCommand, type Variables } from "../role/support/role.ts";
import { startCall } from "./support/call.ts";
import { type Guest, startGuest } from "./support/guest.ts";
import { amd64Guest, arm64Guest } from "./support/guests.ts";

const GUESTS = { amd64: amd64Guest, arm64: arm64Guest };

describe.each(["amd64", "arm64"] as const)("this project's engine on Debian's kernel, %s", (architecture) => {
  let rig: Rig;
  let guest: Guest;
  let variables: Variables;

  beforeAll(async () => {
    variables = {
      rtpengine_install_method: "node",
      // Its calls of two seconds would measure how fast the emulator is.
      rtpengine_verify: false,
      rtpengine_deb_dir: await projectPackages(architecture),
    };
    const base = await baseRoot(architecture);
    const debian = await buildRepository(base, { owner: "debian", packages: ["libbpf1"] });
    rig = await Rig.open(debian, new Network({ isMediaEmulated: true }));
    guest = await startGuest(await GUESTS[architecture](), rig.network, rig.aptFiles);
  });
  afterAll(async () => {
    await guest?.stop();
    await rig?.close();
  });

  it("is installed, started under systemd, and answers a proxy's ping", async () => {
    const apply = await roleCommand(rig.network, guest, ["apply"], variables);
    expect(apply.code, apply.stdout + apply.stderr).toBe(0);
    expect(await guest.run("dpkg --print-architecture")).toBe(architecture);
    expect(await guest.run("systemctl is-active rtpengine")).toBe("active");
    expect(await ngPing(rig.network, "sip-1", guest.address)).toEqual({ result: "pong" });
    const again = await roleCommand(rig.network, guest, ["apply"], variables);
    expect(again.stdout).toMatch(/changed=0 .*failed=0/);
  });

  it("steers packets: Linux 6.1 lets it", async () => {
    const log = await guest.run("journalctl -q -b -u rtpengine -o cat");
    const [report] = /^.*(?:steered|plain sockets), .*$/m.exec(log) ?? [log];
    process.stderr.write(`${architecture}, ${await guest.run("uname -r")}: ${report}\n`);
    expect(report).toMatch(/steered, \d+ worker/);
  });

  it("carries a call without losing a packet", async () => {
    const { outcome } = await startCall(rig.network, 8);
    const { directions, isHeard } = await outcome;
    for (const { sent, received } of directions) expect(received).toBe(sent);
    expect(isHeard).toEqual([true, true]);
  });

  it("had the kernel forward most of that call: Linux 6.1 lets it", async () => {
    const status = await guest.run("rtpengine-ctl fastpath status");
    process.stderr.write(`${architecture}: ${status}\n`);
    expect(status).toContain("Forwarding in the kernel: active");
    expect(status).toMatch(/Interface #\d+: clsact/);
    const totals = await guest.run("rtpengine-ctl list totals");
    expect(Number(/Total relayed packets \(kernel\) *:(\d+)/.exec(totals)?.[1])).toBeGreaterThan(500);
  });

  it("ends in order when it is told to", async () => {
    await guest.run("systemctl stop rtpengine");
    expect(await guest.run("systemctl show -p Result --value rtpengine")).toBe("success");
  });
});
