import type { Micros } from "../base/brand.ts";
import { formatEndpoint } from "../base/endpoint.ts";
import type { Call, Media } from "../call/model.ts";
import type { Dataplane, FastpathReading, TotalsReading } from "../dataplane/index.ts";
import type { Engine } from "../engine/index.ts";
import { newQualitySamples, qualityOf } from "../observe/quality.ts";
import type { RateMeter, TieredTraffic } from "../observe/rates.ts";
import type {
  FastpathSnapshot,
  InterfaceSnapshot,
  SessionCounts,
  Snapshot,
  WorstStream,
} from "../observe/snapshot.ts";
import { interfaceKey, type Statistics } from "../observe/statistics.ts";

/** What a snapshot is taken of. */
export interface SnapshotParts {
  readonly engine: Engine;
  readonly dataplane: Dataplane;
  readonly statistics: Statistics;
  readonly rates: RateMeter;
  readonly now: () => Micros;
  readonly startedAt: Micros;
  readonly version: string;
  readonly processId: number;
}

/** A stream counts as active so long after its last packet. */
const ACTIVE_MICROS = 5_000_000;
const WORST_STREAMS = 10;
/** So many streams are judged for the worst; of more calls, those that began first. */
const MAX_JUDGED_STREAMS = 2000;

/** Reads everything that figures are made of. */
export function takeSnapshot(parts: SnapshotParts): Snapshot {
  const { engine, dataplane, statistics, rates } = parts;
  const now = parts.now();
  const calls = [...engine.calls()];
  const totals = dataplane.totals();
  const hasKernel = totals.kernel.packets > 0;
  return {
    version: parts.version,
    processId: parts.processId,
    isDraining: engine.isDraining,
    uptimeSeconds: (now - parts.startedAt) / 1e6,
    sessions: countSessions(calls),
    streams: countStreams(calls, dataplane, now, hasKernel),
    rates: rates.rates,
    totals: tieredTotals(totals),
    drops: totals.drops,
    statistics,
    interfaces: dataplane.interfaces().map((reading) => interfaceSnapshot(reading, statistics)),
    workers: dataplane.workers(),
    fastpath: fastpathSnapshot(dataplane.fastpath()),
    worstStreams: worstStreams(calls, engine),
  };
}

/** Totals of the data plane by tier. */
export function tieredTotals({ packets, bytes, errors, kernel }: TotalsReading): TieredTraffic {
  return {
    user: {
      packets: packets - kernel.packets,
      bytes: bytes - kernel.bytes,
      errors: errors - kernel.errors,
    },
    kernel,
  };
}

/** Counts calls by owner and by the IP versions of their parties. */
export function countSessions(calls: readonly Call[]): SessionCounts {
  const counts = { own: calls.length, foreign: 0, ipv4: 0, ipv6: 0, mixed: 0 };
  for (const call of calls) {
    const families = familiesOf(call);
    if (families === undefined) continue;
    if (families.size > 1) counts.mixed++;
    else if (families.has(4)) counts.ipv4++;
    else if (families.has(6)) counts.ipv6++;
  }
  return counts;
}

/** IP versions of a call's media; undefined while fewer than two parties have said where they are. */
function familiesOf(call: Call): ReadonlySet<number> | undefined {
  const families = new Set<number>();
  const parties = new Set<number>();
  for (const media of call.medias) {
    const { endpoint } = media.streams[0]!;
    if (!endpoint || !call.monologues[media.monologue]) continue;
    families.add(endpoint.family);
    parties.add(media.monologue);
  }
  return parties.size < 2 ? undefined : families;
}

function rtpSocketOf(media: Media): Media["portMaps"][number]["sockets"][number] | undefined {
  return media.portMaps[media.portMap]?.sockets[0];
}

function countStreams(
  calls: readonly Call[],
  dataplane: Dataplane,
  now: Micros,
  hasKernel: boolean,
): Snapshot["streams"] {
  let user = 0;
  let kernel = 0;
  for (const call of calls) {
    for (const media of call.medias) {
      const socket = rtpSocketOf(media);
      if (!socket) continue;
      const seen = dataplane.lastSeen(socket.flowId);
      if (seen === 0 || seen < now - ACTIVE_MICROS) continue;
      if (hasKernel && dataplane.read(socket.flowId).tier === "kernel") kernel++;
      else user++;
    }
  }
  return { user, kernel, mixed: 0 };
}

function fastpathSnapshot({ isActive, reason, flows, refusals }: FastpathReading): FastpathSnapshot {
  const byReason = Object.entries(refusals).map(([name, count]) => ({ reason: name, flows: count }));
  return { isActive, reason, flows, refusals: byReason };
}

function interfaceSnapshot(
  reading: ReturnType<Dataplane["interfaces"]>[number],
  statistics: Statistics,
): InterfaceSnapshot {
  const { media, ...rest } = reading;
  const { name, bind, portMin, portMax } = media;
  const quality = statistics.interfaceQuality.get(interfaceKey(name, bind.address)) ?? newQualitySamples();
  return { name, address: bind.address, family: bind.family, portMin, portMax, quality, ...rest };
}

/** The sources that lose most; those without loss by jitter. */
function worstStreams(calls: readonly Call[], engine: Engine): WorstStream[] {
  const worst: WorstStream[] = [];
  let judged = 0;
  for (const call of calls) {
    if (judged >= MAX_JUDGED_STREAMS) break;
    for (const { monologue, medias } of engine.report(call).parties) {
      for (const { media, streams } of medias) {
        const { endpoint, reading } = streams[0]!;
        for (const source of reading.sources) {
          judged++;
          const format = media.codecs.find(({ payloadType }) => payloadType === source.lastPayloadType);
          worst.push({
            callId: call.callId,
            tag: monologue.tag ?? "",
            address: endpoint ? formatEndpoint(endpoint) : "",
            ssrc: source.ssrc,
            packets: source.packets,
            tier: reading.tier,
            ...qualityOf(source, format?.clockRateHz),
          });
        }
      }
    }
  }
  worst.sort((a, b) => b.lossPercent - a.lossPercent || b.jitterMs - a.jitterMs);
  return worst.slice(0, WORST_STREAMS);
}
