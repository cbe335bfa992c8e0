import { expect, test } from "vitest";
import { DatagramKind, demux } from "../../../src/wire/demux.ts";

test.each([
  [0, 1, DatagramKind.Stun],
  [3, 0, DatagramKind.Stun],
  [4, 0, DatagramKind.Unknown],
  [16, 0, DatagramKind.Unknown],
  [20, 0, DatagramKind.Dtls],
  [63, 0, DatagramKind.Dtls],
  [64, 0, DatagramKind.Unknown],
  [127, 0, DatagramKind.Unknown],
  [128, 0, DatagramKind.Rtp],
  [191, 96, DatagramKind.Rtp],
  [128, 0x80 | 63, DatagramKind.Rtp],
  [128, 191, DatagramKind.Rtp],
  [128, 192, DatagramKind.Rtcp],
  [128, 200, DatagramKind.Rtcp],
  [128, 223, DatagramKind.Rtcp],
  [128, 224, DatagramKind.Rtp],
  [192, 200, DatagramKind.Unknown],
])("sorts a datagram that begins %d, %d as kind %d (RFC 7983, RFC 5761)", (first, second, kind) => {
  expect(demux(Uint8Array.of(first, second))).toBe(kind);
  expect(demux(Uint8Array.of(9, first, second, 9), 1, 2)).toBe(kind);
});

test("does not know what is shorter than two bytes", () => {
  expect(demux(Uint8Array.of(0x80))).toBe(DatagramKind.Unknown);
  expect(demux(new Uint8Array(0))).toBe(DatagramKind.Unknown);
});
