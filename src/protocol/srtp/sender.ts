import { RtcpFault, rtcpFault, rtcpSenderSsrc } from "../../wire/rtcp.ts";
import { rtpHeaderLength, rtpSequenceNumber, rtpSsrc } from "../../wire/rtp.ts";
import { SrtpFault } from "./fault.ts";
import type { MasterKey } from "./master-key.ts";
import { estimatePacketIndex, MAX_PACKET_INDEX } from "./packet-index.ts";
import type { CryptoProvider } from "./provider.ts";
import { openTransform, type Transform } from "./transform.ts";

/** Sources that one sender protects at most. */
const MAX_SOURCES = 64;
/** SRTCP packets under one key (RFC 3711 §9.2). */
const MAX_RTCP_INDEX: number = 2 ** 31 - 1;

/**
 * Protects the packets that go to one party, under one master key (RFC 3711 §3.3, §3.4).
 *
 * Packets that are protected twice, with other bytes under the same index, give the key stream away: hand each in
 * once, and keep the sender for as long as its key is used.
 */
export class SrtpSender {
  readonly key: MasterKey;
  readonly #transform: Transform;
  /** Highest packet index by synchronization source. */
  readonly #highest: Map<number, number> = new Map();
  /** Next SRTCP index by synchronization source. */
  readonly #rtcpIndexes: Map<number, number> = new Map();

  constructor(key: MasterKey, provider: CryptoProvider) {
    this.key = key;
    this.#transform = openTransform(key, provider);
  }

  /**
   * Protects an RTP packet in place; there has to be room for `MAX_RTP_OVERHEAD` bytes behind it.
   *
   * @returns the new length, or a negative `SrtpFault`
   */
  protectRtp(bytes: Uint8Array, offset: number, length: number): number {
    const headerLength = rtpHeaderLength(bytes, offset, length);
    if (headerLength < 0) return SrtpFault.Malformed;
    const ssrc = rtpSsrc(bytes, offset);
    const highest = this.#highest.get(ssrc);
    if (highest === undefined && this.#highest.size === MAX_SOURCES) return SrtpFault.TooManySources;
    const packetIndex = estimatePacketIndex(highest ?? -1, rtpSequenceNumber(bytes, offset));
    if (packetIndex < 0) return SrtpFault.Replayed;
    if (packetIndex > MAX_PACKET_INDEX) return SrtpFault.KeyExhausted;
    if (highest === undefined || packetIndex > highest) this.#highest.set(ssrc, packetIndex);
    return this.#transform.protectRtp(bytes, offset, length, headerLength, packetIndex);
  }

  /**
   * Protects an RTCP packet, compound or not, in place; there has to be room for `MAX_RTCP_OVERHEAD` bytes behind it.
   *
   * @returns the new length, or a negative `SrtpFault`
   */
  protectRtcp(bytes: Uint8Array, offset: number, length: number): number {
    if (rtcpFault(bytes, offset, length) !== RtcpFault.None) return SrtpFault.Malformed;
    const ssrc = rtcpSenderSsrc(bytes, offset);
    const rtcpIndex = this.#rtcpIndexes.get(ssrc) ?? 0;
    if (rtcpIndex > MAX_RTCP_INDEX) return SrtpFault.KeyExhausted;
    if (rtcpIndex === 0 && this.#rtcpIndexes.size === MAX_SOURCES) return SrtpFault.TooManySources;
    this.#rtcpIndexes.set(ssrc, rtcpIndex + 1);
    return this.#transform.protectRtcp(bytes, offset, length, rtcpIndex);
  }

  /** How often the sequence numbers of a source have begun anew; 0 for one that has sent nothing. */
  rolloverCounter(ssrc: number): number {
    return Math.floor((this.#highest.get(ssrc) ?? 0) / 0x10000);
  }
}
