/**
 * The cryptography that SRTP is built of; whoever uses this module brings it.
 *
 * Keys are given once, packets by the million: what a method here allocates is paid for with every packet.
 */
export interface CryptoProvider {
  /** AES in counter mode. @param key 16, 24 or 32 bytes */
  counterMode(key: Uint8Array): CounterMode;
  /** HMAC-SHA1 (RFC 2104). @param key of any length */
  hmacSha1(key: Uint8Array): MessageAuthenticator;
}

/** AES in counter mode under one key (RFC 3711 §4.1.1). */
export interface CounterMode {
  /**
   * Encrypts or decrypts `length` bytes in place, from `offset` on.
   *
   * @param initialCounter the first counter block, 16 bytes; kept by the caller, who uses it again
   */
  apply(initialCounter: Uint8Array, bytes: Uint8Array, offset: number, length: number): void;
}

/** A keyed hash under one key. */
export interface MessageAuthenticator {
  /**
   * Authenticates `length` bytes from `offset` on, followed by `trailer`.
   *
   * @param mac takes the result, 20 bytes
   */
  sign(bytes: Uint8Array, offset: number, length: number, trailer: Uint8Array, mac: Uint8Array): void;
}

/** Bytes of an HMAC-SHA1. */
export const HMAC_SHA1_LENGTH = 20;
