import type { CounterMode } from "./provider.ts";

/** What a session key is for (RFC 3711 §4.3.2). */
export const KeyLabel = {
  RtpEncryption: 0,
  RtpAuthentication: 1,
  RtpSalt: 2,
  RtcpEncryption: 3,
  RtcpAuthentication: 4,
  RtcpSalt: 5,
} as const;

export type KeyLabel = (typeof KeyLabel)[keyof typeof KeyLabel];

/** Where the label meets the salt: key_id is 7 bytes, label first, right-aligned with the salt's 14. */
const LABEL_AT = 7;

/**
 * Derives a session key (RFC 3711 §4.3.1). The key derivation rate is 0: one derivation for all packets.
 *
 * @param prf AES in counter mode under the master key
 * @param masterSalt 14 bytes at most; a shorter one is filled with zeros (RFC 7714 §11)
 */
export function deriveSessionKey(
  prf: CounterMode,
  masterSalt: Uint8Array,
  label: KeyLabel,
  lengthBytes: number,
): Uint8Array {
  const counter = new Uint8Array(16);
  counter.set(masterSalt);
  counter[LABEL_AT]! ^= label;
  const sessionKey = new Uint8Array(lengthBytes);
  prf.apply(counter, sessionKey, 0, lengthBytes);
  return sessionKey;
}
