import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Micros } from "../../../src/base/brand.ts";
import type { Dataplane, ReservedSocket } from "../../../src/dataplane/index.ts";
import { DropReason } from "../../../src/flow/reasons.ts";
import { rtcp, rtp } from "../../support/packets.ts";
import { BACKENDS, IS_ROOT, open } from "./support/backends.ts";
import { flowBetween, media, reservePair, until } from "./support/call.ts";
import { Phone } from "./support/phone.ts";

const V4 = media("127.0.0.1", 21000, 21099);
const V6 = media("::1", 21000, 21099);

describe.each(BACKENDS)("$name", ({ name, needsRoot }) => {
  describe.skipIf(needsRoot && !IS_ROOT)(needsRoot && !IS_ROOT ? "skipped: needs root" : "relays", () => {
    let dataplane: Dataplane;
    let a: ReservedSocket;
    let b: ReservedSocket;
    let phoneA: Phone;
    let phoneB: Phone;

    beforeEach(async () => {
      dataplane = await open(name, [V4, V6]);
      [a, b] = reservePair(dataplane, V4);
      phoneA = new Phone(4);
      phoneB = new Phone(4);
    });

    afterEach(async () => {
      await dataplane.close();
      phoneA.close();
      phoneB.close();
    });

    const connect = (...changes: Parameters<typeof flowBetween>[3][]): void => {
      dataplane.apply([
        flowBetween(a, b, phoneB.endpoint, changes[0]),
        flowBetween(b, a, phoneA.endpoint, changes[1]),
      ]);
    };
    const drops = (socket: ReservedSocket, reason: DropReason): number =>
      dataplane.read(socket.flowId).drops[reason]!;

    it.each([
      ["IPv4", V4, V4],
      ["IPv6", V6, V6],
      ["IPv4 to IPv6", V4, V6],
      ["IPv6 to IPv4", V6, V4],
    ] as const)("the same bytes both ways over %s, of every length", async (_title, first, second) => {
      const phones = [new Phone(first.bind.family), new Phone(second.bind.family)] as const;
      const [x, y] = reservePair(dataplane, first, second);
      dataplane.apply([flowBetween(x, y, phones[1].endpoint), flowBetween(y, x, phones[0].endpoint)]);
      const lengths = [0, 1, 2, 3, 4, 5, 160, 161, 1023, 1400];
      const packets = lengths.map((length, index) => rtp(index, { length, fill: 250 + (index % 5) }));
      for (const [from, to, local, out] of [
        [phones[0], phones[1], x, y],
        [phones[1], phones[0], y, x],
      ] as const) {
        for (const packet of packets) from.send(local, packet);
        from.send(local, rtcp());
        const received = await to.receive(packets.length + 1);
        expect(received.map(({ bytes }) => Buffer.from(bytes).toString("hex"))).toEqual(
          [...packets, rtcp()].map((bytes) => Buffer.from(bytes).toString("hex")),
        );
        expect(new Set(received.map((one) => one.from.port))).toEqual(new Set([out.port]));
        expect(dataplane.read(local.flowId).packetsIn).toBe(packets.length + 1);
        expect(await until(() => dataplane.read(out.flowId).packetsOut === packets.length + 1)).toBe(true);
      }
      for (const phone of phones) phone.close();
    });

    it("to the learned endpoint rather than the signalled one", async () => {
      connect();
      const behindNat = new Phone(4);
      behindNat.send(a, rtp(1));
      await phoneB.receive(1);
      expect(dataplane.read(a.flowId)).toMatchObject({ learned: behindNat.endpoint, isConfirmed: true });
      phoneB.send(b, rtp(2));
      expect(await behindNat.receive(1)).toHaveLength(1);
      expect(phoneA.drain()).toEqual([]);
      behindNat.close();
    });

    it("nothing from another source when strict", async () => {
      connect({ source: { isStrict: true } });
      phoneA.send(a, rtp(1));
      await phoneB.receive(1);
      const stranger = new Phone(4);
      stranger.send(a, rtp(2));
      expect(await until(() => drops(a, DropReason.WrongSource) === 1)).toBe(true);
      phoneA.send(a, rtp(3));
      const received = await phoneB.receive(1);
      expect(received.map(({ bytes }) => bytes[3])).toEqual([3]);
      stranger.close();
    });

    it("from a new source at once on media handover, and back to it", async () => {
      connect({ source: { allowsHandover: true } });
      phoneA.send(a, rtp(1));
      const moved = new Phone(4);
      await phoneB.receive(1);
      moved.send(a, rtp(2));
      expect(await phoneB.receive(1)).toHaveLength(1);
      phoneB.send(b, rtp(3));
      expect(await moved.receive(1)).toHaveLength(1);
      moved.close();
    });

    it("to several sinks", async () => {
      const third = new Phone(4);
      const [c] = dataplane.reserve([{ media: V4, count: 1, callId: "call" }])[0]!;
      const flow = flowBetween(a, b, phoneB.endpoint);
      const [sink] = flow.sinks;
      dataplane.apply([
        flowBetween(b, a, phoneA.endpoint),
        flowBetween(c!, a, phoneA.endpoint),
        { ...flow, sinks: [sink!, { ...sink!, from: c!, follows: c!.flowId, to: third.endpoint }] },
      ]);
      phoneA.send(a, rtp(1, { fill: 7 }));
      const [[atB], [atC]] = [await phoneB.receive(1), await third.receive(1)];
      expect(atB!.bytes).toEqual(rtp(1, { fill: 7 }));
      expect(atC!.bytes).toEqual(atB!.bytes);
      expect(atC!.from.port).toBe(c!.port);
      third.close();
    });

    it("what main sends from a media port", async () => {
      dataplane.send(a, phoneB.endpoint, Uint8Array.of(1, 2, 3), 0);
      const [datagram] = await phoneB.receive(1);
      expect(datagram).toMatchObject({ from: { port: a.port }, bytes: Uint8Array.of(1, 2, 3) });
      expect(await until(() => dataplane.read(a.flowId).packetsOut === 1)).toBe(true);
    });

    it("a new flow from the next packet on", async () => {
      connect();
      phoneA.send(a, rtp(1));
      await phoneB.receive(1);
      const held = new Phone(4);
      dataplane.apply([
        flowBetween(a, b, held.endpoint, { flow: { generation: 2 } }),
        flowBetween(b, a, phoneA.endpoint, {
          flow: { generation: 2 },
          source: { latchEpoch: 2, endpointEpoch: 2 },
        }),
      ]);
      phoneA.send(a, rtp(2));
      expect(await held.receive(1)).toHaveLength(1);
      expect(phoneB.drain()).toEqual([]);
      held.close();
    });

    it.each<[keyof typeof DropReason, Parameters<typeof flowBetween>[3], Uint8Array]>([
      ["Short", {}, Uint8Array.of(0x80)],
      ["UnknownProtocol", {}, Uint8Array.of(0x70, 1, 2, 3)],
      ["BadRtp", {}, Uint8Array.from([0x9f, ...rtp(1).subarray(1, 30)])],
      ["BadRtcp", {}, Uint8Array.from([0x80, 200, 0, 9, 0, 0, 0, 1])],
      ["UnexpectedStun", {}, new Uint8Array(20)],
      ["UnexpectedDtls", {}, new Uint8Array(20).fill(22)],
      ["UnknownPayloadType", { flow: { payloadTypes: { known: [8], blocksUnknown: true } } }, rtp(1)],
      [
        "UnlearnableSource",
        { source: { learning: "safe", expected: { family: 4, address: "192.0.2.1", port: 5 } } },
        rtp(1),
      ],
      ["NoSink", { flow: { sinks: [] } }, rtp(1)],
      ["AwaitingPeer", { sink: { waitsForPeer: true } }, rtp(1)],
      ["Refused", { flow: { needs: ["transcode"] } }, rtp(1)],
      ["TooLong", {}, rtp(1, { length: 3000 })],
      ["SendFailed", { sink: { to: { family: 4, address: "255.255.255.255", port: 9 } } }, rtp(1)],
    ])("and counts %s", async (reason, changes, packet) => {
      connect(changes);
      phoneA.send(a, packet);
      expect(await until(() => drops(a, DropReason[reason]) === 1)).toBe(true);
      expect(phoneB.drain()).toEqual([]);
      expect(dataplane.totals().drops[DropReason[reason]]).toBe(1);
      expect(dataplane.read(a.flowId).drops.reduce((sum, count) => sum + count, 0)).toBe(1);
    });

    it("and counts NoDestination, NoFlow and TooManySources", async () => {
      dataplane.apply([flowBetween(a, b, undefined), flowBetween(b, a, phoneA.endpoint)]);
      phoneA.send(a, rtp(1));
      expect(await until(() => drops(a, DropReason.NoDestination) === 1)).toBe(true);
      dataplane.withdraw([a.flowId]);
      phoneA.send(a, rtp(2));
      expect(await until(() => drops(a, DropReason.NoFlow) === 1)).toBe(true);
      for (let ssrc = 1; ssrc <= 6; ssrc++) phoneB.send(b, rtp(1, { ssrc }));
      expect(await until(() => drops(b, DropReason.TooManySources) === 2)).toBe(true);
      expect(await phoneA.receive(6)).toHaveLength(6);
    });

    it("the rest of a batch after a packet that cannot be sent", async () => {
      const flow = flowBetween(a, b, phoneB.endpoint);
      const [sink] = flow.sinks;
      const refused = { ...sink!, to: { family: 4, address: "255.255.255.255", port: 9 } as const };
      dataplane.apply([{ ...flow, sinks: [refused, sink!, refused] }, flowBetween(b, a, phoneA.endpoint)]);
      for (let index = 0; index < 50; index++) phoneA.send(a, rtp(index));
      expect(await phoneB.receive(50)).toHaveLength(50);
      expect(await until(() => drops(a, DropReason.SendFailed) === 100)).toBe(true);
    });

    it("and waits for the time after signalling before it confirms", async () => {
      connect({ source: { learning: "delayed", confirmFrom: 1e15 as Micros } });
      phoneA.send(a, rtp(1));
      await phoneB.receive(1);
      expect(dataplane.read(a.flowId)).toMatchObject({ learned: phoneA.endpoint, isConfirmed: false });
    });
  });
});
