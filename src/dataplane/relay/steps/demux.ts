import { RecordFlag, RecordWord } from "../../../flow/flow-record.ts";
import { DropReason } from "../../../flow/reasons.ts";
import { DatagramKind, demux as kindOf } from "../../../wire/demux.ts";
import { drop, type Packet, Verdict } from "../packet.ts";

/** Sorts the datagram by its first two bytes. No flow here does ICE or DTLS yet, so both are dropped. */
export function demux(packet: Packet): Verdict {
  const { bytes, offset, length, records } = packet;
  const flags = records.words[packet.record + RecordWord.flags]!;
  if ((flags & RecordFlag.Refused) !== 0) return drop(packet, DropReason.Refused);
  if ((flags & RecordFlag.Opaque) !== 0) {
    packet.kind = DatagramKind.Opaque;
    return Verdict.Continue;
  }
  if (length < 2) return drop(packet, DropReason.Short);
  const kind = kindOf(bytes, offset, length);
  packet.kind = kind;
  if (kind === DatagramKind.Rtp || kind === DatagramKind.Rtcp) return Verdict.Continue;
  if (kind === DatagramKind.Stun) return drop(packet, DropReason.UnexpectedStun);
  if (kind === DatagramKind.Dtls) return drop(packet, DropReason.UnexpectedDtls);
  return drop(packet, DropReason.UnknownProtocol);
}
