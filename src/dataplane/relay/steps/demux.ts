import { RecordFlag, RecordWord } from "../../../flow/flow-record.ts";
import { DropReason } from "../../../flow/reasons.ts";
import { DatagramKind, drop, type Packet, Verdict } from "../packet.ts";

/**
 * Sorts the datagram by its first two bytes (RFC 7983 §7, RFC 5761 §4).
 *
 * No flow here does ICE or DTLS yet, so both are dropped.
 */
export function demux(packet: Packet): Verdict {
  const { bytes, offset, length, records } = packet;
  const flags = records.words[packet.record + RecordWord.flags]!;
  if ((flags & RecordFlag.Refused) !== 0) return drop(packet, DropReason.Refused);
  if ((flags & RecordFlag.Opaque) !== 0) {
    packet.kind = DatagramKind.Opaque;
    return Verdict.Continue;
  }
  if (length < 2) return drop(packet, DropReason.Short);
  const first = bytes[offset]!;
  if (first >= 128 && first <= 191) {
    // RTCP packet types 192..223 read as payload types 64..95 once the marker bit is masked off.
    const payloadType = bytes[offset + 1]! & 0x7f;
    packet.kind = payloadType >= 64 && payloadType <= 95 ? DatagramKind.Rtcp : DatagramKind.Rtp;
    return Verdict.Continue;
  }
  if (first <= 3) return drop(packet, DropReason.UnexpectedStun);
  if (first >= 20 && first <= 63) return drop(packet, DropReason.UnexpectedDtls);
  return drop(packet, DropReason.UnknownProtocol);
}
