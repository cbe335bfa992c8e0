/**
 * A session description as it stands on the wire (RFC 8866), nothing interpreted, nothing lost.
 *
 * Text is a byte string: each character is one byte (0..255), so lengths are byte lengths and any charset
 * passes through unchanged.
 */
export interface SessionDescription {
  /** `v=`; "0". */
  readonly version: string;
  readonly origin: Origin;
  /** `s=`; undefined where the line is missing (tolerated). */
  readonly sessionName: string | undefined;
  readonly connection: Connection | undefined;
  readonly bandwidths: readonly Bandwidth[];
  /** All other session-level lines (`i u e p t r z k`, unknown types, further `c=`), in the order they came. */
  readonly lines: readonly Line[];
  readonly attributes: readonly Attribute[];
  readonly media: readonly MediaDescription[];
}

/** `o=` (RFC 8866 §5.2). Numbers stay text: they may exceed 64 bits. */
export interface Origin {
  readonly username: string;
  readonly sessionId: string;
  readonly sessionVersion: string;
  readonly netType: string;
  readonly addressType: string;
  readonly address: string;
}

/** `c=` (RFC 8866 §5.7). */
export interface Connection {
  readonly netType: string;
  /** `IP4` or `IP6`; anything else is carried. */
  readonly addressType: string;
  /** As written, multicast suffix included. */
  readonly address: string;
}

/** `b=` (RFC 8866 §5.8). */
export interface Bandwidth {
  readonly type: string;
  /** Kilobits a second for `CT` and `AS`, bits a second for `TIAS`, `RR`, `RS`. As written. */
  readonly value: string;
}

/** Any other line: its type letter and what follows `=`. */
export interface Line {
  readonly type: string;
  readonly value: string;
}

/** `a=NAME` or `a=NAME:VALUE`. */
export interface Attribute {
  readonly name: string;
  /** Undefined for a property attribute; "" for `a=NAME:`. */
  readonly value: string | undefined;
}

/** A media section (RFC 8866 §5.14). */
export interface MediaDescription {
  /** `audio`, `video`, `image`, `application`, `text`, `message`, or anything. */
  readonly type: string;
  /** 0: rejected or disabled (RFC 3264 §6, RFC 9143 bundle-only). */
  readonly port: number;
  /** `PORT/COUNT`; undefined when absent. */
  readonly portCount: number | undefined;
  /** `RTP/AVP`, `UDP/TLS/RTP/SAVPF`, `udptl` … as written. */
  readonly protocol: string;
  /** Payload types as text, or other format tokens. */
  readonly formats: readonly string[];
  readonly connection: Connection | undefined;
  readonly bandwidths: readonly Bandwidth[];
  /** Other lines (`i k`, unknown types, further `c=`), in order. */
  readonly lines: readonly Line[];
  readonly attributes: readonly Attribute[];
}
