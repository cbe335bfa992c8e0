import { formatEndpoint } from "../../base/endpoint.ts";
import type { CallReading } from "../../client/index.ts";
import type { Carrier } from "./carrier.ts";
import type { DirectionReading } from "./demo-call.ts";

/** The tone has to be heard for this share of the call. */
const MIN_HEARD = 0.9;
/** At both ends of a call a window of 100 ms may be cut; a slow start takes another. */
const EDGE_MS = 300;
/** What is under way while the live line is made is no loss. */
const UNDER_WAY = 3;

/**
 * One line on how the call goes.
 *
 * @param columns where given, what fits into so many: fewer words, and cut as the last resort
 */
export function liveLine(
  directions: readonly DirectionReading[],
  carrier: string,
  elapsedMs: number,
  columns: number = Number.POSITIVE_INFINITY,
): string {
  const parts = directions.map((one) => {
    const lost = one.lost <= UNDER_WAY ? 0 : one.lost;
    const jitter = one.jitterMs.toFixed(1);
    const tone = one.isHearingTone ? "tone" : "no tone";
    const way = `${one.from}→${one.to}`;
    return {
      long: `${way} ${one.received} packets, ${lost} lost, jitter ${jitter} ms, ${tone}${one.isHearingTone ? " heard" : ""}`,
      short: `${one.from[0]}→${one.to[0]} ${one.received} lost ${lost} ${jitter} ms ${tone}`,
    };
  });
  const start = `${(elapsedMs / 1000).toFixed(0)} s, ${carrier}`;
  const long = [start, ...parts.map((part) => part.long)].join(" | ");
  if (long.length < columns) return long;
  // A line as wide as the terminal wraps on some.
  return [start, ...parts.map((part) => part.short)].join(" | ").slice(0, columns - 1);
}

/** What went wrong in a call, one sentence each; empty when both were heard. */
export function faultsOf(directions: readonly DirectionReading[], talkMs: number): string[] {
  return directions.flatMap((one) => {
    const wantedMs = Math.min(talkMs * MIN_HEARD, talkMs - EDGE_MS);
    if (one.toneHeardMs > 0 && one.toneHeardMs >= wantedMs) return [];
    const where = formatEndpoint(one.heardAt);
    if (one.received === 0) return [`${one.to} heard no tone: 0 packets arrived at ${where}`];
    const arrived = `${one.received} of ${one.sent} packets arrived at ${where}`;
    if (one.toneHeardMs === 0) return [`${one.to} heard no tone of ${one.toneHz} Hz, though ${arrived}`];
    return [
      `${one.to} heard ${one.from}'s tone for ${percent(one.toneHeardMs, talkMs)} of the call only: ${arrived}`,
    ];
  });
}

/** The record of a call that has ended. `call` is the engine's view of it, where there is one. */
export function callRecord(
  directions: readonly DirectionReading[],
  talkMs: number,
  call: CallReading | undefined,
  carrier: Carrier,
): string {
  const why = carrier.reason === "" ? "" : ` (${carrier.reason})`;
  const lines = [`Call record: ${(talkMs / 1000).toFixed(1)} s, carried by ${carrier.name}${why}`];
  for (const one of directions) {
    const heard = one.toneHeardMs > 0 ? `yes, ${percent(one.toneHeardMs, talkMs)} of the time` : "no";
    lines.push(
      `  ${one.from} → ${one.to}: ${one.sent} packets sent, ${one.received} received, ${one.lost} lost (${percent(one.lost, one.sent)}), jitter ${one.jitterMs.toFixed(1)} ms`,
      `    ${one.toneHz} Hz heard by ${one.to}: ${heard}`,
    );
  }
  for (const party of call?.parties ?? []) {
    const rtp = party.medias[0]?.streams[0];
    if (rtp === undefined) continue;
    const [local, peer] = [rtp.local, rtp.endpoint].map((one) => (one ? formatEndpoint(one) : "unknown"));
    const flag = rtp.flags.includes("confirmed") ? "learned" : "not confirmed";
    lines.push(
      `  Engine's port for ${party.tag}: ${local}, peer ${peer} (${flag}); ${rtp.packets} packets, ${rtp.bytes} bytes in; ${rtp.packetsOut} packets, ${rtp.bytesOut} bytes out`,
    );
  }
  return `${lines.join("\n")}\n`;
}

/** The tier in use: the kernel where the engine says so, else the relay's backend. */
export function carrierInUse(call: CallReading | undefined, backend: Carrier): string {
  const streams = call?.parties.flatMap(({ medias }) => medias.flatMap((media) => media.streams)) ?? [];
  const rtp = streams.filter(({ flags }) => flags.includes("RTP"));
  return rtp.length > 0 && rtp.every(({ flags }) => flags.includes("kernelized")) ? "kernel" : backend.name;
}

function percent(part: number, whole: number): string {
  if (whole <= 0) return "0 %";
  const value = Math.min(100, (100 * part) / whole);
  return `${value === 0 || value >= 10 ? value.toFixed(0) : value.toFixed(1)} %`;
}
