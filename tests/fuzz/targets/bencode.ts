import { decodeBencode, encodeBencode } from "../../../src/wire/bencode.ts";

/** What decodes can be encoded, and decodes to the same thing again. */
export function fuzzBencode(bytes: Uint8Array): void {
  const once = encodeBencode(decodeBencode(bytes));
  const twice = encodeBencode(decodeBencode(once));
  if (Buffer.compare(once, twice) !== 0) throw new Error("not stable");
}
