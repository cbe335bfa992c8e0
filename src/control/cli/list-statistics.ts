import { FIGURES } from "../../observe/figures.ts";
import { RATE_FIGURES } from "../../observe/figures-calls.ts";
import { sumOf } from "../../observe/rates.ts";
import { figureLine, figuresAsJson, figuresAsText } from "../../observe/show-figures.ts";
import type { InterfaceSnapshot } from "../../observe/snapshot.ts";
import { answer, type CliAnswer, type CliCommand, type CliContext, type JsonValue } from "./command.ts";

/** Figures of all kinds. */
export const STATISTICS_COMMANDS: readonly CliCommand[] = [
  {
    words: "list totals",
    help: "print total statistics",
    run: (_rest, { snapshot }) => {
      const source = snapshot();
      return { text: figuresAsText(FIGURES, source), value: figuresAsJson(FIGURES, source) };
    },
  },
  {
    words: "list counters",
    help: "print per-second counters",
    run: (_rest, context) => counters(context),
  },
  {
    words: "list jsonstats",
    help: "print total statistics in JSON format",
    run: (_rest, { snapshot }) => {
      const value = figuresAsJson(FIGURES, snapshot());
      return { text: `${JSON.stringify(value)}\n`, value };
    },
  },
  {
    words: "list interfaces",
    help: "print local interface/port statistics, and how packets reach the relay",
    run: (_rest, context) => interfaces(context),
  },
  {
    words: "list transcoders",
    help: "print transcoding statistics",
    run: () => answer(["No stats entries"], []),
  },
  {
    words: "stats",
    help: "print the most important figures",
    isOwn: true,
    run: (_rest, context) => shortStatistics(context),
  },
];

function counters({ snapshot }: CliContext): CliAnswer {
  const source = snapshot();
  return answer(
    ["", "Current per-second counters:", "", ...RATE_FIGURES.map((row) => figureLine(row, source))],
    figuresAsJson(RATE_FIGURES, source),
  );
}

function interfaces({ snapshot }: CliContext): CliAnswer {
  const all = snapshot().interfaces;
  const value = all.map(({ quality: _quality, ...rest }) => rest) as unknown as JsonValue;
  return answer(all.flatMap(printInterface), value);
}

function printInterface(media: InterfaceSnapshot): string[] {
  const { portsUsed, portsTotal, ingress, egress, quality } = media;
  const wide = (value: number, columns = 10): string => String(value).padStart(columns);
  const percent = portsTotal === 0 ? 0 : (100 * portsUsed) / portsTotal;
  const average = (name: keyof typeof quality): number => quality[name].average;
  return [
    `Interface '${media.name}' address '${media.address}' (IPv${media.family})`,
    ` Port range: ${wide(media.portMin, 5)} - ${wide(media.portMax, 5)}`,
    ` Ports used: ${wide(portsUsed, 5)} / ${wide(portsTotal, 5)} (${percent.toFixed(1).padStart(5)}%)`,
    ` Backend: ${media.backend}${media.reason === "" ? "" : ` (${media.reason})`}`,
    " Packets/bytes/errors:",
    `  Ingress:   ${wide(ingress.packets)} / ${wide(ingress.bytes)} / ${wide(ingress.errors)}`,
    `  Egress:    ${wide(egress.packets)} / ${wide(egress.bytes)} / ${wide(egress.errors)}`,
    ` Packets lost/duplicates: ${wide(media.packetsLost)} / ${wide(media.duplicates)}`,
    ` MOS:    avg ${average("mos").toFixed(1)}, packet loss avg ${average("packetloss").toFixed(0).padStart(3)}%`,
    ` Jitter: avg ${average("jitter").toFixed(0).padStart(3)} (measured ${average("jitter_measured").toFixed(0).padStart(3)})`,
    ` RTT:    e2e ${average("rtt_e2e").toFixed(0).padStart(3)}, dsct ${average("rtt_dsct").toFixed(0).padStart(3)}`,
    "",
  ];
}

function shortStatistics({ snapshot }: CliContext): CliAnswer {
  const { version, uptimeSeconds, sessions, rates, totals, statistics, interfaces: all } = snapshot();
  const rate = sumOf(rates);
  const total = sumOf(totals);
  const portsUsed = all.reduce((sum, media) => sum + media.portsUsed, 0);
  const portsTotal = all.reduce((sum, media) => sum + media.portsTotal, 0);
  const value = {
    version,
    uptime: Math.floor(uptimeSeconds),
    sessions: sessions.own + sessions.foreign,
    ended: statistics.sessionsEnded,
    rejected: statistics.sessionsRejected,
    packets: total.packets,
    errors: total.errors,
    packetrate: rate.packets,
    byterate: rate.bytes,
    errorrate: rate.errors,
    portsused: portsUsed,
    ports: portsTotal,
  };
  return answer(
    [
      `Version:           ${version}`,
      `Uptime:            ${value.uptime} s`,
      `Sessions:          ${value.sessions} (${value.ended} ended, ${value.rejected} refused)`,
      `Ports in use:      ${portsUsed} of ${portsTotal}`,
      `Packets:           ${total.packets} (${total.errors} errors)`,
      `Rate:              ${rate.packets} packets/s, ${rate.bytes * 8} bit/s, ${rate.errors} errors/s`,
    ],
    value,
  );
}
