/** The two laws of ITU-T G.711. */
export type G711Law = "mu-law" | "a-law";

/** Static payload types (RFC 3551 §6). */
export const G711_PAYLOAD_TYPES: Readonly<Record<G711Law, number>> = { "mu-law": 0, "a-law": 8 };

const MU_LAW_BIAS = 132;
const MU_LAW_CLIP = 32_767 - MU_LAW_BIAS;

/** Encodes one sample of 16 bits in µ-law, bits inverted as they go on the wire (G.711 table 2). */
export function encodeMuLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), MU_LAW_CLIP) + MU_LAW_BIAS;
  // The segment is where the highest bit stands; the bias keeps it at bit 7 or above.
  const segment = 31 - Math.clz32(magnitude) - 7;
  return ~(sign | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f)) & 0xff;
}

/** Decodes one µ-law byte to a sample of 16 bits: the output value of G.711 table 2, times 4. */
export function decodeMuLaw(byte: number): number {
  const bits = ~byte & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + MU_LAW_BIAS) << ((bits >> 4) & 7)) - MU_LAW_BIAS;
  return (bits & 0x80) === 0 ? magnitude : -magnitude;
}

/** Every other bit is inverted on the line (G.711 §3.2). */
const A_LAW_INVERSION = 0x55;

/** Encodes one sample of 16 bits in A-law, even bits inverted as they go on the wire (G.711 table 1). */
export function encodeALaw(sample: number): number {
  const sign = sample < 0 ? 0 : 0x80;
  // In one's complement, so that the intervals of both signs mirror each other.
  const magnitude = Math.min(sample < 0 ? ~sample : sample, 32_767) >> 4;
  // The two lowest segments have the same step.
  if (magnitude < 32) return (sign | magnitude) ^ A_LAW_INVERSION;
  const segment = 31 - Math.clz32(magnitude) - 3;
  return (sign | (segment << 4) | ((magnitude >> (segment - 1)) & 0x0f)) ^ A_LAW_INVERSION;
}

/** Decodes one A-law byte to a sample of 16 bits: the output value of G.711 table 1, times 8. */
export function decodeALaw(byte: number): number {
  const bits = byte ^ A_LAW_INVERSION;
  const segment = (bits >> 4) & 7;
  const step = (bits & 0x0f) << 4;
  const magnitude = segment === 0 ? step + 8 : (step + 0x108) << (segment - 1);
  return (bits & 0x80) === 0 ? -magnitude : magnitude;
}

const DECODED: Readonly<Record<G711Law, Int16Array>> = {
  "mu-law": Int16Array.from({ length: 256 }, (_, byte) => decodeMuLaw(byte)),
  "a-law": Int16Array.from({ length: 256 }, (_, byte) => decodeALaw(byte)),
};

/** Encodes samples of 16 bits, one byte each. */
export function encodeG711(law: G711Law, samples: Int16Array): Uint8Array {
  const encode = law === "mu-law" ? encodeMuLaw : encodeALaw;
  const bytes = new Uint8Array(samples.length);
  for (let at = 0; at < samples.length; at++) bytes[at] = encode(samples[at]!);
  return bytes;
}

/** Decodes bytes to samples of 16 bits. */
export function decodeG711(law: G711Law, bytes: Uint8Array): Int16Array {
  const table = DECODED[law];
  const samples = new Int16Array(bytes.length);
  for (let at = 0; at < bytes.length; at++) samples[at] = table[bytes[at]!]!;
  return samples;
}
