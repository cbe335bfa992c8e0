import type { Brand, Micros } from "../base/brand.ts";
import type { Address, Endpoint } from "../base/endpoint.ts";

/**
 * The waist of the engine: what the call model says about packets, and all that the data plane knows.
 *
 * Plain, immutable, printable data. It holds no secret (keys are named by `KeyId`) and nothing that
 * changes while packets run (that is `FlowState`).
 */
export interface Flow {
  /** Slot in the flow tables; bound to `local` from reservation to release. */
  readonly flowId: FlowId;
  /** Counts the versions of this flow, from 1. A re-INVITE makes a new one. */
  readonly generation: number;
  readonly callId: string;
  /** Packets that arrive here… */
  readonly local: LocalSocket;
  /** What arrives: RTP and RTCP, or bytes that are nobody's business (UDPTL, say). */
  readonly content: "rtp" | "opaque";
  /** The party wants to receive at one of our own addresses: look for packets that go round. */
  readonly detectsLoops: boolean;
  /** …from a source that this accepts… */
  readonly source: SourcePolicy;
  /** …with one of these payload types (RTP only)… */
  readonly payloadTypes: PayloadTypePolicy;
  /** …that authenticate with this key (absent: plain)… */
  readonly unprotectKey?: KeyId;
  /** …are sent to each of these, in order. Empty: counted, then dropped. */
  readonly sinks: readonly Sink[];
  /** What a tier must be able to do to carry this flow. */
  readonly needs: readonly Need[];
}

/** Index into the flow tables, from 0. */
export type FlowId = Brand<number, "FlowId">;

/** Index into the key table. */
export type KeyId = Brand<number, "KeyId">;

/** A UDP socket address of ours. */
export interface LocalSocket extends Endpoint {
  /** Index of the bound address in the data plane's address table. */
  readonly addressIndex: number;
}

/** How a flow decides where its peer is. */
export interface SourcePolicy {
  /** Signalled in SDP. Absent: nothing is known until a packet comes. */
  readonly expected?: Endpoint;
  /** Source address of the signalling, where the proxy told it (`received from`). */
  readonly receivedFrom?: Address;
  readonly learning: EndpointLearning;
  /** Drop packets whose source differs from the confirmed one. */
  readonly isStrict: boolean;
  /** A packet from elsewhere moves the confirmed source, at any time (upstream: `media handover`). */
  readonly allowsHandover: boolean;
  /** The peer sends from another endpoint than it receives on: accept, learn nothing. */
  readonly isAsymmetric: boolean;
  /** `delayed` and `heuristic`: nothing is confirmed before this time. */
  readonly confirmFrom: Micros;
  /** Whether `expected` can be reached from `local` (false: a private address behind NAT). `safe` only. */
  readonly isExpectedReachable: boolean;
  /** When this differs from the one in `FlowState`, the source may be learned anew; the old one stays till then. */
  readonly latchEpoch: number;
  /** When this differs from the one in `FlowState`, `expected` is new: what was learned is forgotten first. */
  readonly endpointEpoch: number;
}

/**
 * When a source becomes the peer's endpoint.
 *
 * - `off`: never; packets are accepted from anywhere (unless strict), replies go to `expected`.
 * - `immediate`: the first packet decides.
 * - `delayed`: each packet moves it until `confirmFrom`; the first one after that decides.
 * - `heuristic`: like `delayed`, but the best match with `expected` wins: same address and port, then
 *   same address, then same port, then anything.
 * - `safe`: exact match at once; else another port of the expected host; else the host of
 *   `receivedFrom`; only where `expected` is unreachable the first source that is consistent. Then locked.
 */
export type EndpointLearning = "off" | "immediate" | "delayed" | "heuristic" | "safe";

/** Which RTP payload types pass. */
export interface PayloadTypePolicy {
  /** Negotiated payload types, 0..127; counters and promotion use them. */
  readonly known: readonly number[];
  /** RTP clock rate of each in `known`, in its order; absent or 0: 8000. Jitter is measured with it. */
  readonly clockRatesHz?: readonly number[];
  /** Drop the others. */
  readonly blocksUnknown: boolean;
}

/** One destination of a flow. */
export interface Sink {
  /** What it is sent: RTP, RTCP, or both (one socket each way). */
  readonly carries: "rtp" | "rtcp" | "both";
  /** Sent from this socket of ours… */
  readonly from: LocalSocket;
  /** …to the endpoint this flow has learned, if it has… */
  readonly follows: FlowId;
  /** …else to the signalled one. Absent: dropped until something is learned. */
  readonly to?: Endpoint;
  /** IP type of service byte (RFC 2474: DSCP in the upper six bits). */
  readonly tos: number;
  /** Forward nothing before the flow in `follows` has received a packet (upstream: `NAT wait`). */
  readonly waitsForPeer: boolean;
  /** Keep from this sink RTP whose payload type the receiver did not negotiate. Empty: keep nothing. */
  readonly blockedPayloadTypes: readonly number[];
  readonly protectKey?: KeyId;
}

/** What only some tiers can do. */
export type Need = "unprotect" | "protect" | "rtcp-rewrite" | "record" | "transcode" | "dtmf-events";
