import { readUint16, readUint32, writeUint16, writeUint32 } from "./bytes.ts";

/** Bytes of an RTP header without contributing sources and extension (RFC 3550 §5.1). */
export const RTP_FIXED_HEADER_LENGTH = 12;

/** Why bytes are no RTP packet; what `rtpHeaderLength` returns instead of a length. */
export const RtpFault = {
  /** Shorter than its own header. */
  Short: -1,
  /** Version is not 2. */
  Version: -2,
  /** The extension is longer than the packet. */
  Extension: -3,
  /** The padding length is 0 or longer than the payload. */
  Padding: -4,
} as const;

export type RtpFault = (typeof RtpFault)[keyof typeof RtpFault];

/*
 *  0                   1                   2                   3
 * |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 * |                           timestamp                           |
 * |                 synchronization source (SSRC)                 |
 * |      contributing sources (CC words), extension (X), payload  |
 */

/**
 * The length of the header in bytes, contributing sources and extension included; negative: an `RtpFault`.
 *
 * @param isProtected the payload is encrypted, so the padding length cannot be read (RFC 3711 §3.1)
 */
export function rtpHeaderLength(
  bytes: Uint8Array,
  offset: number,
  length: number,
  isProtected = false,
): number {
  if (length < RTP_FIXED_HEADER_LENGTH) return RtpFault.Short;
  const first = bytes[offset] as number;
  if (first >> 6 !== 2) return RtpFault.Version;
  let headerLength = RTP_FIXED_HEADER_LENGTH + (first & 0x0f) * 4;
  if (headerLength > length) return RtpFault.Short;
  if ((first & 0x10) !== 0) {
    if (headerLength + 4 > length) return RtpFault.Extension;
    headerLength += 4 + readUint16(bytes, offset + headerLength + 2) * 4;
    if (headerLength > length) return RtpFault.Extension;
  }
  if ((first & 0x20) !== 0 && !isProtected) {
    const paddingLength = headerLength < length ? (bytes[offset + length - 1] as number) : 0;
    if (paddingLength === 0 || headerLength + paddingLength > length) return RtpFault.Padding;
  }
  return headerLength;
}

/** Bytes of padding at the end, its count byte included. Only after `rtpHeaderLength`, and only when not protected. */
export function rtpPaddingLength(bytes: Uint8Array, offset: number, length: number): number {
  return ((bytes[offset] as number) & 0x20) === 0 ? 0 : (bytes[offset + length - 1] as number);
}

export function rtpMarker(bytes: Uint8Array, offset: number): boolean {
  return (bytes[offset + 1] as number) >= 0x80;
}

export function rtpPayloadType(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + 1] as number) & 0x7f;
}

export function rtpSequenceNumber(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + 2);
}

export function rtpTimestamp(bytes: Uint8Array, offset: number): number {
  return readUint32(bytes, offset + 4);
}

export function rtpSsrc(bytes: Uint8Array, offset: number): number {
  return readUint32(bytes, offset + 8);
}

/** An RTP packet taken apart (RFC 3550 §5.1). */
export interface RtpPacket {
  readonly marker: boolean;
  readonly payloadType: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly ssrc: number;
  /** At most 15. */
  readonly csrcs: readonly number[];
  readonly extension: RtpHeaderExtension | undefined;
  readonly payload: Uint8Array;
  /** Its count byte included; 0: none. */
  readonly paddingLengthBytes: number;
}

/** The header extension as a whole (RFC 3550 §5.3.1). */
export interface RtpHeaderExtension {
  /** "Defined by profile": 0xBEDE for one-byte, 0x1000..0x100f for two-byte elements (RFC 8285 §4). */
  readonly profile: number;
  /** A multiple of 4 bytes. */
  readonly data: Uint8Array;
}

/** Decodes an RTP packet; payload and extension are views into `bytes`. Undefined: no RTP. */
export function decodeRtp(bytes: Uint8Array): RtpPacket | undefined {
  const headerLength = rtpHeaderLength(bytes, 0, bytes.length);
  if (headerLength < 0) return undefined;
  const first = bytes[0] as number;
  const csrcCount = first & 0x0f;
  const csrcs: number[] = [];
  for (let index = 0; index < csrcCount; index++)
    csrcs.push(readUint32(bytes, RTP_FIXED_HEADER_LENGTH + index * 4));
  const extensionAt = RTP_FIXED_HEADER_LENGTH + csrcCount * 4;
  const paddingLengthBytes = rtpPaddingLength(bytes, 0, bytes.length);
  return {
    marker: rtpMarker(bytes, 0),
    payloadType: rtpPayloadType(bytes, 0),
    sequenceNumber: rtpSequenceNumber(bytes, 0),
    timestamp: rtpTimestamp(bytes, 0),
    ssrc: rtpSsrc(bytes, 0),
    csrcs,
    extension:
      (first & 0x10) === 0
        ? undefined
        : { profile: readUint16(bytes, extensionAt), data: bytes.subarray(extensionAt + 4, headerLength) },
    payload: bytes.subarray(headerLength, bytes.length - paddingLengthBytes),
    paddingLengthBytes,
  };
}

/** Encodes an RTP packet. The caller keeps the fields in their ranges. */
export function encodeRtp(packet: RtpPacket): Uint8Array {
  const { csrcs, extension, payload, paddingLengthBytes } = packet;
  const extensionLength = extension === undefined ? 0 : 4 + extension.data.length;
  const headerLength = RTP_FIXED_HEADER_LENGTH + csrcs.length * 4 + extensionLength;
  const bytes = new Uint8Array(headerLength + payload.length + paddingLengthBytes);
  const hasPadding = paddingLengthBytes > 0 ? 0x20 : 0;
  bytes[0] = 0x80 | hasPadding | (extension === undefined ? 0 : 0x10) | csrcs.length;
  bytes[1] = (packet.marker ? 0x80 : 0) | packet.payloadType;
  writeUint16(bytes, 2, packet.sequenceNumber);
  writeUint32(bytes, 4, packet.timestamp);
  writeUint32(bytes, 8, packet.ssrc);
  let at = RTP_FIXED_HEADER_LENGTH;
  for (const csrc of csrcs) {
    writeUint32(bytes, at, csrc);
    at += 4;
  }
  if (extension !== undefined) {
    writeUint16(bytes, at, extension.profile);
    writeUint16(bytes, at + 2, extension.data.length / 4);
    bytes.set(extension.data, at + 4);
  }
  bytes.set(payload, headerLength);
  if (paddingLengthBytes > 0) bytes[bytes.length - 1] = paddingLengthBytes;
  return bytes;
}
