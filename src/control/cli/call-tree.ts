import type { Micros } from "../../base/brand.ts";
import type { Call } from "../../call/model.ts";
import { subscribersOf } from "../../call/negotiate/subscriptions.ts";
import type { CallReport, MediaReport, PartyReport, StreamReport } from "../../engine/index.ts";
import { KERNEL_REFUSALS, type KernelRefusal } from "../../flow/reasons.ts";
import { codecInUse } from "../commands/query.ts";
import { type CliContext, shown } from "./command.ts";

/** A call as `list sessions CALLID` shows it. */
export interface CallDescription {
  readonly callid: string;
  readonly deletionmark: boolean;
  /** Unix seconds. */
  readonly created: number;
  readonly proxy: string;
  readonly tos: number;
  readonly last_signal: number;
  readonly foreign: boolean;
  readonly recording: boolean;
  readonly debug: boolean;
  readonly tags: readonly TagDescription[];
}

/** A party of it. */
export interface TagDescription {
  readonly tag: string;
  readonly type: "FROM_TAG" | "TO_TAG";
  readonly label: string;
  readonly branch: string;
  readonly duration: number;
  readonly aliases: readonly string[];
  readonly subscribed_to: readonly Related[];
  readonly subscriptions_of: readonly Related[];
  readonly medias: readonly MediaDescription[];
}

interface Related {
  readonly [key: string]: string | number;
  readonly tag: string;
  readonly index: number;
}

interface MediaDescription {
  readonly index: number;
  readonly type: string;
  readonly protocol: string;
  readonly codec: string | null;
  readonly streams: readonly StreamDescription[];
}

interface StreamDescription {
  readonly local_address: string;
  readonly local_port: number;
  readonly address: string;
  readonly port: number;
  readonly rtcp: boolean;
  readonly ssrc: string;
  readonly packets: number;
  readonly bytes: number;
  readonly errors: number;
  /** Unix seconds; 0: never. */
  readonly last_user_packet: number;
  readonly last_kernel_packet: number;
  readonly tier: string;
  /** Why the kernel does not carry it; null when it does. */
  readonly not_in_kernel: KernelRefusal | null;
}

type Clock = Pick<CliContext, "unixMicros" | "now">;

/** Describes a call. */
export function describeCallTree(report: CallReport, clock: Clock): CallDescription {
  const { call } = report;
  return {
    callid: call.callId,
    deletionmark: call.deleteAt !== undefined,
    created: unixSeconds(call.createdAt, clock),
    proxy: call.createdFrom,
    tos: call.tos,
    last_signal: unixSeconds(call.lastSignalAt, clock),
    foreign: false,
    recording: false,
    debug: call.isDebugged,
    tags: report.parties.map((party) => describeTag(call, party, clock)),
  };
}

function unixSeconds(at: Micros, { unixMicros }: Clock): number {
  return Math.floor(unixMicros(at) / 1e6);
}

/** Describes one party of a call. */
export function describeTag(call: Call, { monologue, medias }: PartyReport, clock: Clock): TagDescription {
  const related = (id: number): Related => {
    const media = call.medias[id]!;
    return { tag: call.monologues[media.monologue]?.tag ?? "", index: media.index };
  };
  return {
    tag: monologue.tag ?? "",
    type: monologue.id === 0 ? "FROM_TAG" : "TO_TAG",
    label: monologue.label ?? "",
    branch: monologue.viaBranch ?? "",
    duration: (clock.now() - monologue.createdAt) / 1e6,
    aliases: monologue.tagAliases,
    subscribed_to: medias.flatMap(({ media }) => media.subscriptions.map((one) => related(one.media))),
    subscriptions_of: medias.flatMap(({ media }) => subscribersOf(call, media).map(({ id }) => related(id))),
    medias: medias.map((media) => describeMedia(media, clock)),
  };
}

function describeMedia({ media, streams }: MediaReport, clock: Clock): MediaDescription {
  const isMuxed = media.usesRtcpMux;
  return {
    index: media.index,
    type: media.type,
    protocol: media.protocol === "" ? "(unknown)" : media.protocol,
    codec: codecInUse(media, streams[0]!.reading.sources) ?? null,
    streams: streams
      .filter(({ stream, socket }) => socket !== undefined && !(isMuxed && stream.component === 2))
      .map((stream) => describeStream(stream, clock)),
  };
}

function describeStream(
  { stream, socket, endpoint, reading }: StreamReport,
  clock: Clock,
): StreamDescription {
  const last = reading.lastSeen === 0 ? 0 : unixSeconds(reading.lastSeen, clock);
  const isKernel = reading.tier === "kernel";
  return {
    local_address: socket!.address,
    local_port: socket!.port,
    address: endpoint?.address ?? "",
    port: endpoint?.port ?? 0,
    rtcp: stream.component === 2,
    ssrc: (reading.sources[0]?.ssrc ?? 0).toString(16),
    packets: reading.packetsIn,
    bytes: reading.bytesIn,
    errors: reading.drops.reduce((sum, count) => sum + count, 0),
    last_user_packet: isKernel ? 0 : last,
    last_kernel_packet: isKernel ? last : 0,
    tier: reading.tier,
    not_in_kernel: reading.kernelRefusal ?? null,
  };
}

const yesNo = (value: boolean): string => (value ? "yes" : "no");

/** The tree as upstream prints it: call, tags, media, streams. */
export function printCallTree(call: CallDescription): string[] {
  return [
    "",
    `callid: ${shown(call.callid)}`,
    `deletionmark: ${yesNo(call.deletionmark)}`,
    `created: ${call.created}`,
    `proxy: ${shown(call.proxy)}`,
    `tos: ${call.tos}`,
    `last_signal: ${call.last_signal}`,
    "redis_keyspace: -1",
    "last redis update: 0",
    `foreign: ${yesNo(call.foreign)}`,
    `recording: ${yesNo(call.recording)}`,
    "",
    ...call.tags.flatMap(printTag),
    "",
  ];
}

/** One party of the tree. */
export function printTag(tag: TagDescription): string[] {
  const lines = [
    `--- Tag '${shown(tag.tag)}', type: ${tag.type}, label '${shown(tag.label)}', branch '${shown(tag.branch)}', callduration ${tag.duration.toFixed(6)}`,
  ];
  if (tag.aliases.length > 0) {
    lines.push(`---     Aliases: ${tag.aliases.map((alias) => `'${shown(alias)}'`).join(", ")}`);
  }
  for (const other of tag.subscribed_to) {
    lines.push(
      `---     subscribed to media with monologue tag '${shown(other.tag)}' (index: ${other.index})`,
    );
  }
  for (const other of tag.subscriptions_of) {
    lines.push(
      `---     subscription of media with monologue tag '${shown(other.tag)}' (index: ${other.index})`,
    );
  }
  return [...lines, ...tag.medias.flatMap(printMedia)];
}

function printMedia(media: MediaDescription): string[] {
  const codec = media.codec ?? "unknown codec";
  return [
    `------ Media #${media.index} (${shown(media.type)} over ${shown(media.protocol)}) using ${shown(codec)}`,
    ...media.streams.flatMap(printStream),
  ];
}

function printStream(stream: StreamDescription): string[] {
  const local = `${stream.local_address.padStart(15)}:${String(stream.local_port).padEnd(5)}`;
  const remote = `${stream.address.padStart(15)}:${String(stream.port).padEnd(5)}`;
  const counts = `${stream.packets} p, ${stream.bytes} b, ${stream.errors} e`;
  const times = `${stream.last_user_packet} uts ${stream.last_kernel_packet} kts`;
  const why =
    stream.not_in_kernel === null ? "" : `, not the kernel: ${KERNEL_REFUSALS[stream.not_in_kernel]}`;
  return [
    `-------- Port ${local} <> ${remote}${stream.rtcp ? " (RTCP)" : ""}, SSRC ${stream.ssrc}, ${counts}, ${times}`,
    `---------- carried by: ${stream.tier}${why}`,
  ];
}
