import type { Micros } from "../base/brand.ts";
import type { Address, Endpoint, Family } from "../base/endpoint.ts";
import type { EndpointLearning } from "../flow/flow.ts";
import type { ReservedSocket } from "../flow/reservation.ts";
import type { Attribute, Bandwidth, Line, Origin } from "../wire/sdp/model.ts";
import type { PayloadFormat } from "./payload-formats.ts";

/**
 * One call: everything that was signalled under one Call-ID.
 *
 * A `Call` in the engine's table is never changed. A request works on a copy (`copyCall`), which takes its
 * place when all went well and is dropped when not.
 */
export interface Call {
  readonly callId: string;
  readonly createdAt: Micros;
  /** Where the first request came from; for lists and statistics. */
  readonly createdFrom: string;
  lastSignalAt: Micros;
  /** Counts commits, from 1: the generation of this call's flows. */
  revision: number;
  /** When the whole call goes; undefined while nobody asked for it. */
  deleteAt: Micros | undefined;
  /** IP type of service byte of everything we send. */
  tos: number;
  /** `drop-traffic`: accept packets, forward none. */
  dropsTraffic: boolean;
  /** Log this call in full, whatever the log level. */
  isDebugged: boolean;
  metadata: string | undefined;
  /** By `MonologueId`; a destroyed one leaves undefined. */
  monologues: (Monologue | undefined)[];
  /** By `MediaId`. */
  medias: Media[];
  /** `alias-key`: what else names a monologue. */
  aliases: { readonly key: string; readonly monologue: number }[];
}

/** One party's half of the call: a tag, and the media it sends and receives. */
export interface Monologue {
  readonly id: number;
  readonly createdAt: Micros;
  tag: string | undefined;
  /** Earlier tags that still name this monologue. */
  tagAliases: string[];
  viaBranch: string | undefined;
  label: string | undefined;
  /** When this monologue goes, with the ports of its medias. */
  deleteAt: Micros | undefined;
  /** Monologues it was negotiated with. */
  associated: number[];
  /** `MediaId` by media index less 1; -1 where there is none. */
  medias: number[];
  /** Logical interface chosen last; later media sections start from it. */
  interfaceName: string | undefined;
  family: Family | undefined;
  /** A final answer was given: a further tag is a new branch. */
  hasFinalAnswer: boolean;
  /** What its last SDP said on session level. */
  session: SessionPart | undefined;
  /** The origin we last sent to this party. */
  originOut: Origin | undefined;
  /** The SDP we last sent, for version counting; kept only where `replace` asks for it. */
  lastSdpOut: string | undefined;
}

/** Session-level content of a party's SDP, carried to the other side. */
export interface SessionPart {
  readonly origin: Origin;
  readonly sessionName: string;
  readonly bandwidths: readonly Bandwidth[];
  readonly lines: readonly Line[];
  /** Attributes we do not interpret. */
  readonly attributes: readonly Attribute[];
}

/** One media section of one party. */
export interface Media {
  readonly id: number;
  readonly monologue: number;
  /** Position in SDP, from 1. */
  readonly index: number;
  type: string;
  /** Protocol as last printed or received; see `transportProtocol`. */
  protocol: string;
  /** Format list as received; printed where there are no payload formats. */
  formats: readonly string[];
  mediaId: string | undefined;
  label: string | undefined;
  family: Family | undefined;
  interfaceName: string | undefined;
  /** Ports by the remote endpoint they were offered for, oldest first. */
  portMaps: PortMap[];
  /** Index into `portMaps` of the one in use; -1 for a rejected section. */
  portMap: number;
  /** RTP, then RTCP. */
  streams: Stream[];
  /** Medias this one receives from, most recent first. */
  subscriptions: Subscription[];
  codecs: readonly PayloadFormat[];
  /** As settled by the last offer, in either direction. */
  offeredCodecs: readonly PayloadFormat[];
  ptimeMs: number;
  maxPtimeMs: number;
  /** Packets are sent to this party. */
  isSend: boolean;
  /** Packets are received from this party. */
  isRecv: boolean;
  usesRtcpMux: boolean;
  /** The answer's choice of rtcp-mux is not passed on. */
  overridesRtcpMux: boolean;
  isAsymmetric: boolean;
  isUnidirectional: boolean;
  /** This party has been heard of in SDP. */
  isInitialized: boolean;
  /** Its SDP names an address and port of ours. */
  isLoopChecked: boolean;
  /** `fw`: its packets vanish; `bk`: they come back. */
  echo: "none" | "echo" | "blackhole";
  extensions: readonly HeaderExtension[];
  /** `a=extmap-allow-mixed` was missing (RFC 8285 §6). */
  isExtmapShort: boolean;
  information: string | undefined;
  bandwidths: readonly Bandwidth[];
  lines: readonly Line[];
  /** Attributes we do not interpret, in order. */
  attributes: readonly Attribute[];
  /** Every attribute as received, for sections that pass through; undefined otherwise. */
  originalAttributes: readonly Attribute[] | undefined;
  /** Connection address as received, for sections that pass through. */
  originalEndpoint: Endpoint | undefined;
}

/** RTP header extension mapping (RFC 8285 §8). */
export interface HeaderExtension {
  readonly extensionId: number;
  /** URI and attributes, as written. */
  readonly value: string;
}

/** Ports on one logical interface, bound to the remote endpoint they were first given for. */
export interface PortMap {
  interfaceName: string;
  family: Family;
  /** Undefined until the answer says who will use them. */
  endpoint: Endpoint | undefined;
  portCount: 1 | 2;
  /** Empty between plan and commit. */
  sockets: readonly ReservedSocket[];
}

/** One component of a media section. */
export interface Stream {
  /** 1 RTP, 2 RTCP (RFC 8445 §4). */
  readonly component: 1 | 2;
  /** Where this party wants to receive; undefined until signalled. */
  endpoint: Endpoint | undefined;
  /** Host that this party's signalling came from, where the proxy told us. */
  receivedFrom: Address | undefined;
  learning: EndpointLearning;
  isStrict: boolean;
  allowsHandover: boolean;
  piercesNat: boolean;
  waitsForPeer: boolean;
  /** RTCP port derived from the RTP port rather than signalled. */
  isImplicit: boolean;
  /** Counts changes of `endpoint`: what was learned before is void. */
  endpointEpoch: number;
  /** Counts signalling events: what was learned may be learned anew. */
  latchEpoch: number;
  /** Show 0.0.0.0 to the other side, since this side's peer did (RFC 3264 §8.4, old hold). */
  showsZeroAddress: boolean;
}

/** A media's right to another media's packets. */
export interface Subscription {
  /** `MediaId` of the source. */
  readonly media: number;
  readonly isOfferAnswer: boolean;
}
