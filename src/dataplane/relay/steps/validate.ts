import { hasBit, RecordFlag, RecordWord } from "../../../flow/flow-record.ts";
import { DropReason } from "../../../flow/reasons.ts";
import { DatagramKind } from "../../../wire/demux.ts";
import { RtcpFault, rtcpFault, rtcpSenderSsrc } from "../../../wire/rtcp.ts";
import {
  RTP_FIXED_HEADER_LENGTH,
  rtpHeaderLength,
  rtpPayloadType,
  rtpSequenceNumber,
  rtpSsrc,
} from "../../../wire/rtp.ts";
import { drop, type Packet, Verdict } from "../packet.ts";

const RTCP_HEADER_LENGTH = 8;

/** Checks that the header does not contradict the datagram, and keeps the fields that later steps use. */
export function validate(packet: Packet): Verdict {
  if (packet.kind === DatagramKind.Opaque) {
    packet.ssrc = 0;
    return Verdict.Continue;
  }
  return packet.kind === DatagramKind.Rtp ? validateRtp(packet) : validateRtcp(packet);
}

/**
 * As if the packet were protected, for it may be SRTP that passes through: its padding count is ciphertext
 * (RFC 3711 §3.1), and a relay does not read past the header anyway.
 */
function validateRtp(packet: Packet): Verdict {
  const { bytes, offset, length } = packet;
  if (length < RTP_FIXED_HEADER_LENGTH) return drop(packet, DropReason.Short);
  if (rtpHeaderLength(bytes, offset, length, true) < 0) return drop(packet, DropReason.BadRtp);
  const payloadType = rtpPayloadType(bytes, offset);
  const { words } = packet.records;
  if (
    (words[packet.record + RecordWord.flags]! & RecordFlag.BlocksUnknown) !== 0 &&
    !hasBit(words, packet.record + RecordWord.knownPayloadTypes, payloadType)
  ) {
    return drop(packet, DropReason.UnknownPayloadType);
  }
  packet.payloadType = payloadType;
  packet.sequenceNumber = rtpSequenceNumber(bytes, offset);
  packet.ssrc = rtpSsrc(bytes, offset) | 0;
  return Verdict.Continue;
}

/**
 * Only the first packet of a compound: what follows it is ciphertext in SRTCP (RFC 3711 §3.4), and a compound need
 * not begin with a report (RFC 5506).
 */
function validateRtcp(packet: Packet): Verdict {
  const { bytes, offset, length } = packet;
  if (length < RTCP_HEADER_LENGTH) return drop(packet, DropReason.Short);
  if (rtcpFault(bytes, offset, length, true) !== RtcpFault.None) return drop(packet, DropReason.BadRtcp);
  const packetLength = 4 * (((bytes[offset + 2]! << 8) | bytes[offset + 3]!) + 1);
  if (packetLength > length) return drop(packet, DropReason.BadRtcp);
  packet.ssrc = rtcpSenderSsrc(bytes, offset) | 0;
  return Verdict.Continue;
}
