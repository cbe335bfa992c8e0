import { hasBit, RecordFlag, RecordWord } from "../../../flow/flow-record.ts";
import { DropReason } from "../../../flow/reasons.ts";
import { DatagramKind, drop, type Packet, readInt32, Verdict } from "../packet.ts";

const RTP_HEADER_BYTES = 12;
const RTCP_HEADER_BYTES = 8;

/** Checks that the header does not contradict the datagram, and keeps the fields that later steps use. */
export function validate(packet: Packet): Verdict {
  if (packet.kind === DatagramKind.Opaque) {
    packet.ssrc = 0;
    return Verdict.Continue;
  }
  return packet.kind === DatagramKind.Rtp ? validateRtp(packet) : validateRtcp(packet);
}

/**
 * RFC 3550 §5.1. The padding count is not checked: in SRTP that passes through, it is part of the ciphertext
 * (RFC 3711 §3.1), and a relay does not read past the header anyway.
 */
function validateRtp(packet: Packet): Verdict {
  const { bytes, offset, length } = packet;
  if (length < RTP_HEADER_BYTES) return drop(packet, DropReason.Short);
  const first = bytes[offset]!;
  let header = RTP_HEADER_BYTES + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0) {
    if (header + 4 > length) return drop(packet, DropReason.BadRtp);
    const at = offset + header;
    header += 4 + 4 * ((bytes[at + 2]! << 8) | bytes[at + 3]!);
  }
  if (header > length) return drop(packet, DropReason.BadRtp);
  const payloadType = bytes[offset + 1]! & 0x7f;
  const { words } = packet.records;
  if (
    (words[packet.record + RecordWord.flags]! & RecordFlag.BlocksUnknown) !== 0 &&
    !hasBit(words, packet.record + RecordWord.knownPayloadTypes, payloadType)
  ) {
    return drop(packet, DropReason.UnknownPayloadType);
  }
  packet.payloadType = payloadType;
  packet.sequenceNumber = (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
  packet.ssrc = readInt32(bytes, offset + 8);
  return Verdict.Continue;
}

/**
 * RFC 3550 §6.4. Only the first packet of a compound: what follows it is ciphertext in SRTCP (RFC 3711 §3.4), and a
 * compound need not begin with a report (RFC 5506).
 */
function validateRtcp(packet: Packet): Verdict {
  const { bytes, offset, length } = packet;
  if (length < RTCP_HEADER_BYTES) return drop(packet, DropReason.Short);
  const packetBytes = 4 * (((bytes[offset + 2]! << 8) | bytes[offset + 3]!) + 1);
  if (packetBytes > length) return drop(packet, DropReason.BadRtcp);
  packet.ssrc = readInt32(bytes, offset + 4);
  return Verdict.Continue;
}
