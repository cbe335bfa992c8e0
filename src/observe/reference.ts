import { DROP_REASON_NAMES, DROP_REASON_SENTENCES, DropReason } from "../flow/reasons.ts";
import { FIGURES } from "./figures.ts";
import { metricFamilies } from "./prometheus.ts";

const GENERATED = (from: string): string =>
  `<!-- Generated from ${from} by \`node scripts/docs.mjs\`; changes belong there. -->`;

/** The reference page of all metrics, Markdown. */
export function metricsReference(): string {
  const families = metricFamilies(FIGURES);
  const lines = [
    "# Metrics",
    "",
    GENERATED("src/observe/figures*.ts"),
    "",
    "`GET /metrics` on `listen-http` answers in the Prometheus text format; `GET /ping` answers `pong`. Names, labels and",
    "types are upstream's where upstream has the figure. The same figures are in `rtpengine-ctl list totals`, in",
    "`rtpengine-ctl list jsonstats` and in the NG command `statistics`.",
    "",
    "Where it differs from upstream: the samples of a metric stand together, as the format demands; each has a HELP line;",
    "MOS, jitter and loss are sampled once a source, when its call ends (upstream: with every RTCP report).",
    "",
    "| Metric | Type | Labels | Meaning |",
    "|---|---|---|---|",
    ...families.map(({ name, type, labels, help }) => {
      const shown = labels.map((label) => `\`${label}\``).join(", ");
      return `| \`${name}\` | ${type} | ${shown} | ${help.replaceAll("|", "\\|")} |`;
    }),
  ];
  return `${lines.join("\n")}\n`;
}

/** The reference page of the reasons for which packets are dropped, Markdown. */
export function dropReasonsReference(): string {
  const lines = [
    "# Why packets are dropped",
    "",
    GENERATED("src/flow/reasons.ts"),
    "",
    "Every packet that is not passed on is counted under one of these reasons: by stream in the NG command `query` (as",
    "errors), over all in `rtpengine_dropped_packets_total{reason=…}` and in `rtpengine-ctl list totals`.",
    "",
    "| Reason | Meaning |",
    "|---|---|",
    ...Object.entries(DROP_REASON_SENTENCES).map(
      ([name, sentence]) => `| \`${reasonLabel(name as keyof typeof DropReason)}\` | ${sentence} |`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function reasonLabel(name: keyof typeof DropReason): string {
  return DROP_REASON_NAMES[DropReason[name]]!;
}
