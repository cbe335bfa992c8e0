import type { Endpoint } from "../base/endpoint.ts";
import { isDictionary, type NgDictionary, type NgValue } from "../wire/ng/value.ts";

/** One port of a call, as `query` and `delete` describe it. Counters are 0 where the engine says nothing. */
export interface StreamReading {
  /** The engine's own port. */
  readonly local: Endpoint | undefined;
  /** Where the party's packets come from, or are expected from. */
  readonly endpoint: Endpoint | undefined;
  /** What the party's SDP said. */
  readonly advertisedEndpoint: Endpoint | undefined;
  /** `RTP`, `RTCP`, `confirmed`, `kernelized`, … */
  readonly flags: readonly string[];
  /** Unix time, seconds; 0: none came. */
  readonly lastPacketSeconds: number;
  /** From the party. */
  readonly packets: number;
  readonly bytes: number;
  readonly errors: number;
  /** To the party. */
  readonly packetsOut: number;
  readonly bytesOut: number;
}

/** One media section of a party. */
export interface MediaReading {
  readonly index: number;
  readonly type: string;
  readonly codec: string | undefined;
  readonly flags: readonly string[];
  /** RTP, then RTCP. */
  readonly streams: readonly StreamReading[];
}

/** One party of a call ("monologue"). */
export interface PartyReading {
  readonly tag: string;
  readonly medias: readonly MediaReading[];
}

/** A call as `query` and `delete` describe it. */
export interface CallReading {
  /** Unix time, seconds; 0 where the engine says nothing. */
  readonly createdSeconds: number;
  readonly parties: readonly PartyReading[];
  /** The reply itself, with all that has no field here. */
  readonly raw: NgDictionary;
}

/** Reads the reply of `query` or `delete`; tolerates whatever is missing. */
export function readCall(raw: NgDictionary): CallReading {
  const parties = Object.entries(dictionaryOf(raw.tags)).map(([tag, party]) => ({
    tag,
    medias: listOf(dictionaryOf(party).medias).map(readMedia),
  }));
  return { createdSeconds: numberOf(raw.created), parties, raw };
}

function readMedia(value: NgValue): MediaReading {
  const media = dictionaryOf(value);
  return {
    index: numberOf(media.index),
    type: textOf(media.type) ?? "",
    codec: textOf(media.codec),
    flags: wordsOf(media.flags),
    streams: listOf(media.streams).map(readStream),
  };
}

function readStream(value: NgValue): StreamReading {
  const stream = dictionaryOf(value);
  const [stats, statsOut] = [dictionaryOf(stream.stats), dictionaryOf(stream.stats_out)];
  return {
    local: readEndpoint({
      address: stream["local address"] ?? "",
      port: stream["local port"] ?? 0,
      family: stream.family ?? "",
    }),
    endpoint: readEndpoint(dictionaryOf(stream.endpoint)),
    advertisedEndpoint: readEndpoint(dictionaryOf(stream["advertised endpoint"])),
    flags: wordsOf(stream.flags),
    lastPacketSeconds: numberOf(stream["last packet"]),
    packets: numberOf(stats.packets),
    bytes: numberOf(stats.bytes),
    errors: numberOf(stats.errors),
    packetsOut: numberOf(statsOut.packets),
    bytesOut: numberOf(statsOut.bytes),
  };
}

function readEndpoint(dictionary: NgDictionary): Endpoint | undefined {
  const address = textOf(dictionary.address);
  const port = numberOf(dictionary.port);
  if (address === undefined || address === "" || port === 0) return undefined;
  return { family: address.includes(":") ? 6 : 4, address, port };
}

function dictionaryOf(value: NgValue | undefined): NgDictionary {
  return isDictionary(value) ? value : {};
}

function listOf(value: NgValue | undefined): readonly NgValue[] {
  return Array.isArray(value) ? value : [];
}

function wordsOf(value: NgValue | undefined): readonly string[] {
  return listOf(value).filter((item) => typeof item === "string");
}

function numberOf(value: NgValue | undefined): number {
  return typeof value === "number" ? value : 0;
}

function textOf(value: NgValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
