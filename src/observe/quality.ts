import { SampleSum } from "./samples.ts";

/** Measures of media quality, by the names they have in statistics and metrics. */
export const QUALITY_MEASURES = [
  "mos",
  "jitter",
  "rtt_e2e",
  "rtt_dsct",
  "packetloss",
  "jitter_measured",
] as const;

/** Name of a measure. */
export type QualityMeasure = (typeof QUALITY_MEASURES)[number];

/** Samples of every measure. */
export type QualitySamples = Readonly<Record<QualityMeasure, SampleSum>>;

/** Empty samples. */
export function newQualitySamples(): QualitySamples {
  return {
    mos: new SampleSum(),
    jitter: new SampleSum(),
    rtt_e2e: new SampleSum(),
    rtt_dsct: new SampleSum(),
    packetloss: new SampleSum(),
    jitter_measured: new SampleSum(),
  };
}

/** What was counted of one synchronization source. */
export interface SourceCounts {
  readonly packets: number;
  readonly lost: number;
  readonly interarrivalJitterTicks: number;
}

/** How well a source came through. */
export interface SourceQuality {
  /** Mean opinion score, 1 to 4.5. */
  readonly mos: number;
  readonly lossPercent: number;
  readonly jitterMs: number;
}

const DEFAULT_CLOCK_RATE_HZ = 8000;

/** Judges a source by loss and jitter. The round trip is not known and counts as none. */
export function qualityOf(source: SourceCounts, clockRateHz: number | undefined): SourceQuality {
  const rateHz = clockRateHz !== undefined && clockRateHz > 0 ? clockRateHz : DEFAULT_CLOCK_RATE_HZ;
  const jitterMs = (source.interarrivalJitterTicks * 1000) / rateHz;
  const expected = source.packets + source.lost;
  const lossPercent = expected === 0 ? 0 : (100 * source.lost) / expected;
  return { mos: meanOpinionScore(lossPercent, jitterMs, 0), lossPercent, jitterMs };
}

/**
 * Mean opinion score by the common simplification of ITU-T G.107: delay, then loss, taken off a rating that
 * is then mapped as G.107 Annex B says.
 */
export function meanOpinionScore(lossPercent: number, jitterMs: number, roundTripMs: number): number {
  // A jitter buffer holds about twice the jitter; coding takes about 10 ms.
  const delayMs = roundTripMs / 2 + 2 * jitterMs + 10;
  const afterDelay = delayMs < 160 ? 93.2 - delayMs / 40 : 93.2 - (delayMs - 120) / 10;
  const rating = Math.min(100, Math.max(0, afterDelay - 2.5 * lossPercent));
  return 1 + 0.035 * rating + 0.000007 * rating * (rating - 60) * (100 - rating);
}
