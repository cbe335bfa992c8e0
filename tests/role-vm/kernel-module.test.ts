import { Buffer } from "node:buffer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Network } from "../role/support/network.ts";
import { Rig } from "../role/support/rig.ts";
import { roleCommand, type Variables } from "../role/support/role.ts";
import { eventually } from "../support/processes/child.ts";
import { startCall } from "./support/call.ts";
import { type Guest, startGuest } from "./support/guest.ts";
import { amd64Guest } from "./support/guests.ts";

const VARIABLES: Variables = {
  rtpengine_apt_source: "debian",
  rtpengine_tools: false,
  // Its calls of two seconds would measure how fast the emulator is.
  rtpengine_verify: false,
};
const RECORDING: Variables = { rtpengine_recording_enabled: true };

/** What is to be true once the kernel module serves this user's daemon. */
async function forwardsFor(guest: Guest, user: string, table = 0): Promise<void> {
  const uid = await guest.run(`id -u ${user}`);
  const files = `/proc/rtpengine/control /proc/rtpengine/${table}/control`;
  expect(await guest.run(`stat -c %u ${files}`)).toBe(`${uid}\n${uid}`);
  const pid = await guest.run("cat /var/run/rtpengine/rtpengine.pid");
  expect(await guest.run(`ps -o user= -p ${pid}`)).toBe(user);
  expect(await guest.run(`journalctl -q _PID=${pid}`)).not.toContain("KERNEL FORWARDING DISABLED");
  for (const command of ["iptables", "ip6tables"]) {
    const rules = (await guest.run(`${command} -S`)).split("\n");
    expect(rules).toContain("-A INPUT -p udp -j rtpengine");
    expect(rules.filter((rule) => rule.includes("-j RTPENGINE"))).toEqual([
      `-A rtpengine -p udp -j RTPENGINE --id ${table}`,
    ]);
  }
}

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
    await forwardsFor(guest, "rtpengine");
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

  it("is found well by doctor", async () => {
    const { stdout } = await role(["doctor"]);
    expect(stdout).toMatch(/ok +kernel path +xt_RTPENGINE is loaded/);
    expect(stdout).toMatch(/ok +module's owner +rtpengine, as the service/);
    expect(stdout).toMatch(/ok +forwarding rules +table 0, in INPUT/);
  });

  it("is repaired by the next run when somebody has loaded the module for root", async () => {
    await guest.run(`systemctl stop rtpengine; modprobe -r xt_RTPENGINE
      insmod "$(modinfo -n xt_RTPENGINE)" && systemctl start rtpengine`);
    expect(await guest.run("stat -c %U /proc/rtpengine/control")).toBe("root");
    expect(await guest.run("journalctl -q -u rtpengine | tail -n 20")).toContain(
      "KERNEL FORWARDING DISABLED",
    );
    expect((await role(["doctor"])).stdout).toContain(
      "/proc/rtpengine belongs to root, the service is rtpengine",
    );
    const apply = await role(["apply"]);
    expect(apply, apply.stdout).toMatchObject({ code: 0, stderr: "" });
    expect(apply.stdout).toMatch(/changed=1 .*handlers: reload kernel module$/m);
    await forwardsFor(guest, "rtpengine");
    expect((await role(["apply"])).stdout).toMatch(/changed=0 .*failed=0$/m);
  });

  it("writes a recording that can be played, when the proxy asks for it", async () => {
    const apply = await role(["apply"], RECORDING);
    expect(apply, apply.stdout).toMatchObject({ code: 0, stderr: "" });
    expect(await record()).toBeGreaterThan(5);
    expect((await role(["apply"], RECORDING)).stdout).toMatch(/changed=0 .*failed=0$/m);
  });

  it("serves another user after the module is reloaded under the running daemons, which record as before", async () => {
    const variables = {
      ...RECORDING,
      rtpengine_user: "media",
      rtpengine_group: "media",
      rtpengine_kernel_table: 5,
    };
    const apply = await role(["apply"], variables);
    expect(apply, apply.stdout).toMatchObject({ code: 0, stderr: "" });
    await forwardsFor(guest, "media", 5);
    expect(await guest.run("ps -o user= -C rtpengine-recor")).toBe("media");
    expect(await record()).toBeGreaterThan(5);
    expect((await role(["apply"], variables)).stdout).toMatch(/changed=0 .*failed=0$/m);
  });

  it("leaves the kernel alone when no module is wanted, and still carries calls", async () => {
    const variables = { rtpengine_kernel_module: false };
    const apply = await role(["apply"], variables);
    expect(apply, apply.stdout).toMatchObject({ code: 0, stderr: "" });
    expect(await guest.run("systemctl is-active rtpengine")).toBe("active");
    expect(await guest.run("grep ^table /etc/rtpengine/rtpengine.conf")).toBe("table=-1");
    expect(await guest.run("ls /proc/rtpengine 2>/dev/null || true")).not.toMatch(/^\d+$/m);
    expect(await guest.run("iptables -S; ip6tables -S; ls /etc/modules-load.d")).not.toMatch(
      /RTPENGINE|rtpengine.conf/,
    );
    const { outcome } = await startCall(rig.network, 5);
    for (const { sent, received } of (await outcome).directions) expect(received).toBe(sent);
    expect(await relayedInKernel(guest)).toBe(0);
    expect((await role(["apply"], variables)).stdout).toMatch(/changed=0 .*failed=0$/m);
  });

  /** Records a call. @returns seconds of sound in the file that has both parties */
  async function record(): Promise<number> {
    const folder = "/var/spool/rtpengine/recordings";
    await guest.run(`rm -f ${folder}/*`);
    const { outcome } = await startCall(rig.network, 8, { "record-call": "yes" });
    for (const { sent, received } of (await outcome).directions) expect(received).toBe(sent);
    await eventually(
      async () => /^\d{4,} .*-mix.wav$/m.test(await guest.run(`stat -c '%s %n' ${folder}/*.wav`)),
      60_000,
    );
    // Two parties, and both together.
    expect((await guest.run(`ls ${folder}`)).split("\n")).toHaveLength(3);
    const bytes = await guest.run(`base64 --wrap=0 ${folder}/*-mix.wav`);
    return secondsOf(Buffer.from(bytes, "base64"));
  }
});

/** How long a WAV file's sound lasts (RIFF, a `fmt ` and a `data` chunk). @throws where it is none */
function secondsOf(file: Buffer): number {
  expect(file.toString("latin1", 0, 4) + file.toString("latin1", 8, 12)).toBe("RIFFWAVE");
  let bytesPerSecond = 0;
  for (let at = 12; at + 8 <= file.length; at += 8 + file.readUInt32LE(at + 4)) {
    const name = file.toString("latin1", at, at + 4);
    if (name === "fmt ") bytesPerSecond = file.readUInt32LE(at + 16);
    if (name === "data") return Math.min(file.readUInt32LE(at + 4), file.length - at - 8) / bytesPerSecond;
  }
  throw new Error("a WAV file without sound");
}

/** How many packets the daemon says that the kernel has forwarded, in all ended calls. */
async function relayedInKernel(guest: Guest): Promise<number> {
  const totals = await guest.run("rtpengine-ctl -ip 127.0.0.1:9900 list totals");
  const [, count] = /^ Total relayed packets \(kernel\) +:(\d+)$/m.exec(totals)!;
  return Number(count);
}
