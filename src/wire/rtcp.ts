import { readUint16, readUint24, readUint32 } from "./bytes.ts";
import { decodeLatin1 } from "./latin1.ts";
import {
  type App,
  type Bye,
  type Feedback,
  type ReceiverReport,
  type ReportBlock,
  type RtcpPacket,
  RtcpType,
  type SenderReport,
  type SourceDescription,
} from "./rtcp-packets.ts";

export { encodeGenericNack, encodeRtcp } from "./rtcp-encode.ts";
export * from "./rtcp-packets.ts";

/** Why bytes are no RTCP; what `rtcpFault` returns. */
export const RtcpFault = {
  None: 0,
  /** Shorter than its own header says. */
  Short: -1,
  /** Version is not 2. */
  Version: -2,
  /** A packet type outside of 192..223 (RFC 5761 §4). */
  Type: -3,
  /** Padding on another packet than the last, or of an impossible length (RFC 3550 §6.4.1). */
  Padding: -4,
} as const;

export type RtcpFault = (typeof RtcpFault)[keyof typeof RtcpFault];

/**
 * Checks that packet headers fill the datagram exactly (RFC 3550 A.2).
 *
 * A first packet that is no report is let through: reduced-size RTCP (RFC 5506) is what WebRTC sends. `RtcpFault.None` is 0.
 *
 * @param isProtected only the first header is in the clear (RFC 3711 §3.4): look at no other
 */
export function rtcpFault(bytes: Uint8Array, offset: number, length: number, isProtected = false): RtcpFault {
  if (length < 8) return RtcpFault.Short;
  const end = offset + length;
  for (let at = offset; at < end; ) {
    if (at + 4 > end) return RtcpFault.Short;
    const first = bytes[at] as number;
    if (first >> 6 !== 2) return RtcpFault.Version;
    const packetType = bytes[at + 1] as number;
    if (packetType < 192 || packetType > 223) return RtcpFault.Type;
    if (isProtected) return RtcpFault.None;
    const next = at + 4 + readUint16(bytes, at + 2) * 4;
    if (next > end) return RtcpFault.Short;
    if ((first & 0x20) !== 0) {
      const paddingLength = bytes[end - 1] as number;
      const isPossible = paddingLength > 0 && paddingLength % 4 === 0 && paddingLength <= next - at - 4;
      if (next !== end || !isPossible) return RtcpFault.Padding;
    }
    at = next;
  }
  return RtcpFault.None;
}

/** The type of the first packet. Only after `rtcpFault`. */
export function rtcpPacketType(bytes: Uint8Array, offset: number): number {
  return bytes[offset + 1] as number;
}

/** Who sends it. Only after `rtcpFault`; undefined behaviour for `Bye` without a source. */
export function rtcpSenderSsrc(bytes: Uint8Array, offset: number): number {
  return readUint32(bytes, offset + 4);
}

/**
 * Decodes a compound packet. Byte arrays are views into `bytes`.
 *
 * @returns undefined when a packet in it contradicts itself
 */
export function decodeRtcp(bytes: Uint8Array): RtcpPacket[] | undefined {
  if (rtcpFault(bytes, 0, bytes.length) !== RtcpFault.None) return undefined;
  const packets: RtcpPacket[] = [];
  for (let at = 0; at < bytes.length; ) {
    const next = at + 4 + readUint16(bytes, at + 2) * 4;
    const first = bytes[at] as number;
    const padding = (first & 0x20) === 0 ? 0 : (bytes[next - 1] as number);
    const body = bytes.subarray(at + 4, next - padding);
    const packet = decodePacket(bytes[at + 1] as number, first & 0x1f, body);
    if (packet === undefined) return undefined;
    packets.push(packet);
    at = next;
  }
  return packets;
}

function decodePacket(packetType: number, count: number, body: Uint8Array): RtcpPacket | undefined {
  switch (packetType) {
    case RtcpType.SenderReport:
      return decodeSenderReport(count, body);
    case RtcpType.ReceiverReport:
      return decodeReceiverReport(count, body);
    case RtcpType.SourceDescription:
      return decodeSourceDescription(count, body);
    case RtcpType.Bye:
      return decodeBye(count, body);
    case RtcpType.App:
      return decodeApp(count, body);
    case RtcpType.TransportFeedback:
      return decodeFeedback("transport-feedback", count, body);
    case RtcpType.PayloadFeedback:
      return decodeFeedback("payload-feedback", count, body);
    default:
      return { kind: "unknown", packetType, count, body };
  }
}

const REPORT_LENGTH = 24;

function decodeSenderReport(count: number, body: Uint8Array): SenderReport | undefined {
  if (body.length < 24 + count * REPORT_LENGTH) return undefined;
  return {
    kind: "sender-report",
    ssrc: readUint32(body, 0),
    ntpSeconds: readUint32(body, 4),
    ntpFraction: readUint32(body, 8),
    rtpTimestamp: readUint32(body, 12),
    packetCount: readUint32(body, 16),
    octetCount: readUint32(body, 20),
    reports: decodeReports(count, body, 24),
    profileExtension: body.subarray(24 + count * REPORT_LENGTH),
  };
}

function decodeReceiverReport(count: number, body: Uint8Array): ReceiverReport | undefined {
  if (body.length < 4 + count * REPORT_LENGTH) return undefined;
  return {
    kind: "receiver-report",
    ssrc: readUint32(body, 0),
    reports: decodeReports(count, body, 4),
    profileExtension: body.subarray(4 + count * REPORT_LENGTH),
  };
}

function decodeReports(count: number, body: Uint8Array, start: number): ReportBlock[] {
  const reports: ReportBlock[] = [];
  for (let at = start; at < start + count * REPORT_LENGTH; at += REPORT_LENGTH) {
    reports.push({
      ssrc: readUint32(body, at),
      fractionLost: body[at + 4] as number,
      cumulativeLost: (readUint24(body, at + 5) << 8) >> 8,
      extendedHighestSequenceNumber: readUint32(body, at + 8),
      interarrivalJitter: readUint32(body, at + 12),
      lastSr: readUint32(body, at + 16),
      delaySinceLastSr: readUint32(body, at + 20),
    });
  }
  return reports;
}

function decodeSourceDescription(count: number, body: Uint8Array): SourceDescription | undefined {
  const chunks: SourceDescription["chunks"][number][] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at + 8 > body.length) return undefined;
    const ssrc = readUint32(body, at);
    const items: { type: number; text: Uint8Array }[] = [];
    at += 4;
    while (at < body.length && body[at] !== 0) {
      const textAt = at + 2;
      const end = textAt + (body[at + 1] ?? 0);
      if (end > body.length || textAt > body.length) return undefined;
      items.push({ type: body[at] as number, text: body.subarray(textAt, end) });
      at = end;
    }
    // One zero byte ends the items, more fill up the word (RFC 3550 §6.5).
    if (at >= body.length) return undefined;
    at = (at & ~3) + 4;
    chunks.push({ ssrc, items });
  }
  return { kind: "source-description", chunks };
}

function decodeBye(count: number, body: Uint8Array): Bye | undefined {
  const reasonAt = count * 4;
  if (reasonAt > body.length) return undefined;
  const ssrcs: number[] = [];
  for (let at = 0; at < reasonAt; at += 4) ssrcs.push(readUint32(body, at));
  if (reasonAt === body.length) return { kind: "bye", ssrcs, reason: undefined };
  const end = reasonAt + 1 + (body[reasonAt] as number);
  return end > body.length ? undefined : { kind: "bye", ssrcs, reason: body.subarray(reasonAt + 1, end) };
}

function decodeApp(count: number, body: Uint8Array): App | undefined {
  if (body.length < 8) return undefined;
  const name = decodeLatin1(body, 4, 8);
  return { kind: "app", subtype: count, ssrc: readUint32(body, 0), name, data: body.subarray(8) };
}

function decodeFeedback(kind: Feedback["kind"], format: number, body: Uint8Array): Feedback | undefined {
  if (body.length < 8) return undefined;
  return {
    kind,
    format,
    senderSsrc: readUint32(body, 0),
    mediaSsrc: readUint32(body, 4),
    controlInformation: body.subarray(8),
  };
}

/** The sequence numbers that a generic NACK asks for (RFC 4585 §6.2.1). */
export function genericNackSequenceNumbers(controlInformation: Uint8Array): number[] {
  const sequenceNumbers: number[] = [];
  for (let at = 0; at + 4 <= controlInformation.length; at += 4) {
    const packetId = readUint16(controlInformation, at);
    const following = readUint16(controlInformation, at + 2);
    sequenceNumbers.push(packetId);
    for (let bit = 0; bit < 16; bit++) {
      if ((following & (1 << bit)) !== 0) sequenceNumbers.push((packetId + bit + 1) & 0xffff);
    }
  }
  return sequenceNumbers;
}
