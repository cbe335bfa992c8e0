import type { Endpoint } from "../../base/endpoint.ts";
import { partnerOf } from "../../call/dialogue.ts";
import { CALL_ERRORS } from "../../call/errors.ts";
import type { Call, Media, Monologue } from "../../call/model.ts";
import { subscribersOf } from "../../call/negotiate/subscriptions.ts";
import type { SourceReading } from "../../dataplane/index.ts";
import type { CallReport, MediaReport, PartyReport, StreamReport } from "../../engine/index.ts";
import type { NgDictionary } from "../../wire/ng/value.ts";
import type { Command, CommandContext } from "./command.ts";

/** `query`: everything known of a call, or of the party a tag names and its partner. */
export const query: Command = (request, context) => {
  if (!request.callId) throw CALL_ERRORS.noCallId();
  const call = context.engine.find(request.callId);
  if (!call) throw CALL_ERRORS.unknownCall();
  return describeCall(context.engine.report(call), request, context);
};

/** The dictionary that `query` and `delete` answer with; keys and shape are upstream's. */
export function describeCall(
  report: CallReport,
  keys: { readonly fromTag?: string | undefined; readonly toTag?: string | undefined },
  { unixMicros }: Pick<CommandContext, "unixMicros">,
): NgDictionary {
  const { call } = report;
  const created = unixMicros(call.createdAt);
  const sources: NgDictionary = {};
  // A tag may be called `__proto__`.
  const tags: NgDictionary = Object.create(null) as NgDictionary;
  const totals = { rtp: noTotals(), rtcp: noTotals() };
  for (const party of selectParties(report, keys.toTag || keys.fromTag)) {
    const name = party.monologue.tag ?? `<untagged ${party.monologue.id}>`;
    tags[name] = describeParty(call, party, unixMicros, sources, totals);
  }
  return {
    created: seconds(created),
    created_us: Math.floor(created) % 1_000_000,
    created_ts: Math.floor(created),
    "last signal": seconds(unixMicros(call.lastSignalAt)),
    ...(call.metadata !== undefined && { metadata: call.metadata }),
    SSRC: sources,
    tags,
    totals: { RTP: totals.rtp, RTCP: totals.rtcp },
  };
}

interface Totals {
  [key: string]: number;
  packets: number;
  bytes: number;
  errors: number;
}

const noTotals = (): Totals => ({ packets: 0, bytes: 0, errors: 0 });

const seconds = (micros: number): number => Math.floor(micros / 1e6);

function selectParties(report: CallReport, tag: string | undefined): readonly PartyReport[] {
  if (!tag) return report.parties;
  const party = report.parties.find(
    ({ monologue }) => monologue.tag === tag || monologue.tagAliases.includes(tag),
  );
  if (!party) return [];
  const partner = partnerOf(report.call, party.monologue);
  return report.parties.filter(({ monologue }) => monologue === party.monologue || monologue === partner);
}

function describeParty(
  call: Call,
  { monologue, medias }: PartyReport,
  unixMicros: (at: number) => number,
  sources: NgDictionary,
  totals: { rtp: Totals; rtcp: Totals },
): NgDictionary {
  return {
    tag: monologue.tag ?? "",
    ...(monologue.viaBranch !== undefined && { "via-branch": monologue.viaBranch }),
    ...(monologue.tagAliases.length > 0 && { "tag-aliases": [...monologue.tagAliases] }),
    ...(monologue.label !== undefined && { label: monologue.label }),
    created: seconds(unixMicros(monologue.createdAt)),
    subscriptions: related(call, medias, (media) =>
      media.subscriptions.map((sub) => call.medias[sub.media]!),
    ),
    subscribers: related(call, medias, (media) => subscribersOf(call, media)),
    medias: medias.map((media) => describeMedia(media, unixMicros, sources, totals)),
  };
}

function related(call: Call, medias: readonly MediaReport[], of: (media: Media) => Media[]): NgDictionary[] {
  const seen = new Set<Monologue>();
  for (const { media } of medias) {
    for (const other of of(media)) {
      const monologue = call.monologues[other.monologue];
      if (monologue) seen.add(monologue);
    }
  }
  return [...seen].map(({ tag }) => ({ tag: tag ?? "", type: "offer/answer" }));
}

function describeMedia(
  { media, streams }: MediaReport,
  unixMicros: (at: number) => number,
  sources: NgDictionary,
  totals: { rtp: Totals; rtcp: Totals },
): NgDictionary {
  const heard = streams[0]!.reading.sources;
  for (const source of heard) sources[String(source.ssrc)] = describeSource(source);
  const codec = codecInUse(media, heard);
  return {
    index: media.index,
    type: media.type,
    protocol: media.protocol,
    ...(codec !== undefined && { codec }),
    streams: streams.map((stream) => describeStream(media, stream, unixMicros, totals)),
    flags: mediaFlags(media),
    "ingress SSRCs": heard.map((source) => ({ SSRC: source.ssrc, ...describeSource(source) })),
    "egress SSRCs": [],
  };
}

/** The codec heard last; the negotiated one before anything was heard is not known to be in use. */
export function codecInUse(media: Media, heard: readonly SourceReading[]): string | undefined {
  const last = heard.reduce<SourceReading | undefined>(
    (latest, source) => (latest && latest.lastSeen > source.lastSeen ? latest : source),
    undefined,
  );
  return last && media.codecs.find(({ payloadType }) => payloadType === last.lastPayloadType)?.rtpmap;
}

function mediaFlags(media: Media): string[] {
  const flags: string[] = [];
  if (media.isInitialized) flags.push("initialized");
  if (media.isAsymmetric) flags.push("asymmetric");
  if (media.isSend) flags.push("send");
  if (media.isRecv) flags.push("recv");
  if (media.usesRtcpMux) flags.push("rtcp-mux");
  if (media.isUnidirectional) flags.push("unidirectional");
  if (media.isLoopChecked) flags.push("loop check");
  if (media.echo === "echo") flags.push("echo");
  if (media.echo === "blackhole") flags.push("blackhole");
  return flags;
}

function describeStream(
  media: Media,
  { stream, socket, endpoint, reading }: StreamReport,
  unixMicros: (at: number) => number,
  totals: { rtp: Totals; rtcp: Totals },
): NgDictionary {
  const errors = reading.drops.reduce((sum, count) => sum + count, 0);
  const sum = stream.component === 1 ? totals.rtp : totals.rtcp;
  sum.packets += reading.packetsIn;
  sum.bytes += reading.bytesIn;
  sum.errors += errors;
  const flags: string[] = [];
  if (stream.component === 1) flags.push("RTP");
  if (stream.component === 2 || media.usesRtcpMux) flags.push("RTCP");
  if (stream.component === 2 && media.usesRtcpMux) flags.push("fallback RTCP");
  if (stream.endpoint) flags.push("filled");
  if (reading.isConfirmed) flags.push("confirmed");
  if (reading.tier === "kernel") flags.push("kernelized");
  if (stream.isStrict) flags.push("strict source address");
  if (stream.allowsHandover) flags.push("media handover");
  const lastPacket = reading.lastSeen === 0 ? 0 : seconds(unixMicros(reading.lastSeen));
  const first = reading.sources[0];
  return {
    ...(socket && {
      "local port": socket.port,
      "local address": socket.address,
      family: `IPv${socket.family}`,
    }),
    endpoint: describeEndpoint(endpoint),
    "advertised endpoint": describeEndpoint(stream.endpoint),
    "last packet": lastPacket,
    "last kernel packet": reading.tier === "kernel" ? lastPacket : 0,
    "last user packet": reading.tier === "kernel" ? 0 : lastPacket,
    ...(first && { SSRC: first.ssrc }),
    flags,
    stats: { packets: reading.packetsIn, bytes: reading.bytesIn, errors },
    stats_out: { packets: reading.packetsOut, bytes: reading.bytesOut, errors: 0 },
  };
}

function describeEndpoint(endpoint: Endpoint | undefined): NgDictionary {
  if (!endpoint) return {};
  return { family: `IPv${endpoint.family}`, address: endpoint.address, port: endpoint.port };
}

function describeSource(source: SourceReading): NgDictionary {
  return {
    bytes: source.bytes,
    packets: source.packets,
    "last RTP timestamp": source.lastTimestamp,
    "last RTP seq": source.extendedHighestSequenceNumber,
    "cumulative loss": source.lost,
  };
}
