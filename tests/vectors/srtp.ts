/** RFC 3711 appendix B; hexadecimal. */
export const COUNTER_MODE_VECTOR = {
  source: "RFC 3711 B.2, AES-CM",
  sessionKey: "2b7e151628aed2a6abf7158809cf4f3c",
  initialCounter: "f0f1f2f3f4f5f6f7f8f9fafbfcfd0000",
  /** Key stream by number of the block. */
  keyStream: [
    { block: 0, hex: "e03ead0935c95e80e166b16dd92b4eb4" },
    { block: 1, hex: "d23513162b02d0f72a43a2fe4a5f97ab" },
    { block: 2, hex: "41e95b3bb0a2e8dd477901e4fca894c0" },
    { block: 0xfeff, hex: "ec8cdf7398607cb0f2d21675ea9ea1e4" },
    { block: 0xff00, hex: "362b7c3c6773516318a077d7fc5073ae" },
    { block: 0xff01, hex: "6a2cc3787889374fbeb4c81b17ba6c44" },
  ],
} as const;

export const KEY_DERIVATION_VECTOR = {
  source: "RFC 3711 B.3, key derivation",
  masterKey: "e1f97a0d3e018be0d64fa32c06de4139",
  masterSalt: "0ec675ad498afeebb6960b3aabe6",
  encryption: "c61e7a93744f39ee10734afe3ff7a087",
  salt: "30cbbc08863d8c85d49db34a9ae1",
  authentication: `
    cebe321f6ff7716b6fd4ab49af256a15 6d38baa48f0a0acf3c34e2359e6cdbce
    e049646c43d9327ad175578ef7227098 6371c10c9a369ac2f94a8c5fbcdddc25
    6d6e919a48b610ef17c2041e47403576 6b68642c59bbfc2f34db60dbdfb2`,
} as const;

/** RFC 4568 examples of `a=crypto`. */
export const SDES_VECTORS = [
  {
    source: "RFC 4568 §4",
    line: "1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:32",
    why: "an identifier of 32 bytes",
  },
  {
    source: "RFC 4568 §6.1",
    line: "1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20|1:4",
    why: "key, lifetime and identifier",
  },
  {
    source: "RFC 4568 §6.1, without the optional parts",
    line: "2 AES_CM_128_HMAC_SHA1_32 inline:NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj",
    why: "the key alone",
  },
] as const;
