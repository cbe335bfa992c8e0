import type { MediaInterface } from "../base/media-interface.ts";
import type { FlowId, LocalSocket } from "./flow.ts";

/** A port that is ours until released, with the flow slot that belongs to it. */
export interface ReservedSocket extends LocalSocket {
  readonly flowId: FlowId;
  /** The logical interface and address it was taken from. */
  readonly media: MediaInterface;
}

/** Wish for consecutive ports on one local address; the first is even when `count` is 2. */
export interface PortRequest {
  readonly media: MediaInterface;
  /** 1 (RTP and RTCP on one port) or 2 (RTP, then RTCP). */
  readonly count: 1 | 2;
  /** Pins the flows to a worker: all of a call's flows share one. */
  readonly callId: string;
}
