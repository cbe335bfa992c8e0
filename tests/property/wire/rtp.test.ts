import fc from "fast-check";
import { expect, test } from "vitest";
import {
  decodeRtcp,
  encodeGenericNack,
  encodeRtcp,
  genericNackSequenceNumbers,
  type RtcpPacket,
} from "../../../src/wire/rtcp.ts";
import { decodeRtp, encodeRtp, type RtpPacket } from "../../../src/wire/rtp.ts";
import { decodeExtensionElements, encodeExtensionElements } from "../../../src/wire/rtp-extension.ts";

const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const uint16 = fc.integer({ min: 0, max: 0xffff });
const byte = fc.integer({ min: 0, max: 255 });
const wordsOfBytes = (max: number) =>
  fc.integer({ min: 0, max }).chain((words) => fc.uint8Array({ minLength: words * 4, maxLength: words * 4 }));

const rtp: fc.Arbitrary<RtpPacket> = fc.record({
  marker: fc.boolean(),
  payloadType: fc.integer({ min: 0, max: 127 }),
  sequenceNumber: uint16,
  timestamp: uint32,
  ssrc: uint32,
  csrcs: fc.array(uint32, { maxLength: 15 }),
  extension: fc.option(fc.record({ profile: uint16, data: wordsOfBytes(20) }), { nil: undefined }),
  payload: fc.uint8Array({ maxLength: 200 }),
  paddingLengthBytes: byte,
});

test("decoding what was encoded gives it back: RTP", () => {
  fc.assert(
    fc.property(rtp, (packet) => {
      expect(decodeRtp(encodeRtp(packet))).toEqual(packet);
    }),
    { numRuns: 2000 },
  );
});

test("decoding what was encoded gives it back: header extension elements", () => {
  const element = fc.record({
    extensionId: fc.integer({ min: 1, max: 255 }),
    data: fc.uint8Array({ maxLength: 30 }),
  });
  fc.assert(
    fc.property(fc.array(element, { maxLength: 6 }), (elements) => {
      expect(decodeExtensionElements(encodeExtensionElements(elements))).toEqual(elements);
    }),
  );
});

const report = fc.record({
  ssrc: uint32,
  fractionLost: byte,
  cumulativeLost: fc.integer({ min: -0x800000, max: 0x7fffff }),
  extendedHighestSequenceNumber: uint32,
  interarrivalJitter: uint32,
  lastSr: uint32,
  delaySinceLastSr: uint32,
});
const reports = { reports: fc.array(report, { maxLength: 31 }), profileExtension: wordsOfBytes(4) };
const count = fc.integer({ min: 0, max: 31 });
const item = fc.record({ type: fc.integer({ min: 1, max: 255 }), text: fc.uint8Array({ maxLength: 40 }) });

const rtcp: fc.Arbitrary<RtcpPacket> = fc.oneof(
  fc.record({
    kind: fc.constant("sender-report" as const),
    ssrc: uint32,
    ntpSeconds: uint32,
    ntpFraction: uint32,
    rtpTimestamp: uint32,
    packetCount: uint32,
    octetCount: uint32,
    ...reports,
  }),
  fc.record({ kind: fc.constant("receiver-report" as const), ssrc: uint32, ...reports }),
  fc.record({
    kind: fc.constant("source-description" as const),
    chunks: fc.array(fc.record({ ssrc: uint32, items: fc.array(item, { maxLength: 4 }) }), { maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant("bye" as const),
    ssrcs: fc.array(uint32, { maxLength: 31 }),
    reason: fc.option(fc.uint8Array({ maxLength: 60 }), { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant("app" as const),
    subtype: count,
    ssrc: uint32,
    name: fc.stringMatching(/^[a-z]{4}$/),
    data: wordsOfBytes(4),
  }),
  fc.record({
    kind: fc.constantFrom("transport-feedback" as const, "payload-feedback" as const),
    format: count,
    senderSsrc: uint32,
    mediaSsrc: uint32,
    controlInformation: wordsOfBytes(8),
  }),
  fc.record({
    kind: fc.constant("unknown" as const),
    packetType: fc.constantFrom(192, 207, 223),
    count,
    body: wordsOfBytes(6).filter((body) => body.length > 0),
  }),
);

test("decoding what was encoded gives it back: compound RTCP", () => {
  fc.assert(
    fc.property(fc.array(rtcp, { minLength: 1, maxLength: 5 }), (packets) => {
      const bytes = encodeRtcp(packets);
      // A lone BYE without a source is below the 8 bytes that a datagram must have.
      if (bytes.length >= 8) expect(decodeRtcp(bytes)).toEqual(packets);
    }),
    { numRuns: 2000 },
  );
});

test("a NACK asks for what it was made from", () => {
  fc.assert(
    fc.property(fc.uniqueArray(uint16, { maxLength: 40 }), (numbers) => {
      const asked = genericNackSequenceNumbers(encodeGenericNack(numbers));
      expect(new Set(asked)).toEqual(new Set(numbers));
      expect(asked).toHaveLength(numbers.length);
    }),
  );
});
