import { COUNTED_COMMANDS } from "./commands.ts";
import { counter, type Figure, figure, group, lines, list, type Row } from "./figure.ts";
import { INTERVAL_SECONDS, type IntervalReading } from "./interval.ts";
import type { Snapshot } from "./snapshot.ts";
import type { ProxyCounters } from "./statistics.ts";

interface Proxy {
  readonly name: string;
  readonly counters: ProxyCounters;
}

const proxiesOf = ({ statistics }: Snapshot): Proxy[] =>
  [...statistics.proxies].map(([name, counters]) => ({ name, counters }));

const requests = ({ counters }: Proxy, command: string): number => counters.commands.get(command)?.count ?? 0;

const PROXY_FIGURES: readonly Row<Proxy>[] = [
  figure("proxy", ({ name }: Proxy) => name),
  ...COUNTED_COMMANDS.flatMap(([command, short]) => {
    const labels = { proxy: ({ name }: Proxy) => name, request: command };
    return [
      figure(`${short.toLowerCase()}count`, (proxy: Proxy) => requests(proxy, command), {
        metric: counter("requests_total", "NG requests, by who asked and the command.", labels),
      }),
      figure(`${short.toLowerCase()}duration`, (proxy: Proxy) => secondsOf(proxy, command), {
        decimals: 6,
        metric: counter("request_seconds_total", "Time spent on them, seconds.", labels),
      }),
    ];
  }),
  figure("errorcount", ({ counters }: Proxy) => counters.errors, {
    metric: counter("errors_total", "NG requests that failed, by who asked.", {
      proxy: ({ name }: Proxy) => name,
    }),
  }),
  figure("duplicatecount", ({ counters }: Proxy) => counters.duplicates, {
    metric: counter("duplicate_requests_total", "Repeated NG requests that got the stored reply.", {
      proxy: ({ name }: Proxy) => name,
    }),
  }),
];

function secondsOf({ counters }: Proxy, command: string): number {
  return counters.commands.get(command)?.seconds ?? 0;
}

/** Requests by proxy and command. */
export const CONTROL_FIGURES: Row<Snapshot> = group<Snapshot>("controlstatistics", "Control statistics:", [
  list("proxies", proxiesOf, PROXY_FIGURES),
  lines((snapshot) => [
    tableRow(
      "Proxy",
      COUNTED_COMMANDS.map(([, short]) => short),
    ),
    ...proxiesOf(snapshot).map((proxy) =>
      tableRow(
        proxy.name,
        COUNTED_COMMANDS.map(([command]) => String(requests(proxy, command))),
      ),
    ),
  ]),
  ...COUNTED_COMMANDS.map(([command, short]) =>
    figure(`total${short.toLowerCase()}count`, (snapshot: Snapshot) =>
      proxiesOf(snapshot).reduce((sum, proxy) => sum + requests(proxy, command), 0),
    ),
  ),
]);

function tableRow(head: string, cells: readonly string[]): string {
  return ` ${head.padStart(20)} ${cells.map((cell) => `| ${cell.padStart(10)} `).join("")}`;
}

const intervalOf = ({ statistics }: Snapshot): IntervalReading => statistics.interval.last;

const delayOf = (snapshot: Snapshot, command: string): IntervalMinMax =>
  intervalOf(snapshot).commands.get(command)!.delay;
const rateOf = (snapshot: Snapshot, command: string): IntervalMinMax =>
  intervalOf(snapshot).commands.get(command)!.rate;

interface IntervalMinMax {
  readonly min: number;
  readonly max: number;
  readonly average: number;
}

type Select = (snapshot: Snapshot, command: string) => IntervalMinMax;

function extremes(command: string, word: string, select: Select, decimals?: number): Figure<Snapshot>[] {
  const digits = decimals === undefined ? {} : { decimals };
  return [
    figure(`min${command}${word}`, (snapshot: Snapshot) => select(snapshot, command).min, digits),
    figure(`max${command}${word}`, (snapshot: Snapshot) => select(snapshot, command).max, digits),
    figure(`avg${command}${word}`, (snapshot: Snapshot) => select(snapshot, command).average, digits),
  ];
}

function printExtremes({ min, max, average }: IntervalMinMax, decimals: number): string {
  return [min, max, average].map((value) => value.toFixed(decimals)).join("/");
}

const labelled = (label: string, value: string): string => ` ${label.padEnd(48)}:${value}`;

/** Extremes within the last whole minute. */
export const INTERVAL_FIGURES: Row<Snapshot> = group<Snapshot>(
  "intervalstatistics",
  `Interval statistics (the last full ${INTERVAL_SECONDS} seconds):`,
  [
    figure("totalcallsduration", (snapshot) => intervalOf(snapshot).callSeconds, {
      label: "Total calls duration",
      unit: "seconds",
      decimals: 6,
    }),
    lines(() => [""]),
    figure("minmanagedsessions", (snapshot) => intervalOf(snapshot).sessions.min, {
      label: "Min managed sessions",
    }),
    figure("maxmanagedsessions", (snapshot) => intervalOf(snapshot).sessions.max, {
      label: "Max managed sessions",
    }),
    ...COUNTED_COMMANDS.flatMap(([command]) => [
      lines((snapshot: Snapshot) => [
        labelled(
          `Min/Max/Avg ${command} processing delay`,
          `${printExtremes(delayOf(snapshot, command), 6)} sec`,
        ),
      ]),
      ...extremes(command, "delay", delayOf, 6),
    ]),
    ...COUNTED_COMMANDS.flatMap(([command]) => [
      lines((snapshot: Snapshot) => [
        labelled(
          `Min/Max/Avg ${command} requests per second`,
          `${printExtremes(rateOf(snapshot, command), 0)} per sec`,
        ),
      ]),
      ...extremes(command, "requestrate", rateOf),
    ]),
  ],
);
