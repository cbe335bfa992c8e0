/** RTCP packet types (RFC 3550 §12.1, RFC 4585 §6.1, RFC 3611 §2). */
export const RtcpType = {
  SenderReport: 200,
  ReceiverReport: 201,
  SourceDescription: 202,
  Bye: 203,
  App: 204,
  TransportFeedback: 205,
  PayloadFeedback: 206,
  ExtendedReport: 207,
} as const;

/** Feedback message types: "FMT" (RFC 4585 §6.2, §6.3; RFC 5104 §4.3). */
export const FeedbackFormat = {
  /** With `TransportFeedback`. */
  GenericNack: 1,
  TransportWideCongestionControl: 15,
  /** With `PayloadFeedback`. */
  PictureLossIndication: 1,
  FullIntraRequest: 4,
  ApplicationLayer: 15,
} as const;

/** What one receiver says about one source (RFC 3550 §6.4.1). */
export interface ReportBlock {
  readonly ssrc: number;
  /** Lost since the last report, in 1/256. */
  readonly fractionLost: number;
  /** Signed, 24 bits: duplicates can make it negative. */
  readonly cumulativeLost: number;
  readonly extendedHighestSequenceNumber: number;
  /** RTP clock units. */
  readonly interarrivalJitter: number;
  /** Middle 32 bits of the NTP time of the last sender report; 0: none came. */
  readonly lastSr: number;
  /** In 1/65536 second. */
  readonly delaySinceLastSr: number;
}

/** RFC 3550 §6.4.1. */
export interface SenderReport {
  readonly kind: "sender-report";
  readonly ssrc: number;
  readonly ntpSeconds: number;
  /** In 1/2^32 second. */
  readonly ntpFraction: number;
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  readonly octetCount: number;
  readonly reports: readonly ReportBlock[];
  /** A multiple of 4 bytes. */
  readonly profileExtension: Uint8Array;
}

/** RFC 3550 §6.4.2. */
export interface ReceiverReport {
  readonly kind: "receiver-report";
  readonly ssrc: number;
  readonly reports: readonly ReportBlock[];
  readonly profileExtension: Uint8Array;
}

/** SDES item types (RFC 3550 §6.5). */
export const SourceDescriptionItem = {
  Cname: 1,
  Name: 2,
  Email: 3,
  Phone: 4,
  Location: 5,
  Tool: 6,
  Note: 7,
  Private: 8,
} as const;

/** RFC 3550 §6.5. */
export interface SourceDescription {
  readonly kind: "source-description";
  readonly chunks: readonly {
    readonly ssrc: number;
    /** Text is UTF-8, at most 255 bytes. */
    readonly items: readonly { readonly type: number; readonly text: Uint8Array }[];
  }[];
}

/** RFC 3550 §6.6. */
export interface Bye {
  readonly kind: "bye";
  /** At most 31. */
  readonly ssrcs: readonly number[];
  /** UTF-8, at most 255 bytes. */
  readonly reason: Uint8Array | undefined;
}

/** RFC 3550 §6.7. */
export interface App {
  readonly kind: "app";
  readonly subtype: number;
  readonly ssrc: number;
  /** Four ASCII characters. */
  readonly name: string;
  /** A multiple of 4 bytes. */
  readonly data: Uint8Array;
}

/** A feedback message (RFC 4585 §6.1); what it says is in the control information. */
export interface Feedback {
  readonly kind: "transport-feedback" | "payload-feedback";
  /** See `FeedbackFormat`. */
  readonly format: number;
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  /** "FCI": a multiple of 4 bytes. */
  readonly controlInformation: Uint8Array;
}

/** A packet of another type (`XR` among them), carried as it is. */
export interface UnknownRtcp {
  readonly kind: "unknown";
  readonly packetType: number;
  /** The five bits that other types use for a count. */
  readonly count: number;
  /** What follows the first word: a multiple of 4 bytes. */
  readonly body: Uint8Array;
}

export type RtcpPacket =
  | SenderReport
  | ReceiverReport
  | SourceDescription
  | Bye
  | App
  | Feedback
  | UnknownRtcp;
