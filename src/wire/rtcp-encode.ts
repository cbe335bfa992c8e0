import { writeUint16, writeUint24, writeUint32 } from "./bytes.ts";
import { encodeLatin1 } from "./latin1.ts";
import { type ReportBlock, type RtcpPacket, RtcpType, type SourceDescription } from "./rtcp-packets.ts";

/** Encodes packets as one compound packet. The caller keeps the fields in their ranges. */
export function encodeRtcp(packets: readonly RtcpPacket[]): Uint8Array {
  const parts = packets.map(encodePacket);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function encodePacket(packet: RtcpPacket): Uint8Array {
  switch (packet.kind) {
    case "sender-report": {
      const { ssrc, ntpSeconds, ntpFraction, rtpTimestamp, packetCount, octetCount } = packet;
      const words = [ssrc, ntpSeconds, ntpFraction, rtpTimestamp, packetCount, octetCount];
      return encodeReport(RtcpType.SenderReport, words, packet.reports, packet.profileExtension);
    }
    case "receiver-report":
      return encodeReport(RtcpType.ReceiverReport, [packet.ssrc], packet.reports, packet.profileExtension);
    case "source-description":
      return encodeSourceDescription(packet);
    case "bye": {
      const reason = packet.reason === undefined ? [] : [packet.reason.length, ...packet.reason];
      return start(RtcpType.Bye, packet.ssrcs.length, packet.ssrcs, reason);
    }
    case "app":
      return start(
        RtcpType.App,
        packet.subtype,
        [packet.ssrc],
        [...encodeLatin1(packet.name), ...packet.data],
      );
    case "transport-feedback":
    case "payload-feedback": {
      const isTransport = packet.kind === "transport-feedback";
      const packetType = isTransport ? RtcpType.TransportFeedback : RtcpType.PayloadFeedback;
      const words = [packet.senderSsrc, packet.mediaSsrc];
      return start(packetType, packet.format, words, packet.controlInformation);
    }
    case "unknown":
      return start(packet.packetType, packet.count, [], packet.body);
  }
}

/** A packet of 32-bit words and bytes after them, filled up with zeros to a whole word. */
function start(
  packetType: number,
  count: number,
  words: readonly number[],
  tail: ArrayLike<number>,
): Uint8Array {
  const lengthWords = 1 + words.length + Math.ceil(tail.length / 4);
  const bytes = new Uint8Array(lengthWords * 4);
  bytes[0] = 0x80 | count;
  bytes[1] = packetType;
  writeUint16(bytes, 2, lengthWords - 1);
  for (const [index, word] of words.entries()) writeUint32(bytes, 4 + index * 4, word);
  bytes.set(tail, 4 + words.length * 4);
  return bytes;
}

function encodeReport(
  packetType: number,
  words: readonly number[],
  reports: readonly ReportBlock[],
  profileExtension: Uint8Array,
): Uint8Array {
  const tail = new Uint8Array(reports.length * 24 + profileExtension.length);
  for (const [index, report] of reports.entries()) {
    const at = index * 24;
    writeUint32(tail, at, report.ssrc);
    tail[at + 4] = report.fractionLost;
    writeUint24(tail, at + 5, report.cumulativeLost);
    writeUint32(tail, at + 8, report.extendedHighestSequenceNumber);
    writeUint32(tail, at + 12, report.interarrivalJitter);
    writeUint32(tail, at + 16, report.lastSr);
    writeUint32(tail, at + 20, report.delaySinceLastSr);
  }
  tail.set(profileExtension, reports.length * 24);
  return start(packetType, reports.length, words, tail);
}

function encodeSourceDescription(packet: SourceDescription): Uint8Array {
  const tail: number[] = [];
  for (const { ssrc, items } of packet.chunks) {
    tail.push(ssrc >>> 24, (ssrc >>> 16) & 0xff, (ssrc >>> 8) & 0xff, ssrc & 0xff);
    for (const { type, text } of items) tail.push(type, text.length, ...text);
    do tail.push(0);
    while (tail.length % 4 !== 0);
  }
  return start(RtcpType.SourceDescription, packet.chunks.length, [], tail);
}

/** The control information of a generic NACK for these sequence numbers, in the order given (RFC 4585 §6.2.1). */
export function encodeGenericNack(sequenceNumbers: readonly number[]): Uint8Array {
  const pairs: { packetId: number; following: number }[] = [];
  for (const sequenceNumber of sequenceNumbers) {
    const last = pairs.at(-1);
    const distance = last === undefined ? 0 : (sequenceNumber - last.packetId) & 0xffff;
    if (last !== undefined && distance >= 1 && distance <= 16) last.following |= 1 << (distance - 1);
    else pairs.push({ packetId: sequenceNumber, following: 0 });
  }
  const bytes = new Uint8Array(pairs.length * 4);
  for (const [index, { packetId, following }] of pairs.entries()) {
    writeUint16(bytes, index * 4, packetId);
    writeUint16(bytes, index * 4 + 2, following);
  }
  return bytes;
}
