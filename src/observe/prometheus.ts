import type { Metric, MetricLabels, Row } from "./figure.ts";

const PREFIX = "rtpengine_";

/** Content type of the text exposition format. */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** What is known of a family without reading anything. */
export interface MetricFamily {
  /** With the prefix. */
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  /** Names of its labels. */
  readonly labels: readonly string[];
}

/** All families that the table can produce, in the order of their first figure. */
export function metricFamilies<Source>(rows: readonly Row<Source>[]): readonly MetricFamily[] {
  const families = new Map<string, MetricFamily>();
  collectFamilies(rows, families);
  return [...families.values()];
}

function collectFamilies<Source>(rows: readonly Row<Source>[], families: Map<string, MetricFamily>): void {
  for (const row of rows) {
    if (row.kind === "group" || row.kind === "list") collectFamilies(row.rows, families);
    else if (row.kind === "figure" && row.metric) addFamily(row.metric, row.label, families);
  }
}

function addFamily<Source>(
  metric: Metric<Source>,
  label: string | undefined,
  families: Map<string, MetricFamily>,
): void {
  const known = families.get(metric.name);
  const labels = new Set([...(known?.labels ?? []), ...Object.keys(metric.labels ?? {})]);
  families.set(metric.name, {
    name: PREFIX + metric.name,
    type: known?.type ?? metric.type,
    help: known?.help ?? metric.help ?? label ?? metric.name,
    labels: [...labels],
  });
}

/**
 * Prints the figures in the Prometheus text format, version 0.0.4.
 *
 * The samples of a family stand together, as the format demands; a family without samples still shows
 * that it exists.
 */
export function figuresAsPrometheus<Source>(rows: readonly Row<Source>[], source: Source): string {
  const samples = new Map<string, string[]>();
  collectSamples(rows, source, samples);
  let output = "";
  for (const { name, type, help } of metricFamilies(rows)) {
    output += `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
    for (const sample of samples.get(name) ?? []) output += `${sample}\n`;
  }
  return output;
}

function collectSamples<Source>(
  rows: readonly Row<Source>[],
  source: Source,
  samples: Map<string, string[]>,
): void {
  for (const row of rows) {
    if (row.kind === "group") collectSamples(row.rows, source, samples);
    else if (row.kind === "list") {
      for (const item of row.items(source)) collectSamples(row.rows, item, samples);
    } else if (row.kind === "figure" && row.metric) {
      const name = PREFIX + row.metric.name;
      const value = Number(row.read(source));
      const line = `${name}${printLabels(row.metric.labels, source)} ${printNumber(value)}`;
      const known = samples.get(name);
      if (known) known.push(line);
      else samples.set(name, [line]);
    }
  }
}

function printLabels<Source>(labels: MetricLabels<Source> | undefined, source: Source): string {
  if (!labels) return "";
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escapeLabel(typeof value === "string" ? value : value(source))}"`,
  );
  return `{${pairs.join(",")}}`;
}

function printNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  return String(value);
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
