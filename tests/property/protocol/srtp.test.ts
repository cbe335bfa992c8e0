import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CRYPTO_SUITES, SrtpFault } from "../../../src/protocol/srtp/index.ts";
import { estimatePacketIndex } from "../../../src/protocol/srtp/packet-index.ts";
import { ReplayWindow } from "../../../src/protocol/srtp/replay-window.ts";
import { encodeRtcp } from "../../../src/wire/rtcp.ts";
import { encodeRtp, type RtpPacket } from "../../../src/wire/rtp.ts";
import { masterKey, rtpPacket, srtpPair } from "../../support/srtp.ts";

const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const uint16 = fc.integer({ min: 0, max: 0xffff });
const rtp: fc.Arbitrary<RtpPacket> = fc.record({
  marker: fc.boolean(),
  payloadType: fc.integer({ min: 0, max: 63 }),
  sequenceNumber: uint16,
  timestamp: uint32,
  ssrc: uint32,
  csrcs: fc.array(uint32, { maxLength: 15 }),
  extension: fc.option(
    fc
      .array(uint32, { maxLength: 5 })
      .map((words) => ({ profile: 0xbede, data: new Uint8Array(words.length * 4).fill(words[0] ?? 0) })),
    { nil: undefined },
  ),
  payload: fc.uint8Array({ maxLength: 300 }),
  paddingLengthBytes: fc.constantFrom(0, 1, 4, 255),
});
const key = fc.record({
  suite: fc.constantFrom(...CRYPTO_SUITES),
  first: fc.integer({ min: 0, max: 255 }),
  identifier: fc.option(fc.uint8Array({ minLength: 1, maxLength: 16 }), { nil: undefined }),
});

describe("SRTP", () => {
  it("gives back what was protected, and the payload is not in what was sent", () => {
    fc.assert(
      fc.property(key, rtp, ({ suite, first, identifier }, packet) => {
        const pair = srtpPair(masterKey(suite, first, identifier));
        const plain = encodeRtp(packet);
        const sent = pair.protectRtp(plain);
        expect(sent.length).toBe(plain.length + suite.rtpTagLength + (identifier?.length ?? 0));
        if (packet.payload.length > 8) {
          expect(Buffer.from(sent).includes(Buffer.from(packet.payload))).toBe(false);
        }
        expect(pair.unprotectRtp(sent)).toEqual(plain);
      }),
    );
  });

  it("gives back RTCP, with an index of its own that the payload's has nothing to do with", () => {
    const text = fc.uint8Array({ maxLength: 60 });
    fc.assert(
      fc.property(key, uint32, text, fc.integer({ min: 1, max: 4 }), (keyOf, ssrc, cname, count) => {
        const pair = srtpPair(masterKey(keyOf.suite, keyOf.first, keyOf.identifier));
        const plain = encodeRtcp([
          { kind: "receiver-report", ssrc, reports: [], profileExtension: new Uint8Array(0) },
          { kind: "source-description", chunks: [{ ssrc, items: [{ type: 1, text: cname }] }] },
        ]);
        for (let time = 0; time < count; time++) {
          const sent = pair.protectRtcp(plain);
          expect(sent.length).toBe(plain.length + 14 + (keyOf.identifier?.length ?? 0));
          expect(pair.unprotectRtcp(sent)).toEqual(plain);
          expect(pair.unprotectRtcp(sent)).toBe(SrtpFault.Replayed);
        }
      }),
    );
  });

  it("refuses a packet with any bit changed, and then still takes the genuine one", () => {
    fc.assert(
      fc.property(key, rtp, fc.nat(), ({ suite, first, identifier }, packet, place) => {
        const pair = srtpPair(masterKey(suite, first, identifier));
        const sent = pair.protectRtp(encodeRtp(packet));
        const forged = sent.slice();
        const bit = place % (sent.length * 8);
        forged[bit >> 3]! ^= 1 << (bit & 7);
        expect(pair.unprotectRtp(forged)).toBeLessThan(0);
        expect(pair.unprotectRtp(sent)).toEqual(encodeRtp(packet));
      }),
    );
  });

  it("takes each packet of a stream once, in any order within 64, over the turn of the sequence number", () => {
    const orders = fc
      .array(fc.nat({ max: 40 }), { minLength: 2, maxLength: 60 })
      .map((delays) => delays.map((delay, at) => ({ at, due: at + delay })).sort((a, b) => a.due - b.due));
    fc.assert(
      fc.property(orders, fc.integer({ min: 0xffc0, max: 0xffff }), (order, first) => {
        const pair = srtpPair();
        // The first to arrive sets the rollover counter: before the turn.
        expect(pair.unprotectRtp(pair.protectRtp(rtpPacket(first - 1)))).toBeInstanceOf(Uint8Array);
        const sent = order.map((_, at) => pair.protectRtp(rtpPacket((first + at) % 0x10000)));
        for (const { at } of order) {
          expect(pair.unprotectRtp(sent[at]!)).toEqual(rtpPacket((first + at) % 0x10000));
          expect(pair.unprotectRtp(sent[at]!)).toBe(SrtpFault.Replayed);
        }
      }),
    );
  });
});

describe("the packet index", () => {
  it("is the nearest one with that sequence number", () => {
    const index = fc.integer({ min: 0x10000, max: 2 ** 48 - 0x20000 });
    fc.assert(
      fc.property(index, fc.integer({ min: -0x7fff, max: 0x7fff }), (highest, distance) => {
        expect(estimatePacketIndex(highest, (highest + distance) % 0x10000)).toBe(highest + distance);
      }),
    );
  });
});

describe("the replay window", () => {
  it("agrees with a set of all that was seen, for the last 64", () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: -70, max: 70 }), fc.boolean()), { maxLength: 300 });
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 40 }), steps, (start, moves) => {
        const window = new ReplayWindow();
        const seen = new Set<number>();
        let highest = -1;
        for (const [move, isAccepted] of moves) {
          const index = Math.max(0, (highest < 0 ? start : highest) + move);
          const isFresh = highest < 0 || index > highest || (highest - index < 64 && !seen.has(index));
          expect(window.isFresh(index)).toBe(isFresh);
          if (!isFresh || !isAccepted) continue;
          window.accept(index);
          seen.add(index);
          highest = Math.max(highest, index);
        }
      }),
    );
  });
});
