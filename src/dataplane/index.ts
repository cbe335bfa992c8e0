import type { Micros } from "../base/brand.ts";
import type { Endpoint } from "../base/endpoint.ts";
import type { MediaInterface } from "../base/media-interface.ts";
import type { Flow, FlowId, LocalSocket } from "../flow/flow.ts";
import type { SourceReading } from "../flow/flow-state.ts";
import type { KernelRefusal, RefusalReason } from "../flow/reasons.ts";
import type { PortRequest, ReservedSocket } from "../flow/reservation.ts";

export type { SourceReading } from "../flow/flow-state.ts";
export type { PortRequest, ReservedSocket } from "../flow/reservation.ts";

/** What a flow has seen so far; a copy. */
export interface FlowReading {
  /** Accepted from the network, whatever became of it then. */
  readonly packetsIn: number;
  readonly bytesIn: number;
  /** Sent from this flow's socket. */
  readonly packetsOut: number;
  readonly bytesOut: number;
  /** Dropped, by `DropReason`. */
  readonly drops: readonly number[];
  /** 0: nothing yet. */
  readonly firstSeen: Micros;
  readonly lastSeen: Micros;
  /** Where the peer is, once learned. */
  readonly learned?: Endpoint;
  /** Whether the learned endpoint is final (until the next signalling). */
  readonly isConfirmed: boolean;
  readonly sources: readonly SourceReading[];
  /** Which tier carries it now. */
  readonly tier: "kernel" | "steered" | "sockets" | "none";
  /** Why no tier carries it; absent when one does. */
  readonly refusal?: RefusalReason;
  /** Why the kernel does not carry it; absent when it does. */
  readonly kernelRefusal?: KernelRefusal;
}

/** Packets, what they held, and what went wrong with them. */
export interface TrafficReading {
  readonly packets: number;
  readonly bytes: number;
  readonly errors: number;
}

/** Ports and traffic of one local address, since the start. */
export interface InterfaceReading {
  readonly media: MediaInterface;
  readonly portsTotal: number;
  readonly portsUsed: number;
  readonly backend: "steered" | "sockets";
  /** Why the better backend does not run; empty when it does. */
  readonly reason: string;
  /** Accepted from the network; `errors` are those that were dropped. */
  readonly ingress: TrafficReading;
  /** Sent from its ports; `errors` are those that could not be. */
  readonly egress: TrafficReading;
  /** RTP packets that were missing, came twice, or late. */
  readonly packetsLost: number;
  readonly duplicates: number;
  readonly reordered: number;
}

/** One relay thread. */
export interface WorkerReading {
  readonly index: number;
  /** Batches worked off. */
  readonly batches: number;
  /** Packets accepted. */
  readonly packets: number;
}

/** Sums over all flows since the start. */
export interface TotalsReading {
  readonly packets: number;
  readonly bytes: number;
  readonly errors: number;
  readonly drops: readonly number[];
  /** The part of packets, bytes and errors that the kernel tier carried. */
  readonly kernel: TrafficReading;
}

/** Forwarding in the kernel, as it stands. */
export interface FastpathReading {
  readonly isActive: boolean;
  /** Why it is not; empty when it is. */
  readonly reason: string;
  /** Interfaces whose arriving packets the program sees, or why it does not. */
  readonly attachments: readonly {
    readonly interfaceIndex: number;
    readonly hook?: "tcx" | "clsact";
    readonly problem?: string;
  }[];
  /** Flows that the kernel carries now. */
  readonly flows: number;
  /** How many it does not carry, by reason. */
  readonly refusals: Readonly<Partial<Record<KernelRefusal, number>>>;
}

/** A flow that the kernel carries: what it was told. */
export interface KernelFlowReading {
  readonly flowId: FlowId;
  readonly callId: string;
  readonly local: Endpoint;
  /** The one source whose packets it takes. */
  readonly source: Endpoint;
  /** Sent from here… */
  readonly from: Endpoint;
  /** …to there. */
  readonly to: Endpoint;
  /** IP type of service byte. */
  readonly tos: number;
  readonly payloadTypes: readonly number[];
  /** Index of the interface it leaves by. */
  readonly outInterface: number;
}

/** The one door between control and packets. Synchronous: a change is visible to the next packet. */
export interface Dataplane {
  /**
   * Takes ports for all requests or for none. A port that was just freed comes last.
   *
   * @throws PortsExhaustedError when one of the ranges has no more
   */
  reserve(requests: readonly PortRequest[]): ReservedSocket[][];
  /** Gives ports back; their flows stop first. */
  release(sockets: readonly ReservedSocket[]): void;
  /** Publishes flows: each replaces the one with its id; the worker sees the old or the new, never half. */
  apply(flows: readonly Flow[]): void;
  /** Stops flows without giving up their ports. */
  withdraw(flowIds: readonly FlowId[]): void;
  read(flowId: FlowId): FlowReading;
  /** When a packet was last accepted on the flow; 0 before the first. Cheap: timeouts call it for every flow. */
  lastSeen(flowId: FlowId): Micros;
  /** Sends one datagram from a port of ours (pierce NAT; later ICE, DTLS, RTCP). */
  send(from: LocalSocket, to: Endpoint, bytes: Uint8Array, tos: number): void;
  interfaces(): InterfaceReading[];
  workers(): WorkerReading[];
  totals(): TotalsReading;
  fastpath(): FastpathReading;
  kernelFlows(): KernelFlowReading[];
  close(): Promise<void>;
}

/** What packets bring about, as the control side hears it: soon after, not at once. */
export interface DataplaneEvent {
  readonly flowId: FlowId;
  /**
   * - `validated`: the flow's first packet that passed every check.
   * - `learned`: the peer's endpoint was confirmed or has moved; see `read`.
   * - `stun`, `dtls`, `rtcp`, `dtmf`: a datagram for main: source (packed endpoint), then its bytes.
   * - `source`: a synchronization source was seen for the first time.
   * - `fault`: a step threw on a packet; the text of the error in UTF-8.
   */
  readonly kind: "validated" | "learned" | "source" | "stun" | "dtls" | "rtcp" | "dtmf" | "fault";
  readonly bytes: Uint8Array;
}

export { createDataplane, type DataplaneOptions } from "./create.ts";
export { PortsExhaustedError } from "./errors.ts";
