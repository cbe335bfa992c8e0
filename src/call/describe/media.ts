import { type Address, isUnspecified } from "../../base/endpoint.ts";
import type { NgFlags } from "../../wire/ng/flags.ts";
import type { Attribute, Connection, Line, MediaDescription } from "../../wire/sdp/model.ts";
import type { Call, Media } from "../model.ts";
import { transportProtocol } from "../protocols.ts";
import { inPrintOrder } from "./bandwidths.ts";

/** Prints one media section for the party it belongs to. The order of lines is upstream's. */
export function describeMedia(call: Call, media: Media, flags: NgFlags, isOffer: boolean): MediaDescription {
  const first = media.subscriptions[0];
  const source = first && call.medias[first.media];
  const isRtp = transportProtocol(media.protocol)?.isRtp === true;
  if (source && passesThrough(source)) return passThrough(media, source);
  const socket = media.portMaps[media.portMap]?.sockets[0];
  const isRejected = socket === undefined;
  return {
    type: media.type,
    port: socket?.port ?? 0,
    portCount: undefined,
    protocol: media.protocol,
    formats: formatsOf(media, isRtp),
    connection: connectionOf(media, flags, socket?.media.advertised),
    bandwidths: inPrintOrder(source?.bandwidths ?? []),
    lines: linesOf(source),
    attributes: isRejected
      ? identities(media)
      : [
          ...identities(media),
          ...(isRtp ? rtpAttributes(media, source, flags, isOffer) : (source?.attributes ?? [])),
        ],
  };
}

/** What we cannot relay (TCP) goes by us: the parties talk to each other. */
function passesThrough(source: Media): boolean {
  return source.type === "message" || source.protocol.toUpperCase().startsWith("TCP");
}

function passThrough(media: Media, source: Media): MediaDescription {
  const { originalEndpoint } = source;
  return {
    type: source.type,
    port: originalEndpoint?.port ?? 0,
    portCount: undefined,
    protocol: source.protocol,
    formats: source.formats,
    connection: originalEndpoint && connectionLine(originalEndpoint),
    bandwidths: source.bandwidths,
    lines: linesOf(source),
    attributes: source.originalAttributes ?? identities(media),
  };
}

function formatsOf(media: Media, isRtp: boolean): readonly string[] {
  if (!isRtp) return media.formats;
  if (media.codecs.length > 0) return media.codecs.map(({ payloadType }) => String(payloadType));
  return media.formats.length > 0 ? media.formats : ["0"];
}

function linesOf(source: Media | undefined): readonly Line[] {
  if (!source) return [];
  return source.information === undefined
    ? source.lines
    : [{ type: "i", value: source.information }, ...source.lines];
}

function connectionLine(address: Address): Connection {
  return { netType: "IN", addressType: address.family === 4 ? "IP4" : "IP6", address: address.address };
}

/** Our address; the unspecified one for a rejected section, or where the other party showed it (old hold). */
function connectionOf(media: Media, flags: NgFlags, advertised: Address | undefined): Connection {
  const own = flags.mediaAddress && !isUnspecified(flags.mediaAddress) ? flags.mediaAddress : advertised;
  const family = own?.family ?? media.family ?? 4;
  if (!own || media.streams[0]!.showsZeroAddress) {
    return connectionLine({ family, address: family === 4 ? "0.0.0.0" : "::" });
  }
  return connectionLine(own);
}

/** Identification outlives rejection (RFC 9143 §7.3.3). */
function identities(media: Media): Attribute[] {
  const attributes: Attribute[] = [];
  if (media.mediaId !== undefined) attributes.push({ name: "mid", value: media.mediaId });
  if (media.label !== undefined) attributes.push({ name: "label", value: media.label });
  return attributes;
}

function rtpAttributes(
  media: Media,
  source: Media | undefined,
  flags: NgFlags,
  isOffer: boolean,
): Attribute[] {
  return [
    ...codecAttributes(media),
    ...extensionAttributes(media),
    ...(source?.attributes ?? []),
    ...(flags.originalSendrecv ? [] : [{ name: direction(media), value: undefined }]),
    ...rtcpAttributes(media, flags, isOffer),
    ...packetTimes(media),
  ];
}

function codecAttributes(media: Media): Attribute[] {
  const attributes: Attribute[] = [];
  for (const { payloadType, rtpmap, formatParameters, feedback } of media.codecs) {
    if (rtpmap !== "") attributes.push({ name: "rtpmap", value: `${payloadType} ${rtpmap}` });
    if (formatParameters !== "")
      attributes.push({ name: "fmtp", value: `${payloadType} ${formatParameters}` });
    for (const value of feedback) attributes.push({ name: "rtcp-fb", value: `${payloadType} ${value}` });
  }
  return attributes;
}

function extensionAttributes(media: Media): Attribute[] {
  if (media.extensions.length === 0) return [];
  const mixed: Attribute[] = media.isExtmapShort ? [] : [{ name: "extmap-allow-mixed", value: undefined }];
  return [
    ...mixed,
    ...media.extensions.map(({ extensionId, value }) => ({
      name: "extmap",
      value: `${extensionId}${value}`,
    })),
  ];
}

function direction(media: Media): string {
  if (media.isSend) return media.isRecv ? "sendrecv" : "sendonly";
  return media.isRecv ? "recvonly" : "inactive";
}

function rtcpAttributes(media: Media, flags: NgFlags, isOffer: boolean): Attribute[] {
  const [rtp, rtcp] = media.portMaps[media.portMap]!.sockets;
  const attributes: Attribute[] = [];
  const muxes = media.usesRtcpMux;
  const isOnly = muxes && (!isOffer || flags.rtcpMux.require || rtcp === undefined);
  const socket = isOnly ? rtp : rtcp;
  if (socket && !flags.noRtcpAttribute) {
    const own = flags.mediaAddress ?? socket.media.advertised;
    const full = flags.fullRtcpAttribute ? ` IN IP${own.family} ${own.address}` : "";
    attributes.push({ name: "rtcp", value: `${socket.port}${full}` });
  }
  if (muxes) attributes.push({ name: "rtcp-mux", value: undefined });
  return attributes;
}

function packetTimes(media: Media): Attribute[] {
  const attributes: Attribute[] = [];
  if (media.ptimeMs > 0) attributes.push({ name: "ptime", value: String(media.ptimeMs) });
  if (media.maxPtimeMs > 0) attributes.push({ name: "maxptime", value: String(media.maxPtimeMs) });
  return attributes;
}
