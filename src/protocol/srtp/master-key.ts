import { assert } from "../../base/errors.ts";
import type { CryptoSuite } from "./crypto-suite.ts";

/**
 * Master key and master salt of one direction (RFC 3711 §3.2.1), with the identifier that packets name them by.
 *
 * The bytes are private to it, so that no log line and no JSON shows them by accident.
 */
export class MasterKey {
  readonly suite: CryptoSuite;
  /** MKI, as it is in packets; empty: packets have none. */
  readonly masterKeyIdentifier: Uint8Array;
  readonly #masterKey: Uint8Array;
  readonly #masterSalt: Uint8Array;

  /** @param keyAndSalt both, the key first, as long as the suite says */
  constructor(
    suite: CryptoSuite,
    keyAndSalt: Uint8Array,
    masterKeyIdentifier: Uint8Array = new Uint8Array(0),
  ) {
    assert(keyAndSalt.length === keyAndSaltLength(suite), "key and salt are as long as the suite says");
    this.suite = suite;
    this.masterKeyIdentifier = masterKeyIdentifier;
    this.#masterKey = keyAndSalt.slice(0, suite.masterKeyLength);
    this.#masterSalt = keyAndSalt.slice(suite.masterKeyLength);
  }

  get masterKey(): Uint8Array {
    return this.#masterKey;
  }

  get masterSalt(): Uint8Array {
    return this.#masterSalt;
  }

  /** Whether packets of one can be read with the other. */
  equals(other: MasterKey): boolean {
    return (
      this.suite === other.suite &&
      sameBytes(this.#masterKey, other.#masterKey) &&
      sameBytes(this.#masterSalt, other.#masterSalt) &&
      sameBytes(this.masterKeyIdentifier, other.masterKeyIdentifier)
    );
  }
}

/** Bytes of key and salt together. */
export function keyAndSaltLength({ masterKeyLength, masterSaltLength }: CryptoSuite): number {
  return masterKeyLength + masterSaltLength;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
