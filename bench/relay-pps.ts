import { CPU, measureMaximum, RATE, scoreByMaximum } from "./relay/loss-free.ts";
import { measureEngines } from "./relay/measure.ts";
import type { Benchmark } from "./support/benchmark.ts";

const LADDER = [
  40_000, 60_000, 80_000, 110_000, 150_000, 200_000, 270_000, 360_000, 480_000, 600_000, 720_000,
];
/** Where the peer's settings start to differ. */
const CHOICE_LADDER: readonly number[] = LADDER.filter((rate) => rate > 100_000);

/** How many packets a second one CPU relays without loss, and what a packet costs there. */
export const relayPps: Benchmark = {
  question:
    "relay-pps: packets a second relayed with less than 0.1 % loss, 250 calls of plain RTP, engine on one CPU",
  better: { [RATE]: "more", [CPU]: "less" },
  measure: (rounds, progress) =>
    measureEngines(
      rounds,
      progress,
      scoreByMaximum(CHOICE_LADDER),
      measureMaximum(LADDER, ({ all, workers }) => ({
        counts: all,
        further: { "of that, relay worker": workers },
      })),
    ),
};
