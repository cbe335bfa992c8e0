import { type Address, type Endpoint, sameEndpoint } from "../../base/endpoint.ts";
import type { EndpointLearning } from "../../flow/flow.ts";
import type { NgFlags } from "../../wire/ng/flags.ts";
import { MAX_SECTIONS_EVER } from "../bounds.ts";
import { mediasOf } from "../dialogue.ts";
import { CALL_ERRORS } from "../errors.ts";
import type { Call, HeaderExtension, Media, Monologue, Stream } from "../model.ts";
import { transportProtocol } from "../protocols.ts";
import type { SignalledMedia } from "../session.ts";

/** Finds the section of a party that an SDP's section is about: by `a=mid`, else by position. */
export function mediaFor(
  call: Call,
  monologue: Monologue,
  signalled: SignalledMedia,
  taken: ReadonlySet<number>,
): Media {
  const { mediaId, index, type } = signalled;
  if (mediaId !== undefined) {
    const byId = mediasOf(call, monologue).find(
      (media) => media.mediaId === mediaId && media.type === type && !taken.has(media.id),
    );
    if (byId) return byId;
  }
  const id = monologue.medias[index - 1] ?? -1;
  return id >= 0 ? call.medias[id]! : addMedia(call, monologue, signalled);
}

/** The other side of a section: what it is subscribed to at that party, else the same position there. */
export function counterpartOf(
  call: Call,
  sender: Media,
  receiver: Monologue,
  signalled: SignalledMedia,
): Media {
  for (const { media: id } of sender.subscriptions) {
    const other = call.medias[id]!;
    if (other.monologue !== receiver.id || other.type !== sender.type) continue;
    if (sender.mediaId !== undefined && other.mediaId !== undefined && sender.mediaId !== other.mediaId)
      continue;
    return other;
  }
  return mediaFor(call, receiver, signalled, new Set());
}

function addMedia(call: Call, monologue: Monologue, signalled: SignalledMedia): Media {
  if (call.medias.length >= MAX_SECTIONS_EVER) throw CALL_ERRORS.tooManySections(MAX_SECTIONS_EVER);
  const media: Media = {
    id: call.medias.length,
    monologue: monologue.id,
    index: signalled.index,
    type: signalled.type,
    protocol: "",
    formats: [],
    mediaId: undefined,
    label: undefined,
    family: undefined,
    interfaceName: undefined,
    portMaps: [],
    portMap: -1,
    streams: [newStream(1), newStream(2)],
    subscriptions: [],
    codecs: [],
    offeredCodecs: [],
    ptimeMs: 0,
    maxPtimeMs: 0,
    isSend: true,
    isRecv: true,
    usesRtcpMux: false,
    overridesRtcpMux: false,
    isAsymmetric: false,
    isUnidirectional: false,
    isInitialized: false,
    isLoopChecked: false,
    echo: "none",
    extensions: [],
    isExtmapShort: false,
    information: undefined,
    bandwidths: [],
    lines: [],
    attributes: [],
    originalAttributes: undefined,
    originalEndpoint: undefined,
  };
  call.medias.push(media);
  while (monologue.medias.length < signalled.index) monologue.medias.push(-1);
  monologue.medias[signalled.index - 1] = media.id;
  return media;
}

function newStream(component: 1 | 2): Stream {
  return {
    component,
    endpoint: undefined,
    receivedFrom: undefined,
    learning: "off",
    isStrict: false,
    allowsHandover: false,
    piercesNat: false,
    waitsForPeer: false,
    isImplicit: true,
    endpointEpoch: 0,
    latchEpoch: 0,
    showsZeroAddress: false,
  };
}

/** Takes over what a party says of its own section. */
export function updateSender(sender: Media, signalled: SignalledMedia, flags: NgFlags): void {
  sender.protocol = signalled.protocol?.name ?? signalled.protocolText;
  sender.formats = signalled.formats;
  sender.attributes = signalled.attributes;
  sender.bandwidths = signalled.bandwidths;
  sender.information = signalled.information;
  sender.lines = signalled.lines;
  sender.family = signalled.rtp.family;
  const isRelayed = signalled.protocol !== undefined;
  sender.originalAttributes =
    isRelayed && signalled.protocol?.isRtp ? undefined : signalled.originalAttributes;
  sender.originalEndpoint = isRelayed ? undefined : signalled.originalEndpoint;
  if (signalled.ptimeMs > 0) sender.ptimeMs = signalled.ptimeMs;
  sender.maxPtimeMs = signalled.maxPtimeMs;
  sender.extensions = signalled.extensions;
  sender.isRecv = signalled.sends;
  sender.isSend = signalled.receives;
  sender.isInitialized = true;
  if (flags.originalSendrecv && signalled.directionAttribute) {
    sender.attributes = [...sender.attributes, signalled.directionAttribute];
  }
  if (signalled.rtp.port === 0) return;
  sender.usesRtcpMux = signalled.usesRtcpMux;
  sender.isAsymmetric = flags.asymmetric;
  sender.isUnidirectional = flags.unidirectional;
  sender.isExtmapShort = signalled.isExtmapShort;
}

/** Prepares the other side of it: what that party will be shown and asked for. */
export function updateReceiver(
  receiver: Media,
  sender: Media,
  signalled: SignalledMedia,
  flags: NgFlags,
  isOffer: boolean,
): void {
  receiver.type = sender.type;
  if (isOffer || receiver.protocol === "") receiver.protocol = sender.protocol;
  if (receiver.protocol === sender.protocol) receiver.formats = sender.formats;
  if (receiver.mediaId === undefined && isOffer) {
    receiver.mediaId = sender.mediaId ?? (flags.generateMid ? String(receiver.index) : undefined);
  }
  if (signalled.label !== undefined) receiver.label = signalled.label;
  receiver.family ??= sender.family;
  if (flags.addressFamily !== undefined) receiver.family = flags.addressFamily;
  if (signalled.ptimeMs > 0) receiver.ptimeMs = signalled.ptimeMs;
  receiver.maxPtimeMs = signalled.maxPtimeMs;
  receiver.extensions = withoutStripped(sender.extensions, flags.stripExtmap);
  receiver.isSend = signalled.sends;
  receiver.isRecv = signalled.receives;
}

/** `strip-extmap`: `all`, or the URIs to leave out. */
function withoutStripped(
  extensions: readonly HeaderExtension[],
  stripped: readonly string[],
): readonly HeaderExtension[] {
  if (stripped.length === 0) return extensions;
  if (stripped.includes("all")) return [];
  return extensions.filter(({ value }) => !stripped.includes(value.trim().split(/\s/)[0] ?? ""));
}

/** What the streams of a section learn from SDP and flags. */
export interface StreamOptions {
  readonly learning: EndpointLearning;
  readonly flags: NgFlags;
  readonly receivedFrom: Address | undefined;
}

/** Tells the streams of a section where their peer wants to receive. */
export function updateStreams(sender: Media, signalled: SignalledMedia, options: StreamOptions): void {
  const [rtp, rtcp] = sender.streams as [Stream, Stream];
  const implicit: Endpoint = { ...signalled.rtp, port: Math.min(signalled.rtp.port + 1, 65535) };
  updateStream(rtp, signalled.rtp, sender, options);
  updateStream(rtcp, signalled.rtcp ?? implicit, sender, options);
  rtcp.isImplicit = signalled.rtcp === undefined;
}

function updateStream(
  stream: Stream,
  endpoint: Endpoint,
  media: Media,
  { learning, flags, receivedFrom }: StreamOptions,
): void {
  if (receivedFrom) stream.receivedFrom = receivedFrom;
  stream.isStrict = flags.strictSource;
  stream.allowsHandover = flags.mediaHandover;
  if (sameEndpoint(stream.endpoint, endpoint)) return;
  const socketFamily = media.portMaps[media.portMap]?.family;
  // The port in use cannot send there; keep the endpoint it can reach.
  if (stream.endpoint && socketFamily !== undefined && socketFamily !== endpoint.family) return;
  stream.endpoint = endpoint;
  stream.endpointEpoch++;
  stream.learning = flags.endpointLearning ?? learning;
  if (flags.pierceNat) stream.piercesNat = true;
  if (flags.natWait) stream.waitsForPeer = true;
}

/** After signalling, sources may be learned anew (upstream: unconfirm). */
export function unconfirm(call: Call, monologue: Monologue): void {
  for (const media of mediasOf(call, monologue)) for (const stream of media.streams) stream.latchEpoch++;
}

/** Old-style hold: a zero address on one side shows as a zero address on the other (RFC 3264 §8.4). */
export function propagateZeroAddress(
  receiver: Media,
  sender: Media,
  signalled: SignalledMedia,
  flags: NgFlags,
): void {
  const isZero = signalled.isHeldByAddress;
  if (isZero) {
    receiver.isRecv = false;
    sender.isSend = false;
  }
  for (const stream of receiver.streams) stream.showsZeroAddress = isZero && !flags.replace.zeroAddress;
  for (const stream of sender.streams) stream.showsZeroAddress = false;
}

/** Applies `media-echo`: the sender's packets come back, vanish, or both sides do. */
export function updateEcho(receiver: Media, sender: Media, flags: NgFlags): void {
  switch (flags.mediaEcho) {
    case "forward":
      sender.echo = "blackhole";
      receiver.echo = "echo";
      break;
    case "backward":
      sender.echo = "echo";
      receiver.echo = "blackhole";
      break;
    case "both":
      sender.echo = "echo";
      receiver.echo = "echo";
      break;
    case "blackhole":
      sender.echo = "blackhole";
      receiver.echo = "blackhole";
      break;
    default:
  }
}

/** Whether a section's protocol is one whose packets we relay as RTP. */
export function isRtpMedia(media: Media): boolean {
  return transportProtocol(media.protocol)?.isRtp === true;
}
