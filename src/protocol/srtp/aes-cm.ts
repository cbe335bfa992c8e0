import { readUint32, writeUint16, writeUint32 } from "../../wire/bytes.ts";
import { SrtpFault } from "./fault.ts";
import { deriveSessionKey, KeyLabel } from "./key-derivation.ts";
import type { MasterKey } from "./master-key.ts";
import {
  type CounterMode,
  type CryptoProvider,
  HMAC_SHA1_LENGTH,
  type MessageAuthenticator,
} from "./provider.ts";
import type { Transform } from "./transform.ts";

/** RTCP's fixed part stays in the clear: first header and sender (RFC 3711 §3.4). */
const RTCP_CLEAR_LENGTH = 8;
const RTCP_INDEX_LENGTH = 4;
const ENCRYPTED = 0x80000000;
const NOTHING: Uint8Array = new Uint8Array(0);

/** Session keys of RTP or of RTCP. */
interface SessionKeys {
  readonly cipher: CounterMode;
  readonly authenticator: MessageAuthenticator;
  readonly salt: Uint8Array;
}

/*
 * SRTP:   header | payload, encrypted | MKI | tag          authenticated: header, payload, rollover counter
 * SRTCP:  8 bytes | rest, encrypted | E, index | MKI | tag  authenticated: all before the MKI
 */

/** AES in counter mode with HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1). */
export class AesCmTransform implements Transform {
  readonly #rtp: SessionKeys;
  readonly #rtcp: SessionKeys;
  readonly #identifier: Uint8Array;
  readonly #rtpTagLength: number;
  readonly #rtcpTagLength: number;
  readonly #counter = new Uint8Array(16);
  readonly #rolloverCounter = new Uint8Array(4);
  readonly #mac = new Uint8Array(HMAC_SHA1_LENGTH);

  constructor(key: MasterKey, provider: CryptoProvider) {
    const prf = provider.counterMode(key.masterKey);
    const { masterKeyLength, masterSaltLength, rtpTagLength, rtcpTagLength } = key.suite;
    const keys = (encryption: KeyLabel, authentication: KeyLabel, salt: KeyLabel): SessionKeys => {
      const derive = (label: KeyLabel, length: number): Uint8Array =>
        deriveSessionKey(prf, key.masterSalt, label, length);
      return {
        cipher: provider.counterMode(derive(encryption, masterKeyLength)),
        authenticator: provider.hmacSha1(derive(authentication, HMAC_SHA1_LENGTH)),
        salt: derive(salt, masterSaltLength),
      };
    };
    this.#rtp = keys(KeyLabel.RtpEncryption, KeyLabel.RtpAuthentication, KeyLabel.RtpSalt);
    this.#rtcp = keys(KeyLabel.RtcpEncryption, KeyLabel.RtcpAuthentication, KeyLabel.RtcpSalt);
    this.#identifier = key.masterKeyIdentifier;
    this.#rtpTagLength = rtpTagLength;
    this.#rtcpTagLength = rtcpTagLength;
  }

  get rtpTrailerLength(): number {
    return this.#identifier.length + this.#rtpTagLength;
  }

  protectRtp(
    bytes: Uint8Array,
    offset: number,
    length: number,
    headerLength: number,
    packetIndex: number,
  ): number {
    const ssrc = readUint32(bytes, offset + 8);
    this.#crypt(this.#rtp, bytes, offset + headerLength, length - headerLength, ssrc, packetIndex);
    this.#signRtp(bytes, offset, length, packetIndex);
    return this.#append(bytes, offset, length, this.#rtpTagLength);
  }

  unprotectRtp(
    bytes: Uint8Array,
    offset: number,
    length: number,
    headerLength: number,
    packetIndex: number,
  ): number {
    const plainLength = length - this.rtpTrailerLength;
    if (plainLength < headerLength) return SrtpFault.Malformed;
    if (!this.#hasIdentifier(bytes, offset + plainLength)) return SrtpFault.MasterKeyIdentifier;
    // The tag first, and nothing is decrypted for a packet that has not got it (RFC 3711 §3.3).
    this.#signRtp(bytes, offset, plainLength, packetIndex);
    if (!this.#hasTag(bytes, offset + length - this.#rtpTagLength, this.#rtpTagLength)) {
      return SrtpFault.Authentication;
    }
    const ssrc = readUint32(bytes, offset + 8);
    this.#crypt(this.#rtp, bytes, offset + headerLength, plainLength - headerLength, ssrc, packetIndex);
    return plainLength;
  }

  protectRtcp(bytes: Uint8Array, offset: number, length: number, rtcpIndex: number): number {
    this.#cryptRtcp(bytes, offset, length, rtcpIndex);
    writeUint32(bytes, offset + length, ENCRYPTED + rtcpIndex);
    const signedLength = length + RTCP_INDEX_LENGTH;
    this.#rtcp.authenticator.sign(bytes, offset, signedLength, NOTHING, this.#mac);
    return this.#append(bytes, offset, signedLength, this.#rtcpTagLength);
  }

  unprotectRtcp(bytes: Uint8Array, offset: number, length: number): number {
    const plainLength = this.#rtcpPlainLength(length);
    if (plainLength < RTCP_CLEAR_LENGTH) return SrtpFault.Malformed;
    const signedLength = plainLength + RTCP_INDEX_LENGTH;
    if (!this.#hasIdentifier(bytes, offset + signedLength)) return SrtpFault.MasterKeyIdentifier;
    this.#rtcp.authenticator.sign(bytes, offset, signedLength, NOTHING, this.#mac);
    if (!this.#hasTag(bytes, offset + length - this.#rtcpTagLength, this.#rtcpTagLength)) {
      return SrtpFault.Authentication;
    }
    // The E bit is authenticated: a packet without it was sent in the clear by whoever has the key.
    const word = readUint32(bytes, offset + plainLength);
    if (word >= ENCRYPTED) this.#cryptRtcp(bytes, offset, plainLength, word - ENCRYPTED);
    return plainLength;
  }

  rtcpIndex(bytes: Uint8Array, offset: number, length: number): number {
    const plainLength = this.#rtcpPlainLength(length);
    if (plainLength < RTCP_CLEAR_LENGTH) return SrtpFault.Malformed;
    return readUint32(bytes, offset + plainLength) % ENCRYPTED;
  }

  #rtcpPlainLength(length: number): number {
    return length - RTCP_INDEX_LENGTH - this.#identifier.length - this.#rtcpTagLength;
  }

  #signRtp(bytes: Uint8Array, offset: number, length: number, packetIndex: number): void {
    writeUint32(this.#rolloverCounter, 0, Math.floor(packetIndex / 0x10000));
    this.#rtp.authenticator.sign(bytes, offset, length, this.#rolloverCounter, this.#mac);
  }

  #append(bytes: Uint8Array, offset: number, length: number, tagLength: number): number {
    const tagAt = offset + length + this.#identifier.length;
    bytes.set(this.#identifier, offset + length);
    for (let at = 0; at < tagLength; at++) bytes[tagAt + at] = this.#mac[at] as number;
    return length + this.#identifier.length + tagLength;
  }

  #hasIdentifier(bytes: Uint8Array, at: number): boolean {
    for (let index = 0; index < this.#identifier.length; index++) {
      if (bytes[at + index] !== this.#identifier[index]) return false;
    }
    return true;
  }

  /** In the same time wherever they differ. */
  #hasTag(bytes: Uint8Array, tagAt: number, tagLength: number): boolean {
    let difference = 0;
    for (let at = 0; at < tagLength; at++) {
      difference |= (bytes[tagAt + at] as number) ^ (this.#mac[at] as number);
    }
    return difference === 0;
  }

  #cryptRtcp(bytes: Uint8Array, offset: number, length: number, rtcpIndex: number): void {
    const ssrc = readUint32(bytes, offset + 4);
    const from = offset + RTCP_CLEAR_LENGTH;
    this.#crypt(this.#rtcp, bytes, from, length - RTCP_CLEAR_LENGTH, ssrc, rtcpIndex);
  }

  /** IV = salt·2^16 XOR SSRC·2^64 XOR index·2^16 (RFC 3711 §4.1.1). */
  #crypt(
    { cipher, salt }: SessionKeys,
    bytes: Uint8Array,
    offset: number,
    length: number,
    ssrc: number,
    index: number,
  ): void {
    const counter = this.#counter;
    counter.fill(0);
    writeUint32(counter, 4, ssrc);
    writeUint16(counter, 8, Math.floor(index / 0x100000000));
    writeUint32(counter, 10, index % 0x100000000);
    for (let at = 0; at < salt.length; at++) counter[at]! ^= salt[at] as number;
    cipher.apply(counter, bytes, offset, length);
  }
}
