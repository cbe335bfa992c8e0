/**
 * What a datagram on a media port is. `Opaque` is not told by its bytes: it is what a port carries that has
 * nothing to do with RTP.
 */
export const DatagramKind = { Unknown: 0, Stun: 1, Dtls: 2, Rtp: 3, Rtcp: 4, Opaque: 5 } as const;

export type DatagramKind = (typeof DatagramKind)[keyof typeof DatagramKind];

/**
 * Sorts a datagram by its first two bytes (RFC 7983 §7, RFC 5761 §4).
 *
 * Looks at nothing else: a result of `Rtp` says where to send the bytes, not that they parse.
 */
export function demux(bytes: Uint8Array, offset = 0, length: number = bytes.length - offset): DatagramKind {
  if (length < 2) return DatagramKind.Unknown;
  const first = bytes[offset] as number;
  if (first <= 3) return DatagramKind.Stun;
  if (first >= 20 && first <= 63) return DatagramKind.Dtls;
  if (first < 128 || first > 191) return DatagramKind.Unknown;
  // RTCP packet types 192..223 read as payload types 64..95 once the marker bit is masked off.
  const payloadType = (bytes[offset + 1] as number) & 0x7f;
  return payloadType >= 64 && payloadType <= 95 ? DatagramKind.Rtcp : DatagramKind.Rtp;
}
