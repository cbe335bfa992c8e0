/** A crypto suite of SDES (RFC 4568 §6.2): what protects packets, and how long its keys are. */
export interface CryptoSuite {
  /** As SDP has it. */
  readonly name: string;
  /** The transform that carries it out; `transform.ts` makes one of each. */
  readonly kind: "aes-cm-hmac-sha1";
  readonly masterKeyLength: number;
  readonly masterSaltLength: number;
  readonly rtpTagLength: number;
  /** 10 also where RTP has 4 (RFC 4568 §6.2.2). */
  readonly rtcpTagLength: number;
}

const AES_CM_128 = { kind: "aes-cm-hmac-sha1", masterKeyLength: 16, masterSaltLength: 14 } as const;

/** Every suite there is, the usual one first. */
export const CRYPTO_SUITES: readonly CryptoSuite[] = [
  { name: "AES_CM_128_HMAC_SHA1_80", ...AES_CM_128, rtpTagLength: 10, rtcpTagLength: 10 },
  { name: "AES_CM_128_HMAC_SHA1_32", ...AES_CM_128, rtpTagLength: 4, rtcpTagLength: 10 },
];

const BY_NAME: ReadonlyMap<string, CryptoSuite> = new Map(CRYPTO_SUITES.map((suite) => [suite.name, suite]));

/** The suite of that name; undefined: not one of ours. */
export function findCryptoSuite(name: string): CryptoSuite | undefined {
  return BY_NAME.get(name);
}
