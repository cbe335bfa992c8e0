import { describe, expect, test } from "vitest";
import {
  decodeRtp,
  encodeRtp,
  RtpFault,
  type RtpPacket,
  rtpHeaderLength,
  rtpMarker,
  rtpPaddingLength,
  rtpPayloadType,
  rtpSequenceNumber,
  rtpSsrc,
  rtpTimestamp,
} from "../../../src/wire/rtp.ts";
import {
  decodeExtensionElements,
  encodeExtensionElements,
  ONE_BYTE_PROFILE,
  TWO_BYTE_PROFILE,
} from "../../../src/wire/rtp-extension.ts";

const PACKET: RtpPacket = {
  marker: true,
  payloadType: 111,
  sequenceNumber: 0xfffe,
  timestamp: 0xfedcba98,
  ssrc: 0xdeadbeef,
  csrcs: [1, 0xffffffff],
  extension: { profile: ONE_BYTE_PROFILE, data: Uint8Array.of(0x10, 0xff, 0, 0) },
  payload: Uint8Array.of(1, 2, 3),
  paddingLengthBytes: 5,
};

const fault = (bytes: Uint8Array): number => rtpHeaderLength(bytes, 0, bytes.length);

describe("RTP", () => {
  test("decodes what it encodes", () => {
    const bytes = encodeRtp(PACKET);
    expect(bytes.length).toBe(12 + 8 + 8 + 3 + 5);
    expect(decodeRtp(bytes)).toEqual(PACKET);
  });

  test("reads fields where the packet lies", () => {
    const bytes = new Uint8Array(60);
    const packet = encodeRtp(PACKET);
    bytes.set(packet, 7);
    expect(rtpHeaderLength(bytes, 7, packet.length)).toBe(28);
    expect(rtpPaddingLength(bytes, 7, packet.length)).toBe(5);
    expect(rtpMarker(bytes, 7)).toBe(true);
    expect(rtpPayloadType(bytes, 7)).toBe(111);
    expect(rtpSequenceNumber(bytes, 7)).toBe(0xfffe);
    expect(rtpTimestamp(bytes, 7)).toBe(0xfedcba98);
    expect(rtpSsrc(bytes, 7)).toBe(0xdeadbeef);
  });

  test("takes a packet without payload", () => {
    const bytes = encodeRtp({
      ...PACKET,
      csrcs: [],
      extension: undefined,
      payload: new Uint8Array(),
      paddingLengthBytes: 0,
    });
    expect(fault(bytes)).toBe(12);
    expect(decodeRtp(bytes)?.payload.length).toBe(0);
  });

  test("refuses every packet that is cut off inside of its header", () => {
    const bytes = encodeRtp({ ...PACKET, paddingLengthBytes: 0 });
    for (let length = 0; length < 12; length++)
      expect(rtpHeaderLength(bytes, 0, length)).toBe(RtpFault.Short);
    for (let length = 12; length < 20; length++)
      expect(rtpHeaderLength(bytes, 0, length)).toBe(RtpFault.Short);
    for (let length = 20; length < 28; length++)
      expect(rtpHeaderLength(bytes, 0, length)).toBe(RtpFault.Extension);
    expect(rtpHeaderLength(bytes, 0, 28)).toBe(28);
  });

  test("refuses other versions", () => {
    const bytes = encodeRtp(PACKET);
    for (const version of [0, 1, 3]) {
      bytes[0] = ((bytes[0] as number) & 0x3f) | (version << 6);
      expect(fault(bytes)).toBe(RtpFault.Version);
    }
    expect(decodeRtp(bytes)).toBeUndefined();
  });

  test("refuses padding of 0 and padding that reaches into the header", () => {
    const bytes = encodeRtp(PACKET);
    for (const padding of [0, 9, 255]) {
      bytes[bytes.length - 1] = padding;
      expect(fault(bytes)).toBe(RtpFault.Padding);
      expect(rtpHeaderLength(bytes, 0, bytes.length, true)).toBe(28);
    }
    bytes[bytes.length - 1] = 8;
    expect(decodeRtp(bytes)?.payload.length).toBe(0);
    expect(rtpHeaderLength(bytes, 0, 28)).toBe(RtpFault.Padding);
  });
});

describe("header extension elements", () => {
  test("take the one-byte form where they fit (RFC 8285 §4.2)", () => {
    const elements = [
      { extensionId: 1, data: Uint8Array.of(0xff) },
      { extensionId: 14, data: new Uint8Array(16).fill(3) },
    ];
    const extension = encodeExtensionElements(elements);
    expect(extension.profile).toBe(ONE_BYTE_PROFILE);
    expect(extension.data.length).toBe(20);
    expect(decodeExtensionElements(extension)).toEqual(elements);
  });

  test("take the two-byte form where they do not (RFC 8285 §4.3)", () => {
    const elements = [
      { extensionId: 1, data: new Uint8Array(0) },
      { extensionId: 200, data: new Uint8Array(17).fill(3) },
    ];
    const extension = encodeExtensionElements(elements);
    expect(extension.profile).toBe(TWO_BYTE_PROFILE);
    expect(extension.data.length).toBe(24);
    expect(decodeExtensionElements(extension)).toEqual(elements);
    expect(decodeExtensionElements({ ...extension, profile: 0x100f })).toEqual(elements);
  });

  test("skip padding between, and stop at id 15", () => {
    const data = Uint8Array.of(0, 0x10, 1, 0, 0xf0, 9, 0x20, 2);
    expect(decodeExtensionElements({ profile: ONE_BYTE_PROFILE, data })).toEqual([
      { extensionId: 1, data: Uint8Array.of(1) },
    ]);
  });

  test("that run over the end, or of another profile, are not read", () => {
    expect(
      decodeExtensionElements({ profile: ONE_BYTE_PROFILE, data: Uint8Array.of(0x13, 1, 2, 3) }),
    ).toBeUndefined();
    expect(
      decodeExtensionElements({ profile: TWO_BYTE_PROFILE, data: Uint8Array.of(1, 3, 1, 2) }),
    ).toBeUndefined();
    expect(
      decodeExtensionElements({ profile: TWO_BYTE_PROFILE, data: Uint8Array.of(0, 0, 0, 1) }),
    ).toBeUndefined();
    expect(decodeExtensionElements({ profile: 0x2000, data: new Uint8Array(4) })).toBeUndefined();
  });
});
