import type { RunningEngine } from "./relay/engines.ts";
import type { LoadResult } from "./relay/load.ts";
import { measureEngines } from "./relay/measure.ts";
import { findMaximum } from "./relay/search.ts";
import type { Benchmark } from "./support/benchmark.ts";
import type { Samples } from "./support/figures.ts";

const LADDER = [
  40_000, 60_000, 80_000, 110_000, 150_000, 200_000, 270_000, 360_000, 480_000, 600_000, 720_000,
];
const LADDER_SECONDS = 0.8;
const FINAL_SECONDS = 3;
const RESOLUTION = 1.04;
/** Where the peer's settings start to differ. */
const CHOICE_LADDER: readonly number[] = LADDER.filter((rate) => rate > 100_000);
const CHOICE_SECONDS = 2;

const MAX_LOSS = 0.001;
/** Less sent than this share of what was wanted says nothing about the engine at that rate. */
const MIN_SENT = 0.97;

const RATE = "loss-free packets per second";
const CPU = "CPU µs per packet at that rate";
const WORKER_CPU = "of that, relay worker";

/** How many packets a second one CPU relays without loss, and what a packet costs there. */
export const relayPps: Benchmark = {
  question:
    "relay-pps: packets a second relayed with less than 0.1 % loss, 250 calls of plain RTP, engine on one CPU",
  better: { [RATE]: "more", [CPU]: "less" },
  measure: (rounds, progress) => measureEngines(rounds, progress, scorePeer, measureMaximum),
};

async function scorePeer(running: RunningEngine): Promise<{ score: number; text: string }> {
  const score = await findMaximum({
    ladder: CHOICE_LADDER,
    resolution: RESOLUTION,
    try: async (rate, isFinal) =>
      isLossFree((await running.run(rate, isFinal ? CHOICE_SECONDS : LADDER_SECONDS)).load),
  });
  return { score, text: `about ${score} packets a second` };
}

async function measureMaximum(running: RunningEngine, samples: Samples): Promise<string> {
  let best: Awaited<ReturnType<RunningEngine["run"]>> | undefined;
  await findMaximum({
    ladder: LADDER,
    resolution: RESOLUTION,
    try: async (rate, isFinal) => {
      const result = await running.run(rate, isFinal ? FINAL_SECONDS : LADDER_SECONDS);
      const isGood = isLossFree(result.load);
      if (isGood && isFinal) best = result;
      return isGood;
    },
  });
  if (!best) throw new Error("no rate is loss-free: is the machine busy?");
  const { load, cpu } = best;
  const rate = load.received / load.seconds;
  samples.add(RATE, rate);
  samples.add(CPU, cpu.all / load.received);
  if (cpu.workers > 0) samples.add(WORKER_CPU, cpu.workers / load.received);
  return `${Math.round(rate)} packets a second, ${(cpu.all / load.received).toFixed(2)} µs each`;
}

function isLossFree({ sent, received, wantedPerSecond, seconds }: LoadResult): boolean {
  return sent >= MIN_SENT * wantedPerSecond * seconds && received > sent * (1 - MAX_LOSS);
}
