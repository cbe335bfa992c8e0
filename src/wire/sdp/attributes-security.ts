import { parseDecimal, splitWords } from "./number.ts";

/** One key of an `a=crypto` (RFC 4568 §9.2): `inline:KEY[|LIFETIME][|MKI:LENGTH]`. */
export interface CryptoKey {
  /** Master key and salt, in base64, padding as written. */
  readonly keyAndSalt: string;
  /** `2^N` or a decimal number of packets, as written. */
  readonly lifetime: string | undefined;
  readonly masterKeyIdentifier: { readonly value: string; readonly lengthBytes: number } | undefined;
}

/** `a=crypto` (RFC 4568 §4). */
export interface CryptoAttribute {
  readonly tag: number;
  readonly cryptoSuite: string;
  /** At least one. */
  readonly keys: readonly CryptoKey[];
  /** `KDR=…`, `UNENCRYPTED_SRTP`, `WSH=…` … */
  readonly sessionParameters: readonly string[];
}

/** Parses `TAG SUITE inline:KEY[;inline:KEY…] [PARAMETER…]`. */
export function parseCrypto(value: string): CryptoAttribute | undefined {
  const [tagWord, cryptoSuite, keyWord, ...sessionParameters] = splitWords(value);
  const tag = parseDecimal(tagWord, 999_999_999);
  if (tag === undefined || cryptoSuite === undefined || keyWord === undefined) return undefined;
  const keys: CryptoKey[] = [];
  for (const part of keyWord.split(";")) {
    const key = parseCryptoKey(part);
    if (key === undefined) return undefined;
    keys.push(key);
  }
  return { tag, cryptoSuite, keys, sessionParameters };
}

function parseCryptoKey(text: string): CryptoKey | undefined {
  if (text.slice(0, 7).toLowerCase() !== "inline:") return undefined;
  const [keyAndSalt, ...parts] = text.slice(7).split("|");
  if (keyAndSalt === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(keyAndSalt) || parts.length > 2)
    return undefined;
  let lifetime: string | undefined;
  let masterKeyIdentifier: CryptoKey["masterKeyIdentifier"];
  for (const part of parts) {
    if (part.includes(":")) {
      const [identifier, length, ...rest] = part.split(":");
      const lengthBytes = parseDecimal(length, 128);
      if (parseDecimal(identifier, Number.MAX_SAFE_INTEGER) === undefined || rest.length > 0)
        return undefined;
      if (lengthBytes === undefined || lengthBytes === 0 || masterKeyIdentifier !== undefined)
        return undefined;
      masterKeyIdentifier = { value: identifier as string, lengthBytes };
    } else {
      if (lifetime !== undefined || !/^(2\^)?[0-9]{1,15}$/.test(part)) return undefined;
      lifetime = part;
    }
  }
  return { keyAndSalt, lifetime, masterKeyIdentifier };
}

export function writeCrypto(crypto: CryptoAttribute): string {
  const keys = crypto.keys.map(({ keyAndSalt, lifetime, masterKeyIdentifier: identifier }) => {
    const life = lifetime === undefined ? "" : `|${lifetime}`;
    return `inline:${keyAndSalt}${life}${identifier === undefined ? "" : `|${identifier.value}:${identifier.lengthBytes}`}`;
  });
  return [crypto.tag, crypto.cryptoSuite, keys.join(";"), ...crypto.sessionParameters].join(" ");
}

/** Who starts the DTLS handshake (RFC 4145 §4, RFC 8842 §5). */
export type Setup = "active" | "passive" | "actpass" | "holdconn";

const SETUPS: readonly string[] = ["active", "passive", "actpass", "holdconn"];

/** Parses `a=setup`. */
export function parseSetup(value: string): Setup | undefined {
  const setup = value.trim().toLowerCase();
  return SETUPS.includes(setup) ? (setup as Setup) : undefined;
}

/** `a=fingerprint` (RFC 8122 §5). */
export interface Fingerprint {
  /** `sha-256` …, lower case. */
  readonly hashFunction: string;
  /** Pairs of upper-case hexadecimal digits with colons between. */
  readonly value: string;
}

/** Parses `HASH HH:HH:…`. */
export function parseFingerprint(value: string): Fingerprint | undefined {
  const [hashFunction, digits, ...rest] = splitWords(value);
  if (hashFunction === undefined || digits === undefined || rest.length > 0) return undefined;
  if (digits.length > 191 || !/^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})*$/.test(digits)) return undefined;
  return { hashFunction: hashFunction.toLowerCase(), value: digits.toUpperCase() };
}

export function writeFingerprint(fingerprint: Fingerprint): string {
  return `${fingerprint.hashFunction} ${fingerprint.value}`;
}
