import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Dataplane, ReservedSocket } from "../../../src/dataplane/index.ts";
import { DropReason } from "../../../src/flow/reasons.ts";
import { rtcp, rtp } from "../../support/packets.ts";
import { IS_ROOT, open } from "../relay/support/backends.ts";
import { flowBetween, media, reservePair, until } from "../relay/support/call.ts";
import { Phone } from "../relay/support/phone.ts";
import { frameOf } from "./frames.ts";
import { PhoneNetwork } from "./support.ts";

interface Call {
  readonly dataplane: Dataplane;
  readonly a: ReservedSocket;
  readonly b: ReservedSocket;
  readonly phoneA: Phone;
  readonly phoneB: Phone;
  close(): Promise<void>;
}

const IPV4 = { family: 4, ours: "192.0.2.1", theirs: "192.0.2.2", prefix: 24 } as const;
const IPV6 = { family: 6, ours: "2001:db8::1", theirs: "2001:db8::2", prefix: 64 } as const;
const WAYS = [
  { ...IPV4, hook: "tcx" },
  { ...IPV6, hook: "tcx" },
  { ...IPV4, hook: "clsact" },
  { ...IPV6, hook: "clsact" },
] as const;
let networks = 10;

describe.skipIf(!IS_ROOT).each(WAYS)(
  IS_ROOT ? "the kernel, over a cable, IPv$family, $hook" : "skipped: needs root",
  ({ family, ours, theirs, prefix, hook }) => {
    let network: PhoneNetwork;
    const local = media(ours, 24000, 24009);

    beforeAll(() => {
      network = new PhoneNetwork(networks++, [{ ours: `${ours}/${prefix}`, theirs: `${theirs}/${prefix}` }]);
    });
    afterAll(() => network.close());

    async function call(changes: Parameters<typeof flowBetween>[3] = {}): Promise<Call> {
      const dataplane = await open("steered", [local], { fastpath: "required", fastpathHook: hook });
      const [a, b] = reservePair(dataplane, local);
      const [phoneA, phoneB] = network.within(() => [new Phone(family, theirs), new Phone(family, theirs)]);
      dataplane.apply([
        flowBetween(a, b, phoneB.endpoint, changes),
        flowBetween(b, a, phoneA.endpoint, changes),
      ]);
      const close = async (): Promise<void> => {
        await dataplane.close();
        phoneA.close();
        phoneB.close();
      };
      return { dataplane, a, b, phoneA, phoneB, close };
    }

    async function inKernel(changes: Parameters<typeof flowBetween>[3] = {}): Promise<Call> {
      const one = await call(changes);
      one.phoneA.send(one.a, rtp(0));
      one.phoneB.send(one.b, rtp(0));
      await one.phoneA.receive(1);
      await one.phoneB.receive(1);
      const isPromoted = await until(() =>
        [one.a, one.b].every(({ flowId }) => one.dataplane.read(flowId).tier === "kernel"),
      );
      expect(isPromoted, one.dataplane.read(one.a.flowId).kernelRefusal).toBe(true);
      expect(one.dataplane.fastpath().attachments).toMatchObject([{ hook }]);
      return one;
    }

    it("carries both ways, byte for byte, with the type of service that the sink wants", async () => {
      const { dataplane, a, b, phoneA, phoneB, close } = await inKernel();
      for (let index = 1; index <= 300; index++) {
        phoneA.send(a, rtp(index));
        phoneB.send(b, rtp(index, { ssrc: 0x1234, fill: index & 0xff }));
      }
      const atB = await phoneB.receive(300);
      const atA = await phoneA.receive(300);
      expect(atB.map(({ bytes }) => bytes)).toEqual(Array.from({ length: 300 }, (_, at) => rtp(at + 1)));
      expect(atA).toHaveLength(300);
      for (const { from } of atB) expect(from).toMatchObject({ address: ours, port: b.port });
      for (const { from } of atA) expect(from).toMatchObject({ address: ours, port: a.port });
      expect(dataplane.totals()).toMatchObject({ packets: 602, kernel: { packets: 600, bytes: 600 * 172 } });
      expect(dataplane.read(a.flowId)).toMatchObject({ packetsIn: 301, packetsOut: 301, tier: "kernel" });
      expect(dataplane.workers()[0]!.packets).toBe(2);
      await close();
    });

    it("sends what is not plain RTP of that call up the stack, where it fares as it always did", async () => {
      const { dataplane, a, phoneA, phoneB, close } = await inKernel();
      const stranger = network.within(() => new Phone(family, theirs));
      phoneA.send(a, rtcp());
      phoneA.send(a, rtp(1, { payloadType: 96 }));
      phoneA.send(a, rtp(2, { ssrc: 7 }));
      phoneA.send(a, Uint8Array.of(0x80, 0, 1));
      phoneA.send(a, new Uint8Array(40).fill(0x80).fill(0x9f, 0, 1));
      phoneA.send(a, new Uint8Array(20));
      const received = await phoneB.receive(3);
      expect(received.map(({ bytes }) => bytes)).toEqual([
        rtcp(),
        rtp(1, { payloadType: 96 }),
        rtp(2, { ssrc: 7 }),
      ]);
      await until(() => dataplane.read(a.flowId).drops[DropReason.UnexpectedStun] === 1);
      const { drops } = dataplane.read(a.flowId);
      expect([drops[DropReason.Short], drops[DropReason.BadRtp], drops[DropReason.UnexpectedStun]]).toEqual([
        1, 1, 1,
      ]);
      expect(dataplane.totals().kernel.packets).toBe(0);
      stranger.close();
      await close();
    });

    it("takes no frame of another host, none in a VLAN", async () => {
      const { dataplane, a, phoneA, phoneB, close } = await inKernel();
      const cable = network.cable();
      const send = (sequence: number, change: (frame: Uint8Array) => Uint8Array): void => {
        cable.send(change(frameOf({ from: phoneA.endpoint, to: a, payload: rtp(sequence) })));
      };
      send(1, (frame) => frame);
      expect(await phoneB.receive(1)).toHaveLength(1);
      for (const stranger of [Uint8Array.of(2, 0, 0, 0, 0, 0x99), new Uint8Array(6).fill(0xff)]) {
        send(2, (frame) => {
          frame.set(stranger);
          return frame;
        });
      }
      const tag = Uint8Array.of(0x81, 0, 0, 5);
      send(3, (frame) => Uint8Array.of(...frame.subarray(0, 12), ...tag, ...frame.subarray(12)));
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(dataplane.totals().kernel).toMatchObject({ packets: 1 });
      cable.close();
      await close();
    });

    it("takes a new synchronization source as soon as a worker has met it", async () => {
      const { dataplane, a, phoneA, phoneB, close } = await inKernel();
      phoneA.send(a, rtp(1, { ssrc: 99 }));
      await phoneB.receive(1);
      await new Promise((resolve) => setTimeout(resolve, 20));
      for (let index = 2; index <= 21; index++) phoneA.send(a, rtp(index, { ssrc: 99 }));
      await phoneB.receive(20);
      expect(dataplane.totals().kernel.packets).toBe(20);
      expect(dataplane.read(a.flowId).sources).toMatchObject([
        { ssrc: 0x1234, packets: 1 },
        { ssrc: 99, packets: 21, lost: 0 },
      ]);
      await close();
    });

    it("loses nothing when flows come and go while packets pour in", async () => {
      const { dataplane, a, b, phoneA, phoneB, close } = await inKernel();
      let sent = 0;
      let generation = 1;
      for (let turn = 0; turn < 40; turn++) {
        for (let index = 0; index < 25; index++) phoneA.send(a, rtp(++sent));
        if (turn % 4 === 1) continue;
        generation++;
        const latchEpoch = generation;
        dataplane.apply([
          flowBetween(a, b, phoneB.endpoint, { source: { latchEpoch }, flow: { generation } }),
          flowBetween(b, a, phoneA.endpoint, { source: { latchEpoch }, flow: { generation } }),
        ]);
        await new Promise((resolve) => setTimeout(resolve, turn % 4 === 0 ? 30 : 1));
      }
      const received = await phoneB.receive(sent);
      expect(received).toHaveLength(sent);
      expect(new Set(received.map(({ bytes }) => (bytes[2]! << 8) | bytes[3]!)).size).toBe(sent);
      expect(dataplane.read(a.flowId).sources).toMatchObject([{ packets: sent + 1, lost: 0, duplicates: 0 }]);
      const { kernel } = dataplane.totals();
      expect(kernel.packets).toBeGreaterThan(0);
      expect(kernel.packets).toBeLessThan(sent);
      await close();
    });

    const tc = (...args: string[]): string => execFileSync("tc", args, { encoding: "utf8" });

    it("leaves other people's filters on the interface alone", async () => {
      tc("qdisc", "replace", "dev", network.device, "clsact");
      tc(
        ...["filter", "add", "dev", network.device, "ingress", "protocol", "ip", "prio", "1"],
        ...["u32", "match", "ip", "protocol", "1", "0xff", "flowid", "1:1"],
      );
      const filters = (): string => tc("filter", "show", "dev", network.device, "ingress");
      const before = filters();
      const { close } = await inKernel();
      await close();
      expect(filters()).toBe(before);
      tc("qdisc", "delete", "dev", network.device, "clsact");
    });

    it("leaves the firewall as it is, and the interface as it was, but for an empty hook", async () => {
      const ruleset = (): string => execFileSync("nft", ["list", "ruleset"], { encoding: "utf8" });
      const queues = (): string =>
        tc("qdisc", "show", "dev", network.device).replace(/^qdisc clsact .*\n/m, "");
      const before = [ruleset(), queues()];
      const { close } = await inKernel();
      expect(ruleset()).toBe(before[0]);
      await close();
      expect([ruleset(), queues()]).toEqual(before);
      expect(tc("filter", "show", "dev", network.device, "ingress")).toBe("");
    });
  },
);
