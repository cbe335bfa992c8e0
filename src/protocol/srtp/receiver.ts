import { RtcpFault, rtcpFault, rtcpSenderSsrc } from "../../wire/rtcp.ts";
import { rtpHeaderLength, rtpSequenceNumber, rtpSsrc } from "../../wire/rtp.ts";
import { SrtpFault } from "./fault.ts";
import type { MasterKey } from "./master-key.ts";
import { estimatePacketIndex, MAX_PACKET_INDEX } from "./packet-index.ts";
import type { CryptoProvider } from "./provider.ts";
import { ReplayWindow } from "./replay-window.ts";
import { openTransform, type Transform } from "./transform.ts";

/** Sources that one receiver follows at most. */
const MAX_SOURCES = 64;

/**
 * Takes the protection off the packets that come from one party, under one master key (RFC 3711 §3.3, §3.4).
 *
 * What a packet says of itself is believed, and remembered, after its tag has been verified; not before. Until then it
 * costs one look at the replay window and one tag.
 */
export class SrtpReceiver {
  readonly key: MasterKey;
  readonly #transform: Transform;
  readonly #rtpWindows: Map<number, ReplayWindow> = new Map();
  readonly #rtcpWindows: Map<number, ReplayWindow> = new Map();

  constructor(key: MasterKey, provider: CryptoProvider) {
    this.key = key;
    this.#transform = openTransform(key, provider);
  }

  /**
   * Verifies an RTP packet and decrypts it in place. Never throws.
   *
   * @returns the new length, or a negative `SrtpFault`; then the bytes are as they were
   */
  unprotectRtp(bytes: Uint8Array, offset: number, length: number): number {
    const plainLength = length - this.#transform.rtpTrailerLength;
    const headerLength = rtpHeaderLength(bytes, offset, plainLength, true);
    if (headerLength < 0) return SrtpFault.Malformed;
    const ssrc = rtpSsrc(bytes, offset);
    const known = this.#rtpWindows.get(ssrc);
    if (known === undefined && this.#rtpWindows.size === MAX_SOURCES) return SrtpFault.TooManySources;
    const window = known ?? new ReplayWindow();
    const packetIndex = estimatePacketIndex(window.highest, rtpSequenceNumber(bytes, offset));
    if (packetIndex < 0 || packetIndex > MAX_PACKET_INDEX || !window.isFresh(packetIndex)) {
      return SrtpFault.Replayed;
    }
    const result = this.#transform.unprotectRtp(bytes, offset, length, headerLength, packetIndex);
    if (result < 0) return result;
    if (known === undefined) this.#rtpWindows.set(ssrc, window);
    window.accept(packetIndex);
    return result;
  }

  /**
   * Verifies an RTCP packet, compound or not, and decrypts it in place. Never throws.
   *
   * @returns the new length, or a negative `SrtpFault`; then the bytes are as they were
   */
  unprotectRtcp(bytes: Uint8Array, offset: number, length: number): number {
    if (rtcpFault(bytes, offset, length, true) !== RtcpFault.None) return SrtpFault.Malformed;
    const rtcpIndex = this.#transform.rtcpIndex(bytes, offset, length);
    if (rtcpIndex < 0) return rtcpIndex;
    const ssrc = rtcpSenderSsrc(bytes, offset);
    const known = this.#rtcpWindows.get(ssrc);
    if (known === undefined && this.#rtcpWindows.size === MAX_SOURCES) return SrtpFault.TooManySources;
    const window = known ?? new ReplayWindow();
    if (!window.isFresh(rtcpIndex)) return SrtpFault.Replayed;
    const result = this.#transform.unprotectRtcp(bytes, offset, length);
    if (result < 0) return result;
    if (known === undefined) this.#rtcpWindows.set(ssrc, window);
    window.accept(rtcpIndex);
    return result;
  }

  /** How often the sequence numbers of a source have begun anew; 0 for one that has not been heard. */
  rolloverCounter(ssrc: number): number {
    return Math.floor(Math.max(0, this.#rtpWindows.get(ssrc)?.highest ?? 0) / 0x10000);
  }
}
