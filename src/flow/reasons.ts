/**
 * Why a datagram was dropped. A closed list: each member is a metric label, a line in
 * `docs/reference/drop-reasons.md`, and the value is the index of its counter in shared memory.
 */
export const DropReason = {
  /** Fewer bytes than the smallest header. */
  Short: 0,
  /** First bytes are none of STUN, DTLS, RTP, RTCP (RFC 7983). */
  UnknownProtocol: 1,
  /** RTP header that contradicts itself: version, CSRC count, extension or padding length (RFC 3550 §5.1). */
  BadRtp: 2,
  /** RTCP header that contradicts itself (RFC 3550 §6.4). */
  BadRtcp: 3,
  /** Source is not the confirmed one and the flow is strict. */
  WrongSource: 4,
  /** Source may not become the peer's endpoint under the learning policy. */
  UnlearnableSource: 5,
  /** Payload type was not negotiated and unknown ones are blocked. */
  UnknownPayloadType: 6,
  /** No sink for it: one-sided call, or media is blocked. */
  NoSink: 7,
  /** The sink's endpoint is not known yet. */
  NoDestination: 8,
  /** The sink waits for its peer's first packet (NAT wait). */
  AwaitingPeer: 9,
  /** STUN on a flow that does no ICE. */
  UnexpectedStun: 10,
  /** DTLS on a flow that has none. */
  UnexpectedDtls: 11,
  /** Longer than a buffer of the relay. */
  TooLong: 12,
  /** The kernel refused to send it. */
  SendFailed: 13,
  /** A step threw. Ours to fix. */
  Fault: 14,
  /** Arrived at a port that carries no flow (any more). */
  NoFlow: 15,
  /** The flow has more synchronization sources than the cap; relayed, but not accounted by SSRC. */
  TooManySources: 16,
  /** Every tier refuses the flow. */
  Refused: 17,
} as const;

export type DropReason = (typeof DropReason)[keyof typeof DropReason];

/** Names by index, for metrics and documents: kebab-case. */
export const DROP_REASON_NAMES: readonly string[] = Object.keys(DropReason).map((name) =>
  name.replace(/(?<!^)([A-Z])/g, "-$1").toLowerCase(),
);

/** Why a tier cannot carry a flow; shown by `explain`, the CLI and the metrics. */
export type RefusalReason =
  | "transcodes"
  | "records"
  | "protects"
  | "too-many-sinks"
  | "listens-for-dtmf"
  | "rewrites-rtcp"
  | "no-capability";
