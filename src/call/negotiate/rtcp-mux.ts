import type { Media } from "../model.ts";

/** The `rtcp-mux` list of a request (RFC 5761; upstream's five words). */
export interface RtcpMuxOptions {
  readonly offer: boolean;
  readonly require: boolean;
  readonly demux: boolean;
  readonly accept: boolean;
  readonly reject: boolean;
}

/**
 * Decides whether RTP and RTCP share a port on the receiver's side, and what the answer will say.
 *
 * @returns whether the offer must go out without a fallback port
 */
export function negotiateRtcpMux(
  receiver: Media,
  sender: Media,
  isOffer: boolean,
  options: RtcpMuxOptions,
): boolean {
  if (!isOffer) {
    if (!sender.overridesRtcpMux) receiver.usesRtcpMux = sender.usesRtcpMux;
    return false;
  }
  // Once in use it stays, and without a fallback: the RTCP port may be closed by now.
  const isInUse = receiver.usesRtcpMux;
  if (!isInUse) receiver.usesRtcpMux = sender.usesRtcpMux;
  if (options.offer) receiver.usesRtcpMux = true;
  else if (options.demux) receiver.usesRtcpMux = false;

  receiver.overridesRtcpMux = false;
  if (!sender.usesRtcpMux) {
    // Not offered to us: may not be accepted, whatever the other side answers.
    receiver.overridesRtcpMux = true;
  } else if (!receiver.usesRtcpMux) {
    // Offered to us, not by us: accepted on our own account unless told otherwise.
    receiver.overridesRtcpMux = true;
    if (options.reject) sender.usesRtcpMux = false;
  } else if (options.accept) {
    receiver.overridesRtcpMux = true;
  } else if (options.reject) {
    receiver.overridesRtcpMux = true;
    sender.usesRtcpMux = false;
  }
  return isInUse;
}
