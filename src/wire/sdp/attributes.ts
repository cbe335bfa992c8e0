import { parseAddress } from "../../base/endpoint.ts";
import type { Attribute, Connection } from "./model.ts";
import { parseDecimal, splitWords } from "./number.ts";
import { writeConnection } from "./write.ts";

export * from "./attributes-ice.ts";
export * from "./attributes-security.ts";

/** `a=rtpmap` (RFC 8866 §6.6). */
export interface Rtpmap {
  readonly payloadType: number;
  /** As written; names compare without regard to case. */
  readonly encodingName: string;
  readonly clockRateHz: number;
  /** The number of channels for audio. Undefined: not written, which means 1 there. */
  readonly encodingParameters: string | undefined;
}

/** Parses `PAYLOADTYPE NAME/CLOCK[/PARAMETERS]`. */
export function parseRtpmap(value: string): Rtpmap | undefined {
  const [format, encoding, ...rest] = splitWords(value);
  const payloadType = parseDecimal(format, 127);
  if (payloadType === undefined || encoding === undefined || rest.length > 0) return undefined;
  const [encodingName, clock, ...parameters] = encoding.split("/");
  const clockRateHz = parseDecimal(clock, 0xffffffff);
  if (encodingName === undefined || encodingName === "" || clockRateHz === undefined) return undefined;
  return {
    payloadType,
    encodingName,
    clockRateHz,
    encodingParameters: parameters.length > 0 ? parameters.join("/") : undefined,
  };
}

export function writeRtpmap(rtpmap: Rtpmap): string {
  const parameters = rtpmap.encodingParameters === undefined ? "" : `/${rtpmap.encodingParameters}`;
  return `${rtpmap.payloadType} ${rtpmap.encodingName}/${rtpmap.clockRateHz}${parameters}`;
}

/** `a=fmtp` (RFC 8866 §6.15). */
export interface Fmtp {
  /** A payload type, or another format token. */
  readonly format: string;
  readonly parameters: string;
}

/** Parses `FORMAT PARAMETERS`. */
export function parseFmtp(value: string): Fmtp | undefined {
  const space = value.indexOf(" ");
  if (space <= 0) return undefined;
  return { format: value.slice(0, space), parameters: value.slice(space + 1).trim() };
}

export function writeFmtp(fmtp: Fmtp): string {
  return `${fmtp.format} ${fmtp.parameters}`;
}

/** The `;`-separated parameters of an `fmtp` by lower-case name; a word without `=` has the value "". */
export function parseFmtpParameters(parameters: string): Map<string, string> {
  const byName = new Map<string, string>();
  for (const part of parameters.split(";")) {
    const equals = part.indexOf("=");
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    if (name !== "") byName.set(name, equals < 0 ? "" : part.slice(equals + 1).trim());
  }
  return byName;
}

/** `a=rtcp` (RFC 3605). */
export interface RtcpAttribute {
  readonly port: number;
  /** Undefined: the address of the media. */
  readonly connection: Connection | undefined;
}

/** Parses `PORT [IN IP4 ADDRESS]`. */
export function parseRtcp(value: string): RtcpAttribute | undefined {
  const [portWord, netType, addressType, address, ...rest] = splitWords(value);
  const port = parseDecimal(portWord, 65_535);
  if (port === undefined || rest.length > 0) return undefined;
  if (netType === undefined) return { port, connection: undefined };
  if (addressType === undefined || address === undefined) return undefined;
  return { port, connection: { netType, addressType, address } };
}

export function writeRtcp(rtcp: RtcpAttribute): string {
  return rtcp.connection === undefined
    ? String(rtcp.port)
    : `${rtcp.port} ${writeConnection(rtcp.connection)}`;
}

/** `a=rtcp-fb` (RFC 4585 §4.2). */
export interface RtcpFeedback {
  /** A payload type or `*`. */
  readonly format: string;
  /** `nack`, `ack`, `ccm`, `transport-cc` … */
  readonly type: string;
  /** `pli`, `fir` …; undefined when none. */
  readonly parameters: string | undefined;
}

/** Parses `FORMAT TYPE [PARAMETERS]`. */
export function parseRtcpFeedback(value: string): RtcpFeedback | undefined {
  const [format, type, ...rest] = splitWords(value);
  if (format === undefined || type === undefined) return undefined;
  if (format !== "*" && parseDecimal(format, 127) === undefined) return undefined;
  return { format, type, parameters: rest.length > 0 ? rest.join(" ") : undefined };
}

export function writeRtcpFeedback(feedback: RtcpFeedback): string {
  const parameters = feedback.parameters === undefined ? "" : ` ${feedback.parameters}`;
  return `${feedback.format} ${feedback.type}${parameters}`;
}

/** Parses `a=ptime` or `a=maxptime` (RFC 8866 §6.4): milliseconds, above 0, perhaps with a fraction. */
export function parsePacketTimeMs(value: string): number | undefined {
  const [whole, fraction, ...rest] = value.trim().split(".");
  if (rest.length > 0 || parseDecimal(whole, 65_535) === undefined) return undefined;
  if (fraction !== undefined && parseDecimal(fraction, 999_999) === undefined) return undefined;
  const milliseconds = Number(value.trim());
  return milliseconds > 0 ? milliseconds : undefined;
}

/** A token of RFC 8866 §9: visible ASCII without the separators. */
export function isToken(word: string): boolean {
  return /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+$/.test(word);
}

/** Parses `a=mid` (RFC 5888 §4). */
export function parseMid(value: string): string | undefined {
  const mid = value.trim();
  return isToken(mid) ? mid : undefined;
}

/** `a=group` (RFC 5888 §5; `BUNDLE`: RFC 9143). */
export interface Group {
  readonly semantics: string;
  readonly mids: readonly string[];
}

/** Parses `SEMANTICS MID…`. */
export function parseGroup(value: string): Group | undefined {
  const [semantics, ...mids] = splitWords(value);
  return semantics === undefined ? undefined : { semantics, mids };
}

export function writeGroup(group: Group): string {
  return [group.semantics, ...group.mids].join(" ");
}

/** Which way media flows, seen from the writer of the SDP (RFC 8866 §6.7). */
export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

const DIRECTIONS: readonly string[] = ["sendrecv", "sendonly", "recvonly", "inactive"];

/** Whether an attribute name is a direction. */
export function isDirection(name: string): name is Direction {
  return DIRECTIONS.includes(name);
}

/** The direction among attributes: the last one counts; undefined when there is none. */
export function directionOf(attributes: readonly Attribute[]): Direction | undefined {
  let direction: Direction | undefined;
  for (const { name, value } of attributes) if (value === undefined && isDirection(name)) direction = name;
  return direction;
}

/** The same flow seen from the other end. */
export function reverseDirection(direction: Direction): Direction {
  if (direction === "sendonly") return "recvonly";
  return direction === "recvonly" ? "sendonly" : direction;
}

/** `a=extmap` (RFC 8285 §8). */
export interface Extmap {
  /** 1..14 for one-byte headers, 1..255 for two-byte ones, 4096..4351 in offers to choose from. */
  readonly extensionId: number;
  readonly direction: Direction | undefined;
  readonly uri: string;
  readonly extensionAttributes: string | undefined;
}

/** Parses `ID[/DIRECTION] URI [ATTRIBUTES]`. */
export function parseExtmap(value: string): Extmap | undefined {
  const [idWord, uri, ...rest] = splitWords(value);
  if (idWord === undefined || uri === undefined) return undefined;
  const [id, direction, ...more] = idWord.split("/");
  const extensionId = parseDecimal(id, 4351);
  if (extensionId === undefined || extensionId === 0 || more.length > 0) return undefined;
  if (direction !== undefined && !isDirection(direction)) return undefined;
  return { extensionId, direction, uri, extensionAttributes: rest.length > 0 ? rest.join(" ") : undefined };
}

export function writeExtmap(extmap: Extmap): string {
  const direction = extmap.direction === undefined ? "" : `/${extmap.direction}`;
  const attributes = extmap.extensionAttributes === undefined ? "" : ` ${extmap.extensionAttributes}`;
  return `${extmap.extensionId}${direction} ${extmap.uri}${attributes}`;
}

/** `a=ssrc` (RFC 5576 §4.1). */
export interface SsrcAttribute {
  readonly ssrc: number;
  readonly name: string;
  readonly value: string | undefined;
}

/** Parses `SSRC NAME[:VALUE]`. */
export function parseSsrc(value: string): SsrcAttribute | undefined {
  const space = value.indexOf(" ");
  const ssrc = parseDecimal(space < 0 ? value : value.slice(0, space), 0xffffffff);
  if (ssrc === undefined || space < 0 || space === value.length - 1) return undefined;
  const attribute = value.slice(space + 1);
  const colon = attribute.indexOf(":");
  return colon < 0
    ? { ssrc, name: attribute, value: undefined }
    : { ssrc, name: attribute.slice(0, colon), value: attribute.slice(colon + 1) };
}

export function writeSsrc(ssrc: SsrcAttribute): string {
  return `${ssrc.ssrc} ${ssrc.name}${ssrc.value === undefined ? "" : `:${ssrc.value}`}`;
}

/** Whether a connection is held in the old way: the unspecified address (RFC 3264 §8.4). */
export function isZeroConnection(connection: Connection): boolean {
  const address = parseAddress(connection.address);
  return address !== undefined && (address.address === "0.0.0.0" || address.address === "::");
}

/** The first attribute of that name; names are case-sensitive (RFC 8866 §5.13). */
export function findAttribute(attributes: readonly Attribute[], name: string): Attribute | undefined {
  return attributes.find((attribute) => attribute.name === name);
}
