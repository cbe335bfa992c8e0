import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Network } from "../role/support/network.ts";
import { Rig } from "../role/support/rig.ts";
import { roleCommand, type Variables } from "../role/support/role.ts";
import { startCall } from "./support/call.ts";
import { type Guest, startGuest } from "./support/guest.ts";
import { amd64Guest } from "./support/guests.ts";

const VARIABLES: Variables = { rtpengine_apt_source: "debian" };

describe("upstream's daemon with its kernel module, on Debian's kernel", () => {
  let rig: Rig;
  let guest: Guest;
  const role = (words: string[], more: Variables = {}) =>
    roleCommand(rig.network, guest, words, { ...VARIABLES, ...more });

  beforeAll(async () => {
    rig = await Rig.open(undefined, new Network({ isMediaEmulated: true }));
    guest = await startGuest(await amd64Guest(), rig.network, rig.aptFiles);
  });
  afterAll(async () => {
    await guest?.stop();
    await rig?.close();
  });

  it("is brought about in one run, which a second one has nothing to add to", async () => {
    const apply = await role(["apply"]);
    expect(apply, apply.stdout).toMatchObject({ code: 0, stderr: "" });
    expect(apply.stdout).toMatch(/handlers: .*reload kernel module/);
    const again = await role(["apply"]);
    expect(again.stdout).toMatch(/changed=0 .*failed=0$/m);
  });

  it("has the module loaded for the service user, whose daemon has a table in it", async () => {
    const uid = await guest.run("id -u rtpengine");
    expect(await guest.run("stat -c %u /proc/rtpengine/control /proc/rtpengine/0/control")).toBe(
      `${uid}\n${uid}`,
    );
    const pid = await guest.run("cat /var/run/rtpengine/rtpengine.pid");
    expect(await guest.run(`ps -o user= -p ${pid}`)).toBe("rtpengine");
    expect(await guest.run("journalctl -q -b -u rtpengine | tail -n 20")).not.toContain(
      "KERNEL FORWARDING DISABLED",
    );
    expect(await guest.run("iptables -S")).toMatch(/^-A INPUT -p udp -j rtpengine$/m);
    expect(await guest.run("iptables -S")).toMatch(/^-A rtpengine -p udp -j RTPENGINE --id 0$/m);
    expect(await guest.run("ip6tables -S")).toMatch(/^-A rtpengine -p udp -j RTPENGINE --id 0$/m);
  });

  it("shows what the document's commands ask for", async () => {
    const voip = (command: string): Promise<string> => guest.run(command, { user: "voip" });
    expect(await voip("/sbin/lsmod | grep xt_RTPENGINE")).toMatch(/^xt_RTPENGINE /);
    expect(await voip("sudo iptables -L -n -v | grep RTPENGINE")).toMatch(/RTPENGINE.*id:0/);
    expect(await voip("sudo cat /proc/rtpengine/0/list")).toBe("");
    const kernel = await voip("uname -r");
    expect(await voip("sudo dkms status")).toContain(`${kernel}, x86_64: installed`);
    expect(await voip("find /lib/modules -name 'xt_RTPENGINE*'")).toBe(
      `/lib/modules/${kernel}/updates/dkms/xt_RTPENGINE.ko`,
    );
  });

  it("forwards a call in the kernel, without losing a packet", async () => {
    const before = await relayedInKernel(guest);
    const call = await startCall(rig.network, 15);
    await new Promise((resolve) => setTimeout(resolve, 9000));
    const list = await guest.run("cat /proc/rtpengine/0/list");
    const outcome = await call.outcome;
    for (const { sent, received } of outcome.directions) {
      expect(sent).toBeGreaterThan(500);
      expect(received).toBe(sent);
    }
    expect(outcome.isHeard).toEqual([true, true]);
    expect(list.match(/stats: .* [1-9]\d* packets/g)).toHaveLength(2);
    expect(await relayedInKernel(guest)).toBeGreaterThan(before);
  });
});

/** How many packets the daemon says that the kernel has forwarded, in all ended calls. */
async function relayedInKernel(guest: Guest): Promise<number> {
  const totals = await guest.run("rtpengine-ctl -ip 127.0.0.1:9900 list totals");
  const [, count] = /^ Total relayed packets \(kernel\) +:(\d+)$/m.exec(totals)!;
  return Number(count);
}
