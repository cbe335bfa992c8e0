import type { Direction, Figures } from "./figures.ts";

/** One question, asked of both engines in the same run. */
export interface Benchmark {
  readonly question: string;
  /** Which way is better, by figure; the ratio is built from it. */
  readonly better: Readonly<Record<string, Direction>>;
  /** Measures both, taking turns; `progress` is shown while it runs. */
  measure(
    rounds: number,
    progress: (text: string) => void,
  ): Promise<{
    readonly ours: Figures;
    readonly peer: Figures;
    /** Figures of other settings, measured in the same run. */
    readonly beside?: Readonly<Record<string, Figures>>;
    /** How it was measured, where that was decided in the run. */
    readonly conditions?: Readonly<Record<string, string>>;
  }>;
}
