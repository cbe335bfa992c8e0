import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldChecksum, sumBytes, sumWords, swap16 } from "../../../src/dataplane/relay/checksum.ts";

/** RFC 1071 §4.1 as it is written there: big-endian words. */
function reference(bytes: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < bytes.length; index += 2) sum += (bytes[index]! << 8) | (bytes[index + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff || 0xffff;
}

describe("checksum", () => {
  it("equals the reference for any bytes, bytes exchanged", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 2048 }), (payload) => {
        const buffer = new ArrayBuffer(8 + 2052);
        const bytes = new Uint8Array(buffer).fill(0xaa);
        bytes.set(payload, 8);
        const sum = sumBytes(bytes, new Int32Array(buffer), 8, payload.length);
        expect(swap16(foldChecksum(sum))).toBe(reference(payload));
      }),
    );
  });

  it("folds the largest datagram without overflow", () => {
    const buffer = new ArrayBuffer(65536);
    const bytes = new Uint8Array(buffer).fill(0xff);
    expect(swap16(foldChecksum(sumBytes(bytes, new Int32Array(buffer), 0, 65536)))).toBe(reference(bytes));
  });

  it("sums words like bytes", () => {
    const words = Int32Array.of(-1, 0x12345678, -2_000_000_000);
    const bytes = new Uint8Array(words.buffer);
    expect(foldChecksum(sumWords(words, 0, 3))).toBe(foldChecksum(sumBytes(bytes, words, 0, 12)));
  });
});
