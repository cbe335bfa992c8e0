/**
 * Values of ITU-T G.711 (11/88).
 *
 * Tables 1a/1b (A-law) and 2a/2b (µ-law): the decoder output values at both ends of each segment, and the
 * decision value it begins with. All are on the tables' own scales: 4096 for A-law, 8159 for µ-law.
 */
export interface G711Segment {
  /** The first and last code of the segment as transmitted, positive half. */
  readonly codes: readonly [number, number];
  /** Decoder output values for them. */
  readonly outputs: readonly [number, number];
  /** The decision value where the segment begins. */
  readonly from: number;
}

/** Table 1a, even bits inverted (note 2). */
export const A_LAW_SEGMENTS: readonly G711Segment[] = [
  { codes: [0xd5, 0xda], outputs: [1, 31], from: 0 },
  { codes: [0xc5, 0xca], outputs: [33, 63], from: 32 },
  { codes: [0xf5, 0xfa], outputs: [66, 126], from: 64 },
  { codes: [0xe5, 0xea], outputs: [132, 252], from: 128 },
  { codes: [0x95, 0x9a], outputs: [264, 504], from: 256 },
  { codes: [0x85, 0x8a], outputs: [528, 1008], from: 512 },
  { codes: [0xb5, 0xba], outputs: [1056, 2016], from: 1024 },
  { codes: [0xa5, 0xaa], outputs: [2112, 4032], from: 2048 },
];

/** Table 2a. */
export const MU_LAW_SEGMENTS: readonly G711Segment[] = [
  { codes: [0xff, 0xf0], outputs: [0, 30], from: 0 },
  { codes: [0xef, 0xe0], outputs: [33, 93], from: 31 },
  { codes: [0xdf, 0xd0], outputs: [99, 219], from: 95 },
  { codes: [0xcf, 0xc0], outputs: [231, 471], from: 223 },
  { codes: [0xbf, 0xb0], outputs: [495, 975], from: 479 },
  { codes: [0xaf, 0xa0], outputs: [1023, 1983], from: 991 },
  { codes: [0x9f, 0x90], outputs: [2079, 3999], from: 2015 },
  { codes: [0x8f, 0x80], outputs: [4191, 8031], from: 4063 },
];

/** Tables 5 and 6: one period of a sine of 1 kHz at 0 dBm0. */
export const DIGITAL_MILLIWATT = {
  "a-law": [0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4],
  "mu-law": [0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e],
} as const;
