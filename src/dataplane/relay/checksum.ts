/*
 * The Internet checksum (RFC 1071) over words as the machine reads them: the sum of byte-swapped words is the
 * byte-swapped sum, so nothing is swapped and the result is stored as it is.
 */

/**
 * Sums `length` bytes from `offset`, which is a multiple of 4, as 16-bit words; not yet folded.
 * Below 2^31 for up to 64 kB.
 */
export function sumBytes(bytes: Uint8Array, words: Int32Array, offset: number, length: number): number {
  let sum = 0;
  let word = offset >> 2;
  const end = word + (length >> 2);
  for (; word < end; word++) {
    const value = words[word]!;
    sum += (value & 0xffff) + (value >>> 16);
  }
  const rest = offset + (length & ~3);
  if ((length & 3) >= 2) sum += bytes[rest]! | (bytes[rest + 1]! << 8);
  if ((length & 1) === 1) sum += bytes[offset + length - 1]!;
  return sum;
}

/** Sums four words (an address) of the machine's order. */
export function sumWords(words: Int32Array, at: number, count: number): number {
  let sum = 0;
  for (let index = 0; index < count; index++) {
    const value = words[at + index]!;
    sum += (value & 0xffff) + (value >>> 16);
  }
  return sum;
}

/** Folds a sum into the 16 bits to store; a UDP checksum of 0 is sent as all ones (RFC 768). */
export function foldChecksum(sum: number): number {
  let folded = (sum & 0xffff) + (sum >>> 16);
  folded = (folded & 0xffff) + (folded >>> 16);
  return ~folded & 0xffff || 0xffff;
}

/** A 16-bit integer with its bytes exchanged: network order on a little-endian machine. */
export function swap16(value: number): number {
  return ((value & 0xff) << 8) | ((value >>> 8) & 0xff);
}
