import type { CryptoAttribute, CryptoKey } from "../../wire/sdp/attributes-security.ts";
import { findCryptoSuite } from "./crypto-suite.ts";
import { MAX_MASTER_KEY_IDENTIFIER_LENGTH } from "./fault.ts";
import { keyAndSaltLength, MasterKey } from "./master-key.ts";

/** An `a=crypto` that can be used: what it stands for. */
export interface SdesKey {
  readonly tag: number;
  readonly key: MasterKey;
  /** Packets that the key may protect; undefined: as many as its suite allows. */
  readonly lifetimePackets: number | undefined;
}

/** Session parameters without effect on packets that we send or take (RFC 4568 §6.3): rate 0, window hint. */
const HARMLESS = /^(KDR=0|WSH=[0-9]{1,9}|-.*)$/i;
/** RFC 3711 §9.2. */
const MAX_LIFETIME: number = 2 ** 48;

/**
 * Reads an `a=crypto` (RFC 4568 §6). Of several keys the first is used.
 *
 * @returns undefined where it cannot be used: unknown suite, key of another length, a lifetime of nothing, session
 *   parameters that would have to be obeyed (an unencrypted or unauthenticated session is none we take part in)
 */
export function readSdes({
  tag,
  cryptoSuite,
  keys,
  sessionParameters,
}: CryptoAttribute): SdesKey | undefined {
  const suite = findCryptoSuite(cryptoSuite);
  const [inline] = keys;
  if (suite === undefined || inline === undefined) return undefined;
  if (!sessionParameters.every((parameter) => HARMLESS.test(parameter))) return undefined;
  const keyAndSalt = decodeBase64(inline.keyAndSalt);
  const identifier = readIdentifier(inline.masterKeyIdentifier);
  if (keyAndSalt?.length !== keyAndSaltLength(suite) || identifier === undefined) return undefined;
  const lifetimePackets = readLifetime(inline.lifetime);
  if (lifetimePackets !== undefined && !(lifetimePackets >= 1 && lifetimePackets <= MAX_LIFETIME)) {
    return undefined;
  }
  return { tag, key: new MasterKey(suite, keyAndSalt, identifier), lifetimePackets };
}

/** Writes a key as `a=crypto`; without a lifetime, which is the longest there is. */
export function writeSdes(tag: number, key: MasterKey): CryptoAttribute {
  const keyAndSalt = encodeBase64(Uint8Array.of(...key.masterKey, ...key.masterSalt));
  const { masterKeyIdentifier: identifier, suite } = key;
  return {
    tag,
    cryptoSuite: suite.name,
    keys: [{ keyAndSalt, lifetime: undefined, masterKeyIdentifier: writeIdentifier(identifier) }],
    sessionParameters: [],
  };
}

/** `2^20` or `1048576`. */
function readLifetime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return text.startsWith("2^") ? 2 ** Number(text.slice(2)) : Number(text);
}

/** The number in as many bytes, most significant first (RFC 4568 §6.1). Undefined: it does not fit. */
function readIdentifier(identifier: CryptoKey["masterKeyIdentifier"]): Uint8Array | undefined {
  if (identifier === undefined) return new Uint8Array(0);
  const { value, lengthBytes } = identifier;
  if (lengthBytes > MAX_MASTER_KEY_IDENTIFIER_LENGTH) return undefined;
  const bytes = new Uint8Array(lengthBytes);
  let rest = BigInt(value);
  for (let at = lengthBytes - 1; at >= 0; at--) {
    bytes[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return rest === 0n ? bytes : undefined;
}

function writeIdentifier(bytes: Uint8Array): CryptoKey["masterKeyIdentifier"] {
  if (bytes.length === 0) return undefined;
  const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return { value: String(value), lengthBytes: bytes.length };
}

/** Padding may be missing: some leave it out. */
function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text.replace(/=+$/, "")), (character) => character.charCodeAt(0));
  } catch {
    // Not a whole number of bytes.
    return undefined;
  }
}

function encodeBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
