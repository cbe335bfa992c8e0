import type { Micros } from "../base/brand.ts";
import type { FlowId } from "../flow/flow.ts";
import type { Call, Media, Stream } from "./model.ts";

/** Daemon-wide timeouts, microseconds; 0 switches one off. */
export interface Timeouts {
  /** No packet on any stream that should receive. */
  readonly timeoutMicros: number;
  /** The same where the party is on hold. */
  readonly silentMicros: number;
  /** The same where the party has not answered yet. */
  readonly offerMicros: number;
  /** Since the call began, whatever it does. */
  readonly finalMicros: number;
}

/** Why a call ended; metric label and CLI word. */
export type CloseReason =
  | "timeout"
  | "silent-timeout"
  | "offer-timeout"
  | "final-timeout"
  | "delete"
  | "terminated";

/** What is due on a call. */
export type Due =
  | { readonly kind: "nothing"; readonly nextCheck: Micros }
  /** Some parties' delete delay has run out. */
  | { readonly kind: "remove-parties"; readonly nextCheck: Micros }
  | { readonly kind: "close"; readonly reason: CloseReason };

/**
 * Looks what is due on a call.
 *
 * A call lives while one of its streams does: with packets within the timeout that fits the stream. Streams
 * on hold count only where there are no others.
 *
 * @param lastSeen when a packet was last accepted on a flow, 0 for never
 */
export function dueOn(call: Call, timeouts: Timeouts, lastSeen: (flow: FlowId) => Micros, now: Micros): Due {
  const { finalMicros } = timeouts;
  if (finalMicros > 0 && now >= call.createdAt + finalMicros)
    return { kind: "close", reason: "final-timeout" };
  if (call.deleteAt !== undefined && now >= call.deleteAt) return { kind: "close", reason: "delete" };
  const ends: number[] = [];
  if (finalMicros > 0) ends.push(call.createdAt + finalMicros);
  if (call.deleteAt !== undefined) ends.push(call.deleteAt);
  const partiesDue = earliestRemoval(call);
  if (partiesDue !== undefined) {
    if (now >= partiesDue) return { kind: "remove-parties", nextCheck: now };
    ends.push(partiesDue);
  }
  const life = lifeOf(call, timeouts, lastSeen);
  // While parties are being removed, their silence is expected.
  if (life && now >= life.until && partiesDue === undefined) return { kind: "close", reason: life.reason };
  if (life) ends.push(life.until);
  const soonest = Math.min(...ends, now + 60_000_000);
  return { kind: "nothing", nextCheck: Math.max(soonest, now + 100_000) as Micros };
}

function earliestRemoval(call: Call): Micros | undefined {
  let earliest: Micros | undefined;
  for (const monologue of call.monologues) {
    const at = monologue?.deleteAt;
    if (at !== undefined && (earliest === undefined || at < earliest)) earliest = at;
  }
  return earliest;
}

interface Life {
  readonly until: number;
  readonly reason: CloseReason;
}

/** Until when the streams of a call keep it alive, if nothing more comes; undefined: forever. */
function lifeOf(call: Call, timeouts: Timeouts, lastSeen: (flow: FlowId) => Micros): Life | undefined {
  let receiving: Life | undefined;
  let silent: Life | undefined;
  let isEndless = false;
  for (const media of call.medias) {
    if (!call.monologues[media.monologue]) continue;
    for (const stream of media.streams) {
      const { micros, reason } = limitOf(media, stream, timeouts);
      if (micros === 0) {
        isEndless = true;
        continue;
      }
      const life = { until: lastActivity(call, media, stream, lastSeen) + micros, reason };
      if (reason === "silent-timeout") silent = later(silent, life);
      else receiving = later(receiving, life);
    }
  }
  return isEndless ? undefined : (receiving ?? silent);
}

function later(a: Life | undefined, b: Life): Life {
  return a && a.until >= b.until ? a : b;
}

function limitOf(media: Media, stream: Stream, timeouts: Timeouts): { micros: number; reason: CloseReason } {
  if (!media.isRecv || media.portMap < 0) return { micros: timeouts.silentMicros, reason: "silent-timeout" };
  if (!stream.endpoint) return { micros: timeouts.offerMicros, reason: "offer-timeout" };
  return { micros: timeouts.timeoutMicros, reason: "timeout" };
}

function lastActivity(call: Call, media: Media, stream: Stream, lastSeen: (flow: FlowId) => Micros): number {
  let latest: number = call.lastSignalAt;
  for (const map of media.portMaps) {
    const socket = map.sockets[stream.component - 1];
    if (socket) latest = Math.max(latest, lastSeen(socket.flowId));
  }
  return latest;
}
