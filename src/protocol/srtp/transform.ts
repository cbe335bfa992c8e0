import { AesCmTransform } from "./aes-cm.ts";
import type { MasterKey } from "./master-key.ts";
import type { CryptoProvider } from "./provider.ts";

/**
 * How packets are protected under one master key (RFC 3711 §3): what differs between crypto suites.
 *
 * Works in place and keeps no state of streams. A result is the new length, or a negative `SrtpFault`; after a fault
 * the packet's bytes are as they were.
 */
export interface Transform {
  /** Encrypts and authenticates. There has to be room for `MAX_RTP_OVERHEAD` bytes behind the packet. */
  protectRtp(
    bytes: Uint8Array,
    offset: number,
    length: number,
    headerLength: number,
    packetIndex: number,
  ): number;
  /** Verifies the tag, then decrypts. */
  unprotectRtp(
    bytes: Uint8Array,
    offset: number,
    length: number,
    headerLength: number,
    packetIndex: number,
  ): number;
  /** Encrypts and authenticates. There has to be room for `MAX_RTCP_OVERHEAD` bytes behind the packet. */
  protectRtcp(bytes: Uint8Array, offset: number, length: number, rtcpIndex: number): number;
  /** Verifies the tag, then decrypts. Only after `rtcpIndex`. */
  unprotectRtcp(bytes: Uint8Array, offset: number, length: number): number;
  /** The index that a protected RTCP packet says it has, without the E bit; or an `SrtpFault`. */
  rtcpIndex(bytes: Uint8Array, offset: number, length: number): number;
  /** Bytes that protection puts behind the payload of RTP: `rtpHeaderLength` is not to take them for header. */
  readonly rtpTrailerLength: number;
}

/** The transform of a key's suite. */
export function openTransform(key: MasterKey, provider: CryptoProvider): Transform {
  switch (key.suite.kind) {
    case "aes-cm-hmac-sha1":
      return new AesCmTransform(key, provider);
  }
}
