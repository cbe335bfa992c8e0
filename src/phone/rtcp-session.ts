import type { Micros } from "../base/brand.ts";
import { encodeLatin1 } from "../wire/latin1.ts";
import { decodeRtcp, encodeRtcp, type RtcpPacket, SourceDescriptionItem } from "../wire/rtcp.ts";
import type { Reception } from "./reception.ts";

/** Compensates for reconsideration, which two parties do not need (RFC 3550 §6.3.1). */
const COMPENSATION = Math.E - 1.5;
/** NTP counts from 1900 (RFC 3550 §4). */
const NTP_EPOCH_SECONDS = 2_208_988_800;

/** How often RTCP goes out, and from whom. */
export interface RtcpSessionOptions {
  readonly ssrc: number;
  /** Canonical name (RFC 3550 §6.5.1), ASCII. */
  readonly cname: string;
  /** The mean time between reports; each takes 0.5 to 1.5 of it. */
  readonly intervalMs: number;
  readonly random: () => number;
}

/** RTCP that has arrived, by kind. */
export interface RtcpReading {
  readonly senderReports: number;
  readonly receiverReports: number;
  readonly sourceDescriptions: number;
  readonly byes: number;
  /** Packets of other types. */
  readonly others: number;
  /** Datagrams that are no RTCP. */
  readonly malformed: number;
  readonly sent: number;
  /** Of our stream, in the other side's last report on it; undefined before. */
  readonly reportedLost: number | undefined;
  /** By the other side's last report with a time of ours in it (RFC 3550 A.1, figure 2). */
  readonly roundTripMs: number | undefined;
}

/** What a sender report says of the sender. */
export interface SenderState {
  readonly packetCount: number;
  readonly octetCount: number;
  /** RTP time now. */
  readonly rtpTimestamp: number;
}

/** Makes and reads RTCP compounds (RFC 3550 §6); the interval is the simple one of a two-party call. */
export class RtcpSession {
  readonly #options: RtcpSessionOptions;
  #dueAt: Micros | undefined;
  #sent = 0;
  #packetsReported = 0;
  /** Middle 32 bits of the other side's last sender report, and when it came. */
  #lastSr = 0;
  #lastSrAt = 0;
  readonly #counts = {
    senderReports: 0,
    receiverReports: 0,
    sourceDescriptions: 0,
    byes: 0,
    others: 0,
    malformed: 0,
  };
  #reportedLost: number | undefined;
  #roundTripMs: number | undefined;

  constructor(options: RtcpSessionOptions) {
    this.#options = options;
  }

  /** When the next report is due; undefined before `start`. */
  get dueAt(): Micros | undefined {
    return this.#dueAt;
  }

  /** The first report takes half the time (RFC 3550 §6.2). */
  start(now: Micros): void {
    this.#dueAt ??= (now + this.#interval() / 2) as Micros;
  }

  stop(): void {
    this.#dueAt = undefined;
  }

  /**
   * The report that is due, if one is: SR where packets went out since the last one, else RR; with SDES.
   *
   * @param unixMicros the time of day that `now` is
   */
  take(
    sender: SenderState,
    heard: Reception | undefined,
    now: Micros,
    unixMicros: number,
  ): Uint8Array | undefined {
    if (this.#dueAt === undefined || this.#dueAt > now) return undefined;
    this.#dueAt = (now + this.#interval()) as Micros;
    return this.#compound([this.#report(sender, heard, now, unixMicros), this.#description()]);
  }

  /** The last compound of a party that leaves (RFC 3550 §6.6). */
  bye(sender: SenderState, heard: Reception | undefined, now: Micros, unixMicros: number): Uint8Array {
    const { ssrc } = this.#options;
    const report = this.#report(sender, heard, now, unixMicros);
    return this.#compound([report, this.#description(), { kind: "bye", ssrcs: [ssrc], reason: undefined }]);
  }

  /** @param unixMicros the time of day that `now` is */
  receive(bytes: Uint8Array, now: Micros, unixMicros: number): void {
    const packets = decodeRtcp(bytes);
    if (packets === undefined) {
      this.#counts.malformed++;
      return;
    }
    for (const packet of packets) this.#count(packet, now, unixMicros);
  }

  read(): RtcpReading {
    return {
      ...this.#counts,
      sent: this.#sent,
      reportedLost: this.#reportedLost,
      roundTripMs: this.#roundTripMs,
    };
  }

  #interval(): number {
    const { intervalMs, random } = this.#options;
    return (intervalMs * 1000 * (0.5 + random())) / COMPENSATION;
  }

  #compound(packets: readonly RtcpPacket[]): Uint8Array {
    this.#sent++;
    return encodeRtcp(packets);
  }

  #report(sender: SenderState, heard: Reception | undefined, now: Micros, unixMicros: number): RtcpPacket {
    const delay = this.#lastSr === 0 ? 0 : Math.round(((now - this.#lastSrAt) * 65_536) / 1e6);
    const reports = heard === undefined ? [] : [heard.report(this.#lastSr, delay)];
    const common = { ssrc: this.#options.ssrc, reports, profileExtension: new Uint8Array(0) };
    if (sender.packetCount === this.#packetsReported) return { kind: "receiver-report", ...common };
    this.#packetsReported = sender.packetCount;
    return {
      kind: "sender-report",
      ...common,
      ntpSeconds: (Math.floor(unixMicros / 1e6) + NTP_EPOCH_SECONDS) % 2 ** 32,
      ntpFraction: Math.floor(((unixMicros % 1e6) * 2 ** 32) / 1e6),
      rtpTimestamp: sender.rtpTimestamp,
      packetCount: sender.packetCount % 2 ** 32,
      octetCount: sender.octetCount % 2 ** 32,
    };
  }

  #description(): RtcpPacket {
    const { ssrc, cname } = this.#options;
    const items = [{ type: SourceDescriptionItem.Cname, text: encodeLatin1(cname) }];
    return { kind: "source-description", chunks: [{ ssrc, items }] };
  }

  #count(packet: RtcpPacket, now: Micros, unixMicros: number): void {
    switch (packet.kind) {
      case "sender-report":
        this.#counts.senderReports++;
        this.#lastSr = ((packet.ntpSeconds & 0xffff) * 0x10000 + (packet.ntpFraction >>> 16)) >>> 0;
        this.#lastSrAt = now;
        this.#readReports(packet.reports, unixMicros);
        return;
      case "receiver-report":
        this.#counts.receiverReports++;
        this.#readReports(packet.reports, unixMicros);
        return;
      case "source-description":
        this.#counts.sourceDescriptions++;
        return;
      case "bye":
        this.#counts.byes++;
        return;
      default:
        this.#counts.others++;
    }
  }

  #readReports(
    reports: readonly { ssrc: number; cumulativeLost: number; lastSr: number; delaySinceLastSr: number }[],
    unixMicros: number,
  ): void {
    const report = reports.find(({ ssrc }) => ssrc === this.#options.ssrc);
    if (report === undefined) return;
    this.#reportedLost = report.cumulativeLost;
    if (report.lastSr === 0) return;
    const seconds = ((Math.floor(unixMicros / 1e6) + NTP_EPOCH_SECONDS) & 0xffff) * 0x10000;
    const middle = seconds + Math.floor(((unixMicros % 1e6) * 0x10000) / 1e6);
    const roundTrip = (middle - report.lastSr - report.delaySinceLastSr) | 0;
    this.#roundTripMs = Math.max(0, (roundTrip * 1000) / 0x10000);
  }
}
