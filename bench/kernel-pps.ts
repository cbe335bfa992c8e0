import { CPU, measureMaximum, RATE, scoreByMaximum } from "./relay/loss-free.ts";
import { IN_KERNEL, measureEngines } from "./relay/measure.ts";
import type { Benchmark } from "./support/benchmark.ts";

const LADDER = [
  30_000, 45_000, 60_000, 80_000, 110_000, 150_000, 200_000, 270_000, 360_000, 480_000, 600_000, 720_000,
  860_000,
];

/** How many packets a second one CPU receives and forwards, everything that it does counted. */
export const kernelPps: Benchmark = {
  question:
    "kernel-pps: packets a second forwarded with less than 0.1 % loss, 250 calls of plain RTP, engine and all receiving on one CPU",
  better: { [RATE]: "more", [CPU]: "less" },
  measure: (rounds, progress) =>
    measureEngines(
      rounds,
      progress,
      scoreByMaximum(LADDER),
      measureMaximum(LADDER, ({ busy }) => ({ counts: busy })),
      IN_KERNEL,
    ),
};
