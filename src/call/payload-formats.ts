import type { MediaDescription } from "../wire/sdp/model.ts";

/** One RTP payload format of a media section: a payload type and what SDP says of it. */
export interface PayloadFormat {
  readonly payloadType: number;
  /** What follows `a=rtpmap:PT `; "" when neither SDP nor RFC 3551 names it. */
  readonly rtpmap: string;
  /** Encoding name, upper case, for comparison. */
  readonly encodingName: string;
  readonly clockRateHz: number;
  /** What follows `a=fmtp:PT `. */
  readonly formatParameters: string;
  /** What follows `a=rtcp-fb:PT `, each. */
  readonly feedback: readonly string[];
}

/** Payload types that need no rtpmap (RFC 3551 §6, tables 4 and 5). */
const STATIC_RTPMAPS: readonly (readonly [number, string])[] = [
  [0, "PCMU/8000"],
  [3, "GSM/8000"],
  [4, "G723/8000"],
  [5, "DVI4/8000"],
  [6, "DVI4/16000"],
  [7, "LPC/8000"],
  [8, "PCMA/8000"],
  [9, "G722/8000"],
  [10, "L16/44100/2"],
  [11, "L16/44100"],
  [12, "QCELP/8000"],
  [13, "CN/8000"],
  [14, "MPA/90000"],
  [15, "G728/8000"],
  [16, "DVI4/11025"],
  [17, "DVI4/22050"],
  [18, "G729/8000"],
  [25, "CelB/90000"],
  [26, "JPEG/90000"],
  [28, "nv/90000"],
  [31, "H261/90000"],
  [32, "MPV/90000"],
  [33, "MP2T/90000"],
  [34, "H263/90000"],
];

const MAX_CLOCK_RATE_HZ = 0xffffffff;

const NO_FEEDBACK: readonly string[] = [];

const STATIC: ReadonlyMap<number, PayloadFormat> = new Map(
  STATIC_RTPMAPS.map(([payloadType, rtpmap]) => [
    payloadType,
    makeFormat(payloadType, rtpmap, "", NO_FEEDBACK),
  ]),
);

/** Formats seen lately: calls of a network share a few dozen, and thousands of calls keep them. */
const interned = new Map<string, PayloadFormat>();
const MAX_INTERNED = 512;

function formatOf(
  payloadType: number,
  rtpmap: string,
  formatParameters: string,
  feedback: readonly string[],
): PayloadFormat {
  if (feedback.length > 0) return makeFormat(payloadType, rtpmap, formatParameters, feedback);
  const key = `${payloadType} ${rtpmap} ${formatParameters}`;
  const known = interned.get(key);
  if (known) return known;
  if (interned.size >= MAX_INTERNED) interned.clear();
  const format = makeFormat(payloadType, rtpmap, formatParameters, NO_FEEDBACK);
  interned.set(key, format);
  return format;
}

function makeFormat(
  payloadType: number,
  rtpmap: string,
  formatParameters: string,
  feedback: readonly string[],
): PayloadFormat {
  const [name = "", rate = ""] = rtpmap.split("/");
  return {
    payloadType,
    rtpmap,
    encodingName: name.toUpperCase(),
    clockRateHz: clockRateOf(rate),
    formatParameters,
    feedback,
  };
}

/** 0 for what is no clock rate: it is counted with, so nothing else may come out of here. */
function clockRateOf(text: string): number {
  const rate = Number.parseInt(text, 10);
  return rate > 0 && rate <= MAX_CLOCK_RATE_HZ ? rate : 0;
}

/**
 * The payload formats of an RTP media section, in the order of its format list. A payload type that is listed
 * again counts once: everything SDP says of it would be printed as often.
 *
 * @returns undefined when a format is no payload type (0..127)
 */
export function payloadFormats(media: MediaDescription): PayloadFormat[] | undefined {
  const rtpmaps = new Map<number, string>();
  const parameters = new Map<number, string>();
  const feedback = new Map<number, string[]>();
  for (const { name, value } of media.attributes) {
    if (value === undefined || (name !== "rtpmap" && name !== "fmtp" && name !== "rtcp-fb")) continue;
    const space = value.indexOf(" ");
    if (space < 1) continue;
    const payloadType = Number(value.slice(0, space));
    if (!Number.isInteger(payloadType)) continue;
    const rest = value.slice(space + 1).trimStart();
    if (name === "rtpmap") rtpmaps.set(payloadType, rest);
    else if (name === "fmtp") parameters.set(payloadType, rest);
    else {
      const known = feedback.get(payloadType);
      if (known) known.push(rest);
      else feedback.set(payloadType, [rest]);
    }
  }
  const formats: PayloadFormat[] = [];
  const listed = new Set<number>();
  for (const text of media.formats) {
    if (!/^\d{1,3}$/.test(text)) return undefined;
    const payloadType = Number(text);
    if (payloadType > 127) return undefined;
    if (listed.has(payloadType)) continue;
    listed.add(payloadType);
    const known = STATIC.get(payloadType);
    const rtpmap = rtpmaps.get(payloadType);
    const fmtp = parameters.get(payloadType);
    const fb = feedback.get(payloadType);
    if (rtpmap === undefined && fmtp === undefined && fb === undefined && known) formats.push(known);
    else formats.push(formatOf(payloadType, rtpmap ?? known?.rtpmap ?? "", fmtp ?? "", fb ?? NO_FEEDBACK));
  }
  return formats;
}

/** Formats that accompany others and carry no media of their own. */
export function isSupplemental(format: PayloadFormat): boolean {
  return format.encodingName === "TELEPHONE-EVENT" || format.encodingName === "CN";
}

/** Whether two formats are the same encoding, whatever their numbers (RFC 3264 §6.1). */
export function isSameEncoding(a: PayloadFormat, b: PayloadFormat): boolean {
  return (
    a.encodingName === b.encodingName &&
    a.clockRateHz === b.clockRateHz &&
    (a.encodingName !== "" || a.payloadType === b.payloadType)
  );
}
