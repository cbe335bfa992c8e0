import type { Micros } from "../base/brand.ts";
import type { Endpoint } from "../base/endpoint.ts";
import type { Call, Media, Monologue, Stream } from "../call/model.ts";
import type { Dataplane, FlowReading } from "../dataplane/index.ts";
import type { ReservedSocket } from "../flow/reservation.ts";

/** A call with what its packets have done so far; the source of `query`, `list sessions` and call records. */
export interface CallReport {
  readonly call: Call;
  readonly parties: readonly PartyReport[];
}

export interface PartyReport {
  readonly monologue: Monologue;
  readonly medias: readonly MediaReport[];
}

export interface MediaReport {
  readonly media: Media;
  readonly streams: readonly StreamReport[];
}

export interface StreamReport {
  readonly stream: Stream;
  /** Undefined for a rejected section. */
  readonly socket: ReservedSocket | undefined;
  /** Where packets go now: learned, else signalled. */
  readonly endpoint: Endpoint | undefined;
  readonly reading: FlowReading;
}

const NO_READING: FlowReading = {
  packetsIn: 0,
  bytesIn: 0,
  packetsOut: 0,
  bytesOut: 0,
  drops: [],
  firstSeen: 0 as Micros,
  lastSeen: 0 as Micros,
  isConfirmed: false,
  sources: [],
  tier: "none",
};

/** Reads the counters of a call. */
export function reportCall(call: Call, dataplane: Pick<Dataplane, "read">): CallReport {
  const parties: PartyReport[] = [];
  for (const monologue of call.monologues) {
    if (!monologue) continue;
    const medias = monologue.medias.filter((id) => id >= 0).map((id) => call.medias[id]!);
    parties.push({ monologue, medias: medias.map((media) => reportMedia(media, dataplane)) });
  }
  return { call, parties };
}

function reportMedia(media: Media, dataplane: Pick<Dataplane, "read">): MediaReport {
  const sockets = media.portMaps[media.portMap]?.sockets ?? [];
  return {
    media,
    streams: media.streams.map((stream) => {
      const socket = sockets[stream.component - 1];
      const reading = socket ? dataplane.read(socket.flowId) : NO_READING;
      return { stream, socket, endpoint: reading.learned ?? stream.endpoint, reading };
    }),
  };
}
