import type { QualitySamples, SourceQuality } from "./quality.ts";
import type { TieredTraffic, TrafficCount } from "./rates.ts";
import type { Statistics } from "./statistics.ts";

/** Everything that figures are read from, as it was at one moment. */
export interface Snapshot {
  readonly version: string;
  readonly processId: number;
  /** Whether new calls are refused until the last one has ended. */
  readonly isDraining: boolean;
  readonly uptimeSeconds: number;
  readonly sessions: SessionCounts;
  /** RTP streams that have received a packet lately, by who carried it. */
  readonly streams: { readonly user: number; readonly kernel: number; readonly mixed: number };
  readonly rates: TieredTraffic;
  readonly totals: TieredTraffic;
  /** Dropped packets by `DropReason`. */
  readonly drops: readonly number[];
  readonly statistics: Statistics;
  readonly interfaces: readonly InterfaceSnapshot[];
  readonly workers: readonly WorkerSnapshot[];
  readonly fastpath: FastpathSnapshot;
  /** Streams that lose most, worst first. */
  readonly worstStreams: readonly WorstStream[];
}

/** Calls there are, and their media by IP version. */
export interface SessionCounts {
  readonly own: number;
  readonly foreign: number;
  /** Answered calls whose parties use IPv4 only, IPv6 only, or both. */
  readonly ipv4: number;
  readonly ipv6: number;
  readonly mixed: number;
}

/** One address of a logical interface. */
export interface InterfaceSnapshot {
  readonly name: string;
  readonly address: string;
  readonly family: 4 | 6;
  readonly portMin: number;
  readonly portMax: number;
  readonly portsTotal: number;
  readonly portsUsed: number;
  readonly backend: string;
  /** Why the better backend does not run; empty when it does. */
  readonly reason: string;
  readonly ingress: TrafficCount;
  readonly egress: TrafficCount;
  readonly packetsLost: number;
  readonly duplicates: number;
  readonly reordered: number;
  readonly quality: QualitySamples;
}

/** Forwarding in the kernel. */
export interface FastpathSnapshot {
  readonly isActive: boolean;
  /** Why it is not; empty when it is. */
  readonly reason: string;
  /** Flows that the kernel carries now. */
  readonly flows: number;
  /** Flows that it does not carry, by the reason's name. */
  readonly refusals: readonly { readonly reason: string; readonly flows: number }[];
}

/** One relay thread. */
export interface WorkerSnapshot {
  readonly index: number;
  /** Batches of packets it has worked off. */
  readonly batches: number;
  readonly packets: number;
}

/** A source that suffers. */
export interface WorstStream extends SourceQuality {
  readonly callId: string;
  readonly tag: string;
  /** Where it comes from. */
  readonly address: string;
  readonly ssrc: number;
  readonly packets: number;
  readonly tier: string;
}
