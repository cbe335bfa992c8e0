import type { Micros } from "../base/brand.ts";
import { isUnspecified } from "../base/endpoint.ts";
import type { Flow, Sink } from "../flow/flow.ts";
import type { ReservedSocket } from "../flow/reservation.ts";
import { type InterfaceTable, isReachable } from "./interfaces.ts";
import type { Call, Media, Stream } from "./model.ts";
import { subscribersByMedia } from "./negotiate/subscriptions.ts";
import { transportProtocol } from "./protocols.ts";

/** How long after signalling a source is not final yet (upstream's figure; its documents state it). */
const CONFIRM_AFTER_MICROS = 3_000_000;

/** The flows of a call as it stands: one for each port it holds. */
export function flowsOf(call: Call, interfaces: InterfaceTable): Flow[] {
  const flows: Flow[] = [];
  const origin = { call, interfaces, subscribers: subscribersByMedia(call) };
  for (const media of call.medias) {
    media.portMaps.forEach((map, at) => {
      map.sockets.forEach((socket, component) => {
        flows.push(flowOf(origin, media, socket, component === 0 ? 0 : 1, at === media.portMap));
      });
    });
  }
  return flows;
}

/** What every flow of a call is made of. */
interface Source {
  readonly call: Call;
  readonly interfaces: InterfaceTable;
  /** By `MediaId`: the medias that receive what it sends. */
  readonly subscribers: readonly (readonly Media[])[];
}

function flowOf(
  origin: Source,
  media: Media,
  socket: ReservedSocket,
  component: 0 | 1,
  isCurrent: boolean,
): Flow {
  const { call } = origin;
  const stream = media.streams[component]!;
  const isRtp = transportProtocol(media.protocol)?.isRtp === true;
  const isRejected = media.portMap < 0;
  return {
    flowId: socket.flowId,
    generation: call.revision,
    callId: call.callId,
    local: socket,
    content: isRtp ? "rtp" : "opaque",
    detectsLoops: media.isLoopChecked,
    source: sourceOf(origin, media, stream, socket, isCurrent),
    payloadTypes: {
      known: media.codecs.map(({ payloadType }) => payloadType),
      clockRatesHz: media.codecs.map(({ clockRateHz }) => clockRateHz),
      blocksUnknown: false,
    },
    sinks: isRejected || call.dropsTraffic ? [] : sinksOf(origin, media, isRtp, component),
    needs: [],
  };
}

function sourceOf(
  { call, interfaces }: Source,
  media: Media,
  stream: Stream,
  socket: ReservedSocket,
  isCurrent: boolean,
): Flow["source"] {
  const { endpoint } = stream;
  const isKnown = endpoint !== undefined && !isUnspecified(endpoint) && endpoint.port !== 0;
  return {
    ...(isKnown && { expected: endpoint }),
    ...(stream.receivedFrom && { receivedFrom: stream.receivedFrom }),
    // Before a party has said where it is, and on ports it has been moved away from, nothing is learned.
    learning: endpoint === undefined || !isCurrent ? "off" : stream.learning,
    isStrict: stream.isStrict,
    allowsHandover: stream.allowsHandover,
    isAsymmetric: media.isAsymmetric,
    confirmFrom: (call.lastSignalAt + CONFIRM_AFTER_MICROS) as Micros,
    isExpectedReachable:
      isKnown && isReachable(endpoint, socket.media) && interfaces.maySend(socket.media, endpoint),
    latchEpoch: stream.latchEpoch,
    endpointEpoch: stream.endpointEpoch,
  };
}

function sinksOf(origin: Source, media: Media, isRtp: boolean, component: 0 | 1): Sink[] {
  if (media.echo === "blackhole") return [];
  const targets = media.echo === "echo" ? [media] : origin.subscribers[media.id]!;
  const sinks: Sink[] = [];
  for (const target of targets) {
    if (!isRtp) {
      pushSink(sinks, origin, target, component, "both");
      continue;
    }
    if (component === 0 && (target.isSend || media.echo === "echo"))
      pushSink(sinks, origin, target, 0, "rtp");
    // RTCP may come in on either port, announced or not; it leaves where that party wants it.
    pushSink(sinks, origin, target, target.usesRtcpMux ? 0 : 1, "rtcp");
  }
  return sinks;
}

function pushSink(
  sinks: Sink[],
  { call, interfaces }: Source,
  target: Media,
  component: 0 | 1,
  carries: Sink["carries"],
): void {
  const sockets = target.portMaps[target.portMap]?.sockets;
  const from = sockets?.[component] ?? sockets?.[0];
  if (!from) return;
  const stream = target.streams[component]!;
  // Whoever shows a zero address wants nothing (RFC 3264 §8.4).
  if (stream.endpoint && isUnspecified(stream.endpoint)) return;
  const { endpoint } = stream;
  const to =
    endpoint && endpoint.port !== 0 && interfaces.maySend(from.media, endpoint) ? endpoint : undefined;
  sinks.push({
    carries,
    from,
    follows: from.flowId,
    ...(to && { to }),
    tos: call.tos,
    waitsForPeer: stream.waitsForPeer,
    blockedPayloadTypes: [],
  });
}
