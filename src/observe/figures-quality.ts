import { counter, figure, type MetricLabels, type Row } from "./figure.ts";
import type { QualityMeasure, QualitySamples } from "./quality.ts";
import type { SampleSum } from "./samples.ts";

const NAMES: Readonly<Record<QualityMeasure, string>> = {
  mos: "MOS",
  jitter: "jitter (reported)",
  rtt_e2e: "end-to-end round-trip time",
  rtt_dsct: "discrete round-trip time",
  packetloss: "packet loss",
  jitter_measured: "jitter (measured)",
};

/**
 * Figures of some measures of quality.
 *
 * @param prefix before the name of the metrics
 */
export function qualityFigures<Source>(
  measures: readonly QualityMeasure[],
  prefix: string,
  select: (source: Source) => QualitySamples,
  labels?: MetricLabels<Source>,
): readonly Row<Source>[] {
  return measures.flatMap((measure) => measureFigures(measure, prefix, select, labels));
}

function measureFigures<Source>(
  measure: QualityMeasure,
  prefix: string,
  select: (source: Source) => QualitySamples,
  labels: MetricLabels<Source> | undefined,
): readonly Row<Source>[] {
  const name = NAMES[measure];
  const row = (
    suffix: string,
    label: string,
    read: (samples: SampleSum) => number,
    hasMetric: boolean,
    decimals?: number,
  ): Row<Source> =>
    figure(`${measure}${suffix}`, (source) => read(select(source)[measure]), {
      label,
      ...(decimals === undefined ? {} : { decimals }),
      ...(hasMetric ? { metric: counter(`${prefix}${measure}${suffix}`, `${label}.`, labels) } : {}),
    });
  return [
    row("_total", `Sum of all ${name} values sampled`, ({ sum }) => sum, true, 6),
    row("2_total", `Sum of all ${name} square values sampled`, ({ squares }) => squares, true, 6),
    row("_samples_total", `Total number of ${name} samples`, ({ count }) => count, true),
    row("_average", `Average ${name}`, ({ average }) => average, false, 6),
    row("_stddev", `${name} standard deviation`, (samples) => samples.standardDeviation, false, 6),
  ];
}
