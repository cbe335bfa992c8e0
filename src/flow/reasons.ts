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
  /** Seen too often within a second, on a flow whose party named an address of ours. */
  Loop: 18,
} as const;

export type DropReason = (typeof DropReason)[keyof typeof DropReason];

/** Names by index, for metrics and documents: kebab-case. */
export const DROP_REASON_NAMES: readonly string[] = Object.keys(DropReason).map((name) =>
  name.replace(/(?<!^)([A-Z])/g, "-$1").toLowerCase(),
);

/** For each reason, what it means to whoever reads the counter. The reference page is made of it. */
export const DROP_REASON_SENTENCES: Readonly<Record<keyof typeof DropReason, string>> = {
  Short: "Fewer bytes than the smallest header: keep-alives of some phones, or noise.",
  UnknownProtocol: "The first bytes are none of STUN, DTLS, RTP and RTCP (RFC 7983).",
  BadRtp: "An RTP header that contradicts itself: version, CSRC count, extension or padding (RFC 3550 §5.1).",
  BadRtcp: "An RTCP header that contradicts itself (RFC 3550 §6.4).",
  WrongSource: "The source is not the one that is confirmed, and the flow is strict (`strict-source`).",
  UnlearnableSource: "The source may not become the party's address under the learning policy in force.",
  UnknownPayloadType: "The payload type was not negotiated, and unknown ones are blocked.",
  NoSink: "Nobody is to receive it: the call has one side only, is on hold, or its media are blocked.",
  NoDestination: "Where the other party wants to receive is not known yet.",
  AwaitingPeer: "The other party has asked to wait for its own first packet (`NAT-wait`).",
  UnexpectedStun: "STUN on a port without ICE: the party takes us for an ICE agent.",
  UnexpectedDtls: "DTLS on a port without it: the party expects DTLS-SRTP.",
  TooLong: "Longer than a buffer of the relay.",
  SendFailed: "The kernel refused to send it: no route, a firewall, or a full queue.",
  Fault: "A step of the relay failed because of a fault of ours; the log has the stack.",
  NoFlow: "It arrived at a port that carries no call, mostly just after one ended.",
  TooManySources:
    "The stream has more synchronization sources than are kept apart; it was relayed all the same.",
  Refused: "No way of carrying packets supports what the call needs.",
  Loop: "The same packet again and again: the party's SDP names one of our own addresses, so we send to ourselves.",
};

/** Why a tier cannot carry a flow; shown by `explain`, the CLI and the metrics. */
export type RefusalReason =
  | "transcodes"
  | "records"
  | "protects"
  | "too-many-sinks"
  | "listens-for-dtmf"
  | "rewrites-rtcp"
  | "no-capability";

/** Why the kernel does not carry a flow, and what that means to whoever reads it. */
export const KERNEL_REFUSALS = {
  off: "forwarding in the kernel is switched off",
  unavailable: "forwarding in the kernel is not possible here",
  "no-packet-yet": "nothing valid has come from the party yet",
  "source-not-settled": "where the party sends from is not settled",
  "any-source": "packets of any source are to be accepted",
  "no-flow": "the port carries no media",
  "not-rtp": "what it carries is not RTP",
  "rtcp-only": "it carries RTCP, which is relayed in user space",
  looped: "the party named an address of ours, so packets are compared",
  "no-receiver": "nobody is to receive it",
  "several-receivers": "it goes to more than one receiver",
  "no-destination": "where the other party wants to receive is not known",
  "waits-for-peer": "the other party has to send first",
  "no-payload-types": "no payload type was negotiated",
  "changes-family": "one side has IPv4, the other IPv6",
  ipsec: "the host has IPsec policies, which only its stack applies",
  "no-address": "this host does not have the local address now",
  "no-route": "there is no route to the other party",
  "same-host": "one of the parties is on this host, the other is not",
  "no-ethernet": "it arrives or leaves by an interface that is not Ethernet",
  "not-attached": "the program could not be attached to the interface it arrives by",
  "needs-user-space": "the call needs what only user space does",
} as const;

export type KernelRefusal = keyof typeof KERNEL_REFUSALS;
