import { describe, expect, it } from "vitest";
import type { Micros } from "../../../src/base/brand.ts";
import { Listener } from "../../../src/phone/listener.ts";
import { Talker } from "../../../src/phone/talker.ts";
import { decodeRtp, type RtpPacket } from "../../../src/wire/rtp.ts";

const at = (milliseconds: number): Micros => (milliseconds * 1000) as Micros;
const talker = (toneHz = 440): Talker => new Talker({ toneHz, law: "mu-law", random: () => 0.999_999_9 });

/** What is due from one time to another, asked every millisecond. */
function take(from: Talker, startMs: number, endMs: number): { packet: RtpPacket; now: Micros }[] {
  const taken: { packet: RtpPacket; now: Micros }[] = [];
  for (let now = startMs; now < endMs; now++) {
    const bytes = from.take(at(now));
    if (bytes) taken.push({ packet: decodeRtp(bytes)!, now: at(now) });
  }
  return taken;
}

describe("a talker", () => {
  it("has a packet every 20 ms, numbered and timed as RFC 3550 §5.1 has it, also across the wraps", () => {
    const one = talker();
    one.start(at(0));
    const packets = take(one, 0, 1000).map(({ packet }) => packet);
    expect(packets).toHaveLength(50);
    expect(packets.map(({ marker }) => marker)).toEqual([true, ...Array(49).fill(false)]);
    for (const [index, packet] of packets.slice(1).entries()) {
      expect((packet.sequenceNumber - packets[index]!.sequenceNumber) & 0xffff).toBe(1);
      expect((packet.timestamp - packets[index]!.timestamp) >>> 0).toBe(160);
      expect(packet.payload).toHaveLength(160);
    }
    expect([one.packetsSent, one.octetsSent]).toEqual([50, 8000]);
  });

  it("catches up after a short stall and leaves out a long one, timestamps going on with the clock", () => {
    const one = talker();
    one.start(at(0));
    const first = take(one, 0, 1)[0]!.packet;
    let burst = 0;
    while (one.take(at(110))) burst++;
    expect(burst).toBe(5);
    const late = decodeRtp(one.take(at(2000))!)!;
    expect(one.take(at(2000))).toBeUndefined();
    expect(late.marker).toBe(true);
    expect((late.timestamp - first.timestamp) >>> 0).toBe(100 * 160);
    expect((late.sequenceNumber - first.sequenceNumber) & 0xffff).toBe(6);
  });

  it("marks the first packet after a pause, which its timestamp leaves room for", () => {
    const one = talker();
    one.start(at(0));
    const before = take(one, 0, 100).at(-1)!.packet;
    one.stop();
    expect(one.take(at(500))).toBeUndefined();
    one.start(at(1100));
    const after = take(one, 1100, 1101)[0]!.packet;
    expect(after.marker).toBe(true);
    expect((after.sequenceNumber - before.sequenceNumber) & 0xffff).toBe(1);
    expect((after.timestamp - before.timestamp) >>> 0).toBe(51 * 160);
  });
});

describe("a listener", () => {
  const packetsOf = (toneHz: number): { packet: RtpPacket; now: Micros }[] => {
    const one = talker(toneHz);
    one.start(at(0));
    return take(one, 0, 1000);
  };

  it("hears the tone it expects, and counts", () => {
    const listener = new Listener(440);
    for (const { packet, now } of packetsOf(440)) listener.receive(packet, now);
    const reading = listener.read();
    expect(reading).toMatchObject({
      packets: 50,
      octets: 8000,
      lost: 0,
      toneHeardMs: 1000,
      isHearingTone: true,
    });
    expect([reading.firstPacketAt, reading.lastPacketAt]).toEqual([0, 980_000]);
    expect(reading.payloadTypes).toEqual(new Map([[0, 50]]));
  });

  it("does not hear another tone", () => {
    const listener = new Listener(660);
    for (const { packet, now } of packetsOf(440)) listener.receive(packet, now);
    expect(listener.read()).toMatchObject({ packets: 50, toneHeardMs: 0, isHearingTone: false });
  });

  it("puts packets where their timestamps say: a lost one is a gap, a late one is left out", () => {
    const listener = new Listener(440);
    const packets = packetsOf(440);
    [packets[22], packets[23]] = [packets[23]!, packets[22]!];
    for (const [index, { packet, now }] of packets.entries()) if (index !== 7) listener.receive(packet, now);
    expect(listener.read()).toMatchObject({ packets: 49, lost: 1, reordered: 1, toneHeardMs: 1000 });
  });

  it("goes on after a pause and with another source", () => {
    const listener = new Listener(440);
    const first = talker();
    const second = new Talker({ toneHz: 440, law: "a-law", random: () => 0.5 });
    first.start(at(0));
    for (const { packet, now } of take(first, 0, 200)) listener.receive(packet, now);
    first.stop();
    first.start(at(2000));
    for (const { packet, now } of take(first, 2000, 2200)) listener.receive(packet, now);
    second.start(at(2200));
    for (const { packet, now } of take(second, 2200, 2400)) listener.receive(packet, now);
    const { toneHeardMs, lost, sources } = listener.read();
    expect({ toneHeardMs, lost, sources: sources.length }).toEqual({ toneHeardMs: 600, lost: 0, sources: 2 });
  });
});
