import type { CloseReason } from "../call/timeouts.ts";
import { counter, type Figure, type FigureExtra, figure, gauge, group, type Row } from "./figure.ts";
import { sumOf, type TieredTraffic, type TrafficCount } from "./rates.ts";
import type { Snapshot } from "./snapshot.ts";

type SnapshotFigure = Figure<Snapshot>;

const integer = (
  key: string,
  label: string,
  read: (source: Snapshot) => number,
  metric?: FigureExtra<Snapshot>["metric"],
): SnapshotFigure => figure(key, read, { label, ...(metric === undefined ? {} : { metric }) });

const TIERS = [
  ["_user", "userspace", (traffic: TieredTraffic) => traffic.user],
  ["_kernel", "kernel", (traffic: TieredTraffic) => traffic.kernel],
  ["", "total", sumOf],
] as const;

const MEASURES = [
  ["packet", "Packets", (count: TrafficCount) => count.packets],
  ["byte", "Bytes", (count: TrafficCount) => count.bytes],
  ["error", "Errors", (count: TrafficCount) => count.errors],
] as const;

/** Figures a second, in the order of `list counters`. */
export const RATE_FIGURES: readonly SnapshotFigure[] = TIERS.flatMap(([suffix, tier, select]) =>
  MEASURES.map(([key, word, measure]) =>
    integer(`${key}rate${suffix}`, `${word} per second (${tier})`, ({ rates }) => measure(select(rates))),
  ),
);

/** Calls and streams that there are now. */
export const CURRENT_FIGURES: Row<Snapshot> = {
  ...group<Snapshot>("currentstatistics", "Statistics over currently running sessions:", [
    integer(
      "sessionsown",
      "Owned sessions",
      ({ sessions }) => sessions.own,
      gauge("sessions", "Calls there are, by who owns them.", { type: "own" }),
    ),
    integer(
      "sessionsforeign",
      "Foreign sessions",
      ({ sessions }) => sessions.foreign,
      gauge("sessions", undefined, { type: "foreign" }),
    ),
    integer("sessionstotal", "Total sessions", ({ sessions }) => sessions.own + sessions.foreign),
    integer(
      "transcodedmedia",
      "Transcoded media",
      () => 0,
      gauge("transcoded_media", "Media that are transcoded now."),
    ),
    integer(
      "mediacache",
      "Media cache size",
      () => 0,
      gauge("media_cache", "Media files in memory; there is no player yet."),
    ),
    integer(
      "playercache",
      "Player cache size",
      () => 0,
      gauge("player_cache", "Encoded media in memory; there is no player yet."),
    ),
    ...RATE_FIGURES,
    integer(
      "media_userspace",
      "Userspace-only media streams",
      ({ streams }) => streams.user,
      gauge("mediastreams", "RTP streams that received a packet in the last 5 seconds, by who carried it.", {
        type: "userspace",
      }),
    ),
    integer(
      "media_kernel",
      "Kernel-only media streams",
      ({ streams }) => streams.kernel,
      gauge("mediastreams", undefined, { type: "kernel" }),
    ),
    integer(
      "media_mixed",
      "Mixed kernel/userspace media streams",
      ({ streams }) => streams.mixed,
      gauge("mediastreams", undefined, { type: "mixed" }),
    ),
  ]),
  gap: 1,
};

const ended = (key: string, label: string, word: string, reason: CloseReason): SnapshotFigure =>
  integer(
    key,
    label,
    ({ statistics }) => statistics.endedByReason.get(reason) ?? 0,
    counter("closed_sessions_total", undefined, { reason: word }),
  );

const ENDED_FIGURES: readonly SnapshotFigure[] = [
  integer(
    "managedsessions",
    "Total managed sessions",
    ({ statistics }) => statistics.sessionsEnded,
    counter("sessions_total", "Calls that have ended."),
  ),
  integer(
    "rejectedsessions",
    "Total rejected sessions",
    ({ statistics }) => statistics.sessionsRejected,
    counter("closed_sessions_total", "Calls that have ended or were refused, by reason.", {
      reason: "rejected",
    }),
  ),
  ended("timeoutsessions", "Total timed-out sessions via TIMEOUT", "timeout", "timeout"),
  ended(
    "silenttimeoutsessions",
    "Total timed-out sessions via SILENT_TIMEOUT",
    "silent_timeout",
    "silent-timeout",
  ),
  ended(
    "finaltimeoutsessions",
    "Total timed-out sessions via FINAL_TIMEOUT",
    "final_timeout",
    "final-timeout",
  ),
  ended(
    "offertimeoutsessions",
    "Total timed-out sessions via OFFER_TIMEOUT",
    "offer_timeout",
    "offer-timeout",
  ),
  ended("regularterminatedsessions", "Total regular terminated sessions", "terminated", "delete"),
  ended("forcedterminatedsessions", "Total forced terminated sessions", "force_terminated", "terminated"),
];

const RELAYED = [
  ["relayedpackets", "packets", "packets_total", (count: TrafficCount) => count.packets],
  ["relayedpacketerrors", "packet errors", "packet_errors_total", (count: TrafficCount) => count.errors],
  ["relayedbytes", "bytes", "bytes_total", (count: TrafficCount) => count.bytes],
] as const;

const RELAYED_FIGURES: readonly SnapshotFigure[] = TIERS.flatMap(([suffix, tier, select]) =>
  RELAYED.map(([key, word, name, measure]) =>
    integer(
      `${key}${suffix}`,
      suffix === "" ? `Total relayed ${word}` : `Total relayed ${word} (${tier})`,
      ({ totals }) => measure(select(totals)),
      suffix === "" ? undefined : counter(name, `Relayed ${word}, by who carried them.`, { type: tier }),
    ),
  ),
);

const seconds = (
  key: string,
  label: string,
  unit: string,
  read: (source: Snapshot) => number,
  metric?: FigureExtra<Snapshot>["metric"],
): SnapshotFigure =>
  figure(key, read, { label, unit, decimals: 6, ...(metric === undefined ? {} : { metric }) });

const averageSeconds = ({ statistics }: Snapshot): number =>
  statistics.sessionsEnded === 0 ? 0 : statistics.callSeconds / statistics.sessionsEnded;

function deviationSeconds(source: Snapshot): number {
  const { sessionsEnded, callSecondsSquared } = source.statistics;
  if (sessionsEnded === 0) return 0;
  return Math.sqrt(Math.max(0, callSecondsSquared / sessionsEnded - averageSeconds(source) ** 2));
}

const DURATION_FIGURES: readonly SnapshotFigure[] = [
  seconds(
    "avgcallduration",
    "Average call duration",
    "seconds",
    averageSeconds,
    gauge("call_duration_avg", "Average duration of ended calls, seconds."),
  ),
  seconds(
    "totalcallsduration",
    "Total calls duration",
    "seconds",
    ({ statistics }) => statistics.callSeconds,
    counter("call_duration_total", "Duration of ended calls together, seconds."),
  ),
  seconds(
    "totalcallsduration2",
    "Total calls duration squared",
    "seconds squared",
    ({ statistics }) => statistics.callSecondsSquared,
    counter("call_duration2_total", "Sum of the squares of the durations of ended calls."),
  ),
  seconds(
    "totalcallsduration_stddev",
    "Total calls duration standard deviation",
    "seconds",
    deviationSeconds,
  ),
];

/** Figures since the start. */
export const TOTAL_FIGURES: Row<Snapshot> = group<Snapshot>(
  "totalstatistics",
  "Total statistics (does not include current running sessions):",
  [
    figure("uptime", ({ uptimeSeconds }) => Math.floor(uptimeSeconds), {
      label: "Uptime of rtpengine",
      unit: "seconds",
      metric: gauge("uptime_seconds", "Time since the start."),
    }),
    ...ENDED_FIGURES,
    ...RELAYED_FIGURES,
    integer(
      "zerowaystreams",
      "Total number of streams with no relayed packets",
      ({ statistics }) => statistics.zeroPacketStreams,
      counter("zero_packet_streams_total", "RTP streams of ended calls that never received a packet."),
    ),
    integer(
      "onewaystreams",
      "Total number of 1-way streams",
      ({ statistics }) => statistics.oneWaySessions,
      counter("one_way_sessions_total", "Ended calls where one side was heard and the other was not."),
    ),
    ...DURATION_FIGURES,
  ],
);
