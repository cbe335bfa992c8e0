import { nodeCrypto } from "../../src/phone/node-crypto.ts";
import {
  CRYPTO_SUITES,
  type CryptoSuite,
  keyAndSaltLength,
  MAX_RTCP_OVERHEAD,
  MAX_RTP_OVERHEAD,
  MasterKey,
  SrtpReceiver,
  SrtpSender,
} from "../../src/protocol/srtp/index.ts";
import { encodeRtp } from "../../src/wire/rtp.ts";

/** A master key with bytes that count up from `first`. */
export function masterKey(
  suite: CryptoSuite = CRYPTO_SUITES[0]!,
  first = 1,
  identifier?: Uint8Array,
): MasterKey {
  const bytes = Uint8Array.from({ length: keyAndSaltLength(suite) }, (_, at) => first + at);
  return new MasterKey(suite, bytes, identifier);
}

/** Both ends of one direction, packets as byte arrays of their own; a number is an `SrtpFault`. */
export interface SrtpPair {
  readonly sender: SrtpSender;
  readonly receiver: SrtpReceiver;
  protectRtp(packet: Uint8Array): Uint8Array;
  unprotectRtp(packet: Uint8Array): Uint8Array | number;
  protectRtcp(packet: Uint8Array): Uint8Array;
  unprotectRtcp(packet: Uint8Array): Uint8Array | number;
}

/** A sender and a receiver with one key. */
export function srtpPair(key: MasterKey = masterKey()): SrtpPair {
  const sender = new SrtpSender(key, nodeCrypto);
  const receiver = new SrtpReceiver(key, nodeCrypto);
  const result = (bytes: Uint8Array, length: number): Uint8Array | number =>
    length < 0 ? length : bytes.slice(0, length);
  return {
    sender,
    receiver,
    protectRtp(packet: Uint8Array): Uint8Array {
      const bytes = new Uint8Array(packet.length + MAX_RTP_OVERHEAD);
      bytes.set(packet);
      return result(bytes, sender.protectRtp(bytes, 0, packet.length)) as Uint8Array;
    },
    unprotectRtp(packet: Uint8Array): Uint8Array | number {
      const bytes = packet.slice();
      return result(bytes, receiver.unprotectRtp(bytes, 0, bytes.length));
    },
    protectRtcp(packet: Uint8Array): Uint8Array {
      const bytes = new Uint8Array(packet.length + MAX_RTCP_OVERHEAD);
      bytes.set(packet);
      return result(bytes, sender.protectRtcp(bytes, 0, packet.length)) as Uint8Array;
    },
    unprotectRtcp(packet: Uint8Array): Uint8Array | number {
      const bytes = packet.slice();
      return result(bytes, receiver.unprotectRtcp(bytes, 0, bytes.length));
    },
  };
}

/** A plain RTP packet of µ-law. */
export function rtpPacket(
  sequenceNumber: number,
  { ssrc = 0x12345678, payload = Uint8Array.of(1, 2, 3, 4) }: { ssrc?: number; payload?: Uint8Array } = {},
): Uint8Array {
  return encodeRtp({
    marker: false,
    payloadType: 0,
    sequenceNumber,
    timestamp: 160 * sequenceNumber,
    ssrc,
    csrcs: [],
    extension: undefined,
    payload,
    paddingLengthBytes: 0,
  });
}

/** An empty receiver report. */
export function rtcpPacket(ssrc = 0x12345678): Uint8Array {
  return Uint8Array.of(0x80, 201, 0, 1, ssrc >>> 24, (ssrc >>> 16) & 255, (ssrc >>> 8) & 255, ssrc & 255);
}
