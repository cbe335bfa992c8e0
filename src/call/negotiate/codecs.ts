import type { Media } from "../model.ts";
import { isSameEncoding, isSupplemental, type PayloadFormat } from "../payload-formats.ts";
import type { SignalledMedia } from "../session.ts";

/** Options of a request that bear on payload formats. */
export interface CodecOptions {
  /** Leave one media format in the answer. */
  readonly isSingleCodec: boolean;
  /** The answerer may use other numbers for what was offered. */
  readonly allowsAsymmetric: boolean;
}

/** An offer passes as it is; both sides remember it for the answer. */
export function offerCodecs(receiver: Media, sender: Media, signalled: SignalledMedia): void {
  sender.codecs = signalled.payloadFormats;
  receiver.codecs = signalled.payloadFormats;
  sender.offeredCodecs = sender.codecs;
  receiver.offeredCodecs = receiver.codecs;
}

/**
 * An answer passes less what was not offered (RFC 3264 §6.1); if nothing of it was, then unchanged, since
 * a call with the wrong payload type has a chance and one without has none.
 */
export function answerCodecs(
  receiver: Media,
  sender: Media,
  signalled: SignalledMedia,
  options: CodecOptions,
): void {
  const answered = signalled.payloadFormats;
  const offered = sender.offeredCodecs;
  const isOffered = (format: PayloadFormat): boolean =>
    offered.some(
      (other) =>
        isSameEncoding(other, format) &&
        (options.allowsAsymmetric || other.payloadType === format.payloadType),
    );
  const matching = answered.filter(isOffered);
  sender.codecs = matching.length > 0 ? matching : answered;
  receiver.codecs = options.isSingleCodec ? leaveOne(sender.codecs) : sender.codecs;
}

function leaveOne(formats: readonly PayloadFormat[]): readonly PayloadFormat[] {
  const first = formats.find((format) => !isSupplemental(format));
  return formats.filter((format) => format === first || isSupplemental(format));
}
