import type { RunningEngine } from "./relay/engines.ts";
import { type Contest, IN_KERNEL, type Measurement, measureEngines, USER_SPACE } from "./relay/measure.ts";
import type { PeerScore } from "./relay/peer-choice.ts";
import type { Benchmark } from "./support/benchmark.ts";
import type { Direction } from "./support/figures.ts";

const SECONDS = 3;
const CHOICE_SECONDS = 2;
const MAX_LOSS = 0.001;

const name = (quantile: string, rate: number): string => `${quantile} µs at ${rate / 1000} kpps`;

/** How long a packet takes through the engine, below its limits. */
export const latency: Benchmark = delays(
  "latency: from the phone's send call to the other phone's interface, 250 calls of plain RTP, engine on one CPU",
  [25_000, 50_000],
  USER_SPACE,
);

/** The same where the kernel forwards. */
export const kernelLatency: Benchmark = delays(
  "kernel-latency: from the phone's send call to the other phone's interface, 250 calls of plain RTP, engine and all receiving on one CPU",
  [25_000, 50_000, 100_000],
  IN_KERNEL,
);

function delays(question: string, rates: readonly number[], contest: Contest): Benchmark {
  return {
    question,
    better: Object.fromEntries(
      rates.flatMap((rate) =>
        ["p50", "p99", "max"].map((quantile) => [name(quantile, rate), "less"] as const),
      ),
    ) satisfies Record<string, Direction>,
    measure: (rounds, progress) =>
      measureEngines(rounds, progress, scoreAt(50_000), measureDelays(rates), contest),
  };
}

function scoreAt(rate: number): PeerScore {
  return async (running: RunningEngine) => {
    const { load } = await running.run(rate, CHOICE_SECONDS);
    return { score: 1 / Math.max(load.p99, 1), text: `p99 ${load.p99} µs at ${rate / 1000} kpps` };
  };
}

function measureDelays(rates: readonly number[]): Measurement {
  return async (running, samples) => {
    const texts: string[] = [];
    for (const rate of rates) {
      const { load } = await running.run(rate, SECONDS);
      samples.add(name("p50", rate), load.p50);
      samples.add(name("p99", rate), load.p99);
      samples.add(name("max", rate), load.max);
      const lost = 1 - load.received / load.sent;
      const loss = lost > MAX_LOSS ? `, ${(100 * lost).toFixed(1)} % lost` : "";
      texts.push(`${rate / 1000} kpps: p50 ${load.p50}, p99 ${load.p99}, max ${load.max} µs${loss}`);
    }
    return texts.join("; ");
  };
}
