import { RecordFlag, RecordWord } from "../../../flow/flow-record.ts";
import { DropReason } from "../../../flow/reasons.ts";
import { DatagramKind, demux as kindOf } from "../../../wire/demux.ts";
import { drop, type Packet, Verdict } from "../packet.ts";

/** Sorts the datagram by its first two bytes. No flow here does ICE or DTLS yet, so both are dropped. */
export function demux(packet: Packet): Verdict {
  const { bytes, offset, length, records } = packet;
  if ((records.words[packet.record + RecordWord.flags]! & RecordFlag.Refused) !== 0) {
    return drop(packet, DropReason.Refused);
  }
  if (length < 2) return drop(packet, DropReason.Short);
  const kind = kindOf(bytes, offset, length);
  packet.kind = kind;
  if (kind === DatagramKind.Rtp || kind === DatagramKind.Rtcp) return Verdict.Continue;
  if (kind === DatagramKind.Stun) return drop(packet, DropReason.UnexpectedStun);
  if (kind === DatagramKind.Dtls) return drop(packet, DropReason.UnexpectedDtls);
  return drop(packet, DropReason.UnknownProtocol);
}
