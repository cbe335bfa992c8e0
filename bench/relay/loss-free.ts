import type { Samples } from "../support/figures.ts";
import type { CpuTime, RunningEngine } from "./engines.ts";
import type { LoadResult } from "./load.ts";
import type { Measurement } from "./measure.ts";
import type { PeerScore } from "./peer-choice.ts";
import { findMaximum } from "./search.ts";

const LADDER_SECONDS = 0.8;
const FINAL_SECONDS = 3;
const RESOLUTION = 1.04;
const CHOICE_SECONDS = 2;

const MAX_LOSS = 0.001;
/** Less sent than this share of what was wanted says nothing about the engine at that rate. */
const MIN_SENT = 0.97;

export const RATE = "loss-free packets per second";
export const CPU = "CPU µs per packet at that rate";

/** Scores the peer by the highest rate without a loss. @param ladder rates to try, packets a second */
export function scoreByMaximum(ladder: readonly number[]): PeerScore {
  return async (running) => {
    const score = await findMaximum({
      ladder,
      resolution: RESOLUTION,
      try: async (rate, isFinal) =>
        isLossFree((await running.run(rate, isFinal ? CHOICE_SECONDS : LADDER_SECONDS)).load),
    });
    return { score, text: `about ${score} packets a second` };
  };
}

/**
 * Measures the highest rate without a loss, and what a packet costs there.
 *
 * @param cpuOf the CPU time that counts; further figures by name
 */
export function measureMaximum(
  ladder: readonly number[],
  cpuOf: (cpu: CpuTime) => { readonly counts: number; readonly further?: Readonly<Record<string, number>> },
): Measurement {
  return async (running: RunningEngine, samples: Samples) => {
    let best: Awaited<ReturnType<RunningEngine["run"]>> | undefined;
    await findMaximum({
      ladder,
      resolution: RESOLUTION,
      try: async (rate, isFinal) => {
        const result = await running.run(rate, isFinal ? FINAL_SECONDS : LADDER_SECONDS);
        const isGood = isLossFree(result.load);
        if (isGood && isFinal) best = result;
        return isGood;
      },
    });
    if (!best) throw new Error("no rate is loss-free: is the machine busy?");
    const { received, seconds } = best.load;
    const { counts, further = {} } = cpuOf(best.cpu);
    samples.add(RATE, received / seconds);
    samples.add(CPU, counts / received);
    for (const [name, micros] of Object.entries(further)) {
      if (micros > 0) samples.add(name, micros / received);
    }
    return `${Math.round(received / seconds)} packets a second, ${(counts / received).toFixed(2)} µs each`;
  };
}

function isLossFree({ sent, received, wantedPerSecond, seconds }: LoadResult): boolean {
  return sent >= MIN_SENT * wantedPerSecond * seconds && received > sent * (1 - MAX_LOSS);
}
