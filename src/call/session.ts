import { type Address, type Endpoint, isUnspecified, parseAddress } from "../base/endpoint.ts";
import type {
  Attribute,
  Bandwidth,
  Connection,
  Line,
  MediaDescription,
  SessionDescription,
} from "../wire/sdp/model.ts";
import { CALL_ERRORS } from "./errors.ts";
import type { HeaderExtension, SessionPart } from "./model.ts";
import { type PayloadFormat, payloadFormats } from "./payload-formats.ts";
import { type TransportProtocol, transportProtocol } from "./protocols.ts";

/** A party's SDP as negotiation sees it: addresses and flags interpreted, the rest carried. */
export interface SignalledSession {
  readonly part: SessionPart;
  readonly medias: readonly SignalledMedia[];
  /** ICE attributes that were left out, for the counter. */
  readonly strippedIceAttributes: number;
}

/** One media section of it. */
export interface SignalledMedia {
  readonly index: number;
  readonly type: string;
  readonly protocolText: string;
  readonly protocol: TransportProtocol | undefined;
  readonly formats: readonly string[];
  readonly payloadFormats: readonly PayloadFormat[];
  /** Port 0: rejected. */
  readonly rtp: Endpoint;
  /** Undefined: RTP port plus 1. */
  readonly rtcp: Endpoint | undefined;
  readonly originalEndpoint: Endpoint | undefined;
  readonly usesRtcpMux: boolean;
  /** The address is the unspecified one, and not just until candidates come (RFC 8840 §4.1): old-style hold. */
  readonly isHeldByAddress: boolean;
  /** The party sends / receives. */
  readonly sends: boolean;
  readonly receives: boolean;
  /** Attribute that said so, as written. */
  readonly directionAttribute: Attribute | undefined;
  readonly ptimeMs: number;
  readonly maxPtimeMs: number;
  readonly mediaId: string | undefined;
  readonly label: string | undefined;
  readonly extensions: readonly HeaderExtension[];
  readonly isExtmapShort: boolean;
  readonly information: string | undefined;
  readonly bandwidths: readonly Bandwidth[];
  readonly lines: readonly Line[];
  readonly attributes: readonly Attribute[];
  readonly originalAttributes: readonly Attribute[];
}

/** Media sections one SDP may have. */
export const MAX_MEDIA_SECTIONS = 64;

const DIRECTIONS: ReadonlySet<string> = new Set(["sendrecv", "sendonly", "recvonly", "inactive"]);

/** ICE attributes (RFC 8839 §5), which mean something only to whoever runs the agent. */
const ICE_ATTRIBUTES: ReadonlySet<string> = new Set([
  "ice-ufrag",
  "ice-pwd",
  "ice-options",
  "ice-lite",
  "ice-mismatch",
  "ice-pacing",
  "candidate",
  "remote-candidates",
  "end-of-candidates",
]);

/** Attributes that we interpret and print ourselves, or that make sense on one side only. */
const INTERPRETED: ReadonlySet<string> = new Set([
  ...DIRECTIONS,
  ...ICE_ATTRIBUTES,
  "mid",
  "label",
  "rtpmap",
  "fmtp",
  "rtcp",
  "rtcp-mux",
  "ptime",
  "maxptime",
  "extmap",
  "extmap-allow-mixed",
  "crypto",
  "setup",
  "fingerprint",
  "tls-id",
  "rtpengine",
]);

const T38_ATTRIBUTE = /^T38/;

const NONE: readonly never[] = [];

/** Most lists of most calls are empty: they share one. */
function compact<T>(list: readonly T[]): readonly T[] {
  return list.length === 0 ? NONE : list;
}

/**
 * Interprets a parsed SDP.
 *
 * @param source address to use instead of the SDP's own (untrusted addresses); undefined to trust them
 * @throws CallError where an address is missing or a payload type is none
 */
export function interpretSession(sdp: SessionDescription, source: Address | undefined): SignalledSession {
  if (sdp.media.length > MAX_MEDIA_SECTIONS) throw CALL_ERRORS.tooManyMedia(MAX_MEDIA_SECTIONS);
  const iceOnSession = sdp.attributes.filter(({ name }) => ICE_ATTRIBUTES.has(name)).length;
  const iceOnMedia = sdp.media.reduce(
    (sum, media) => sum + media.attributes.filter(({ name }) => ICE_ATTRIBUTES.has(name)).length,
    0,
  );
  return {
    part: {
      origin: sdp.origin,
      sessionName: sdp.sessionName ?? "",
      bandwidths: compact(sdp.bandwidths),
      lines: compact(sdp.lines.filter(isCarriedLine)),
      attributes: compact(sdp.attributes.filter(isCarriedOnSession)),
    },
    medias: sdp.media.map((media, at) => interpretMedia(sdp, media, at + 1, source)),
    strippedIceAttributes: iceOnSession + iceOnMedia,
  };
}

/** Of lines that come again, the first counts; a further `c=` would lead media past us. */
function isCarriedLine({ type }: Line): boolean {
  return !"vosc".includes(type);
}

/** Bundles are taken apart here: each section gets ports of its own. Other groups go through. */
function isCarriedOnSession({ name, value }: Attribute): boolean {
  if (name === "group") return !value?.startsWith("BUNDLE");
  return !INTERPRETED.has(name);
}

function interpretMedia(
  sdp: SessionDescription,
  media: MediaDescription,
  index: number,
  source: Address | undefined,
): SignalledMedia {
  const protocol = transportProtocol(media.protocol);
  const own = connectionAddress(media.connection) ?? connectionAddress(sdp.connection);
  const address = source ?? own;
  if (!address) throw CALL_ERRORS.incompleteSdp(`media section ${index} has no usable c= line`);
  const rtp: Endpoint = { ...address, port: media.port };
  const formats = protocol?.isRtp && media.port !== 0 ? payloadFormats(media) : [];
  if (!formats) throw CALL_ERRORS.incompleteSdp(`media section ${index} names a payload type beyond 0..127`);
  const first = (name: string): string | undefined =>
    media.attributes.find((attribute) => attribute.name === name)?.value;
  const has = (name: string): boolean => media.attributes.some((attribute) => attribute.name === name);
  const direction =
    media.attributes.find(({ name }) => DIRECTIONS.has(name)) ??
    sdp.attributes.find(({ name }) => DIRECTIONS.has(name));
  const rtcp = rtcpEndpoint(first("rtcp"), media, address, source !== undefined);
  const isRtp = protocol?.isRtp === true;
  return {
    index,
    type: media.type,
    protocolText: media.protocol,
    protocol,
    formats: media.formats,
    payloadFormats: formats,
    rtp,
    rtcp,
    originalEndpoint: own && { ...own, port: media.port },
    usesRtcpMux:
      has("rtcp-mux") || (rtcp?.port === rtp.port && rtcp.address === rtp.address && rtp.port !== 9),
    isHeldByAddress: isUnspecified(rtp) && !isTrickling(sdp, media),
    sends: direction?.name !== "recvonly" && direction?.name !== "inactive",
    receives: direction?.name !== "sendonly" && direction?.name !== "inactive",
    directionAttribute: direction,
    ptimeMs: positiveInteger(first("ptime")),
    maxPtimeMs: positiveInteger(first("maxptime")),
    mediaId: first("mid"),
    label: first("label"),
    ...extensionsOf(sdp, media),
    information: media.lines.find(({ type }) => type === "i")?.value,
    bandwidths: compact(media.bandwidths),
    lines: compact(media.lines.filter((line) => line.type !== "i" && isCarriedLine(line))),
    attributes: compact(media.attributes.filter((attribute) => isCarriedOnMedia(attribute, isRtp))),
    originalAttributes: media.attributes,
  };
}

function isTrickling(sdp: SessionDescription, media: MediaDescription): boolean {
  return [...media.attributes, ...sdp.attributes].some(
    ({ name, value }) => name === "ice-options" && value?.split(" ").includes("trickle"),
  );
}

function isCarriedOnMedia({ name, value }: Attribute, isRtp: boolean): boolean {
  if (!isRtp) return !ICE_ATTRIBUTES.has(name);
  // Feedback for one payload type is printed after its rtpmap; for all ("*") it is one more attribute.
  if (name === "rtcp-fb") return value?.startsWith("* ") === true;
  return !INTERPRETED.has(name) && !T38_ATTRIBUTE.test(name);
}

function connectionAddress(connection: Connection | undefined): Address | undefined {
  if (!connection) return undefined;
  // Multicast scope and TTL do not matter to whoever relays (RFC 8866 §5.7).
  const slash = connection.address.indexOf("/");
  return parseAddress(slash < 0 ? connection.address : connection.address.slice(0, slash));
}

/** `a=rtcp:PORT [IN IP4 ADDRESS]` (RFC 3605 §2.1). */
function rtcpEndpoint(
  value: string | undefined,
  media: MediaDescription,
  address: Address,
  isUntrusted: boolean,
): Endpoint | undefined {
  if (value === undefined || (media.portCount ?? 1) !== 1) return undefined;
  const [portText = "", , , text] = value.trim().split(/\s+/);
  const port = Number(portText);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw CALL_ERRORS.incompleteSdp("a=rtcp names no port");
  }
  if (port === 0) return undefined;
  const own = text === undefined || isUntrusted ? undefined : parseAddress(text);
  return { ...(own ?? address), port };
}

function extensionsOf(
  sdp: SessionDescription,
  media: MediaDescription,
): Pick<SignalledMedia, "extensions" | "isExtmapShort"> {
  const own = media.attributes.filter(({ name }) => name === "extmap");
  const attributes = own.length > 0 ? own : sdp.attributes.filter(({ name }) => name === "extmap");
  const extensions: HeaderExtension[] = [];
  for (const { value } of attributes) {
    const match = /^(\d{1,5})(\/\S+)?\s+(\S.*)$/s.exec(value ?? "");
    const extensionId = Number(match?.[1]);
    // 15 is reserved, 256 and up are not extension IDs (RFC 8285 §4.2, §4.3).
    if (match && extensionId > 0 && extensionId !== 15 && extensionId < 256) {
      extensions.push({ extensionId, value: `${match[2] ?? ""} ${match[3]}` });
    }
  }
  const allowsMixed = [...media.attributes, ...sdp.attributes].some(
    ({ name }) => name === "extmap-allow-mixed",
  );
  return { extensions: compact(extensions), isExtmapShort: extensions.length > 0 && !allowsMixed };
}

function positiveInteger(text: string | undefined): number {
  const value = Number.parseInt(text ?? "", 10);
  return Number.isInteger(value) && value > 0 ? value : 0;
}
