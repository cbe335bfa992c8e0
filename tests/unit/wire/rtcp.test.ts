import { describe, expect, test } from "vitest";
import {
  decodeRtcp,
  encodeGenericNack,
  encodeRtcp,
  FeedbackFormat,
  genericNackSequenceNumbers,
  type ReportBlock,
  RtcpFault,
  type RtcpPacket,
  RtcpType,
  rtcpFault,
  rtcpPacketType,
  rtcpSenderSsrc,
  SourceDescriptionItem,
} from "../../../src/wire/rtcp.ts";

const REPORT: ReportBlock = {
  ssrc: 0xcafebabe,
  fractionLost: 255,
  cumulativeLost: -3,
  extendedHighestSequenceNumber: 0x1ffff,
  interarrivalJitter: 0xffffffff,
  lastSr: 0x80000001,
  delaySinceLastSr: 65_536,
};
const NONE = new Uint8Array();
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const COMPOUND: RtcpPacket[] = [
  {
    kind: "sender-report",
    ssrc: 0xdeadbeef,
    ntpSeconds: 0xe0000000,
    ntpFraction: 0x80000000,
    rtpTimestamp: 160,
    packetCount: 1,
    octetCount: 160,
    reports: [REPORT, { ...REPORT, cumulativeLost: 0x7fffff }],
    profileExtension: Uint8Array.of(1, 2, 3, 4),
  },
  { kind: "receiver-report", ssrc: 1, reports: [REPORT], profileExtension: NONE },
  {
    kind: "source-description",
    chunks: [
      { ssrc: 0xdeadbeef, items: [{ type: SourceDescriptionItem.Cname, text: utf8("a@example.com") }] },
      { ssrc: 2, items: [] },
      { ssrc: 3, items: [{ type: 2, text: utf8("ab") }] },
    ],
  },
  { kind: "bye", ssrcs: [0xdeadbeef, 2], reason: utf8("over") },
  { kind: "bye", ssrcs: [], reason: undefined },
  { kind: "app", subtype: 31, ssrc: 5, name: "abcd", data: Uint8Array.of(1, 2, 3, 4) },
  {
    kind: "transport-feedback",
    format: FeedbackFormat.GenericNack,
    senderSsrc: 1,
    mediaSsrc: 2,
    controlInformation: encodeGenericNack([65_535, 0, 15, 16]),
  },
  {
    kind: "payload-feedback",
    format: FeedbackFormat.PictureLossIndication,
    senderSsrc: 1,
    mediaSsrc: 2,
    controlInformation: NONE,
  },
  { kind: "unknown", packetType: RtcpType.ExtendedReport, count: 0, body: Uint8Array.of(0, 0, 0, 1) },
];

const fault = (bytes: Uint8Array): number => rtcpFault(bytes, 0, bytes.length);

describe("RTCP", () => {
  test("decodes what it encodes", () => {
    expect(decodeRtcp(encodeRtcp(COMPOUND))).toEqual(COMPOUND);
  });

  test("reads type and sender where the packet lies", () => {
    const packet = encodeRtcp(COMPOUND);
    const bytes = new Uint8Array(packet.length + 8);
    bytes.set(packet, 5);
    expect(rtcpFault(bytes, 5, packet.length)).toBe(RtcpFault.None);
    expect(rtcpPacketType(bytes, 5)).toBe(RtcpType.SenderReport);
    expect(rtcpSenderSsrc(bytes, 5)).toBe(0xdeadbeef);
  });

  test("refuses a datagram that packets do not fill", () => {
    const bytes = encodeRtcp(COMPOUND);
    for (let length = 0; length < bytes.length; length++) {
      const part = bytes.subarray(0, length);
      expect(fault(part) === RtcpFault.None).toBe(decodeRtcp(part) !== undefined);
    }
    expect(fault(bytes.subarray(0, 7))).toBe(RtcpFault.Short);
    expect(fault(bytes.subarray(0, 79))).toBe(RtcpFault.Short);
    expect(fault(bytes.subarray(0, 82))).toBe(RtcpFault.Short);
  });

  test("refuses other versions and types", () => {
    expect(fault(Uint8Array.of(0x40, 200, 0, 1, 0, 0, 0, 1))).toBe(RtcpFault.Version);
    expect(fault(Uint8Array.of(0x80, 191, 0, 1, 0, 0, 0, 1))).toBe(RtcpFault.Type);
    expect(fault(Uint8Array.of(0x80, 224, 0, 1, 0, 0, 0, 1))).toBe(RtcpFault.Type);
  });

  test("looks at the first header only when the rest is encrypted", () => {
    const bytes = encodeRtcp(COMPOUND.slice(0, 1));
    const srtcp = Uint8Array.from([...bytes, 1, 2, 3]);
    expect(fault(srtcp)).not.toBe(RtcpFault.None);
    expect(rtcpFault(srtcp, 0, srtcp.length, true)).toBe(RtcpFault.None);
  });

  test("takes padding on the last packet only", () => {
    const padded = Uint8Array.of(0xa0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4);
    expect(decodeRtcp(padded)).toEqual([
      { kind: "receiver-report", ssrc: 1, reports: [], profileExtension: NONE },
    ]);
    expect(fault(Uint8Array.of(...padded, ...padded))).toBe(RtcpFault.Padding);
    for (const length of [0, 3, 12]) {
      padded[11] = length;
      expect(fault(padded)).toBe(RtcpFault.Padding);
    }
  });

  test.each([
    ["a sender report without its counters", [0x80, 200, 0, 1, 0, 0, 0, 1]],
    ["a report block that is missing", [0x81, 201, 0, 1, 0, 0, 0, 1]],
    ["a chunk that is missing", [0x81, 202, 0, 1, 0, 0, 0, 1]],
    ["an item longer than its packet", [0x81, 202, 0, 2, 0, 0, 0, 1, 1, 9, 65, 65]],
    ["an item without length", [0x81, 202, 0, 2, 0, 0, 0, 1, 1, 1, 65, 1]],
    ["a chunk without end", [0x81, 202, 0, 2, 0, 0, 0, 1, 1, 2, 65, 65]],
    ["a source that is missing", [0x82, 203, 0, 1, 0, 0, 0, 1]],
    ["a reason longer than its packet", [0x81, 203, 0, 2, 0, 0, 0, 1, 9, 0, 0, 0]],
    ["an application packet without name", [0x80, 204, 0, 1, 0, 0, 0, 1]],
    ["feedback without media source", [0x81, 205, 0, 1, 0, 0, 0, 1]],
  ])("refuses %s", (_, bytes) => {
    expect(decodeRtcp(Uint8Array.from(bytes))).toBeUndefined();
  });

  test("packs a NACK into pairs of a number and the 16 that follow", () => {
    expect([...encodeGenericNack([65_535, 0, 15, 16])]).toEqual([0xff, 0xff, 0x80, 0x01, 0, 16, 0, 0]);
    expect(genericNackSequenceNumbers(Uint8Array.of(0xff, 0xff, 0x80, 0x01, 0, 16, 0, 0))).toEqual([
      65_535, 0, 15, 16,
    ]);
  });
});
