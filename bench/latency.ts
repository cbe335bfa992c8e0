import type { RunningEngine } from "./relay/engines.ts";
import { measureEngines } from "./relay/measure.ts";
import type { Benchmark } from "./support/benchmark.ts";
import type { Direction, Samples } from "./support/figures.ts";

const RATES = [25_000, 50_000];
const SECONDS = 3;
const CHOICE_RATE = 50_000;
const CHOICE_SECONDS = 2;
const MAX_LOSS = 0.001;

const name = (quantile: string, rate: number): string => `${quantile} µs at ${rate / 1000} kpps`;

/** How long a packet takes through the engine, below its limits. */
export const latency: Benchmark = {
  question:
    "latency: from the phone's send call to the other phone's interface, 250 calls of plain RTP, engine on one CPU",
  better: Object.fromEntries(
    RATES.flatMap((rate) => ["p50", "p99", "max"].map((quantile) => [name(quantile, rate), "less"] as const)),
  ) satisfies Record<string, Direction>,
  measure: (rounds, progress) => measureEngines(rounds, progress, scorePeer, measureDelays),
};

async function scorePeer(running: RunningEngine): Promise<{ score: number; text: string }> {
  const { load } = await running.run(CHOICE_RATE, CHOICE_SECONDS);
  return { score: 1 / Math.max(load.p99, 1), text: `p99 ${load.p99} µs at ${CHOICE_RATE / 1000} kpps` };
}

async function measureDelays(running: RunningEngine, samples: Samples): Promise<string> {
  const texts: string[] = [];
  for (const rate of RATES) {
    const { load } = await running.run(rate, SECONDS);
    samples.add(name("p50", rate), load.p50);
    samples.add(name("p99", rate), load.p99);
    samples.add(name("max", rate), load.max);
    const lost = 1 - load.received / load.sent;
    const loss = lost > MAX_LOSS ? `, ${(100 * lost).toFixed(1)} % lost` : "";
    texts.push(`${rate / 1000} kpps: p50 ${load.p50}, p99 ${load.p99}, max ${load.max} µs${loss}`);
  }
  return texts.join("; ");
}
