import { describe, expect, test } from "vitest";
import { decodeRtcp, encodeRtcp } from "../../src/wire/rtcp.ts";
import { decodeRtp, encodeRtp } from "../../src/wire/rtp.ts";
import { JITTER_VECTOR, RTCP_VECTORS, RTP_VECTORS } from "./rtp.ts";

const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ""), "hex"));

describe("RTP", () => {
  test.each(RTP_VECTORS)("$source", ({ hex, packet, payload }) => {
    const bytes = fromHex(hex);
    const decoded = decodeRtp(bytes);
    expect(decoded).toMatchObject(packet);
    expect(decoded?.payload).toEqual(fromHex(payload));
    expect(decoded && encodeRtp(decoded)).toEqual(bytes);
  });
});

describe("RTCP", () => {
  test.each(RTCP_VECTORS)("$source", ({ hex, kinds, first }) => {
    const bytes = fromHex(hex);
    const packets = decodeRtcp(bytes) ?? [];
    expect(packets.map(({ kind }) => kind)).toEqual(kinds);
    expect(packets[0]).toMatchObject(first);
    expect(encodeRtcp(packets)).toEqual(bytes);
  });
});

test("the jitter vector follows from RFC 3550 A.8", () => {
  const { timestamps, arrivals, jitter } = JITTER_VECTOR;
  let value = 0;
  for (let index = 1; index < timestamps.length; index++) {
    const transit = (at: number): number => (arrivals[at] as number) - (timestamps[at] as number);
    value += (Math.abs(transit(index) - transit(index - 1)) - value) / 16;
    expect(value).toBeCloseTo(jitter[index] as number, 9);
  }
});
