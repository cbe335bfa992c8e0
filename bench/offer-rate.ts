import type { Benchmark } from "./support/benchmark.ts";
import {
  cpuMicros,
  type DaemonOptions,
  type MeasuredDaemon,
  startOurs,
  startPeer,
} from "./support/daemons.ts";
import { type Direction, percentile, Samples } from "./support/figures.ts";
import { establish, NgLoad } from "./support/ng-load.ts";

const CYCLES = 6000;
const WARM_UP_CYCLES = 20_000;
const CONCURRENCIES = [8, 32];

/** How many calls a second can be set up and ended: offer, answer, delete; the engine held to one CPU. */
export const offerRate: Benchmark = {
  question: "offer-rate: offer + answer + delete cycles a second, engine on one CPU, client on the other",
  better: Object.fromEntries(
    CONCURRENCIES.flatMap((concurrency): [string, Direction][] => [
      [`cycles per second at ${concurrency}`, "more"],
      [`p99 µs of a request at ${concurrency}`, "less"],
      [`CPU µs per cycle at ${concurrency}`, "less"],
    ]),
  ),
  async measure(rounds, progress) {
    const samples = { ours: new Samples(), peer: new Samples() };
    for (let round = 0; round < rounds; round++) {
      for (const start of [startOurs, startPeer]) {
        const daemon = await start(OPTIONS);
        try {
          await measureDaemon(daemon, samples[daemon.name], progress, round);
        } finally {
          await daemon.stop();
        }
      }
    }
    return { ours: samples.ours.figures(), peer: samples.peer.figures() };
  },
};

const OPTIONS: DaemonOptions = {
  interface: "127.0.0.1",
  ngPort: 22301,
  cpus: "0",
  portMin: 10000,
  portMax: 29999,
  extra: ["--num-threads=1"],
};

async function measureDaemon(
  daemon: MeasuredDaemon,
  samples: Samples,
  progress: (text: string) => void,
  round: number,
): Promise<void> {
  await runCycles(daemon, WARM_UP_CYCLES, 8);
  for (const concurrency of CONCURRENCIES) {
    const before = cpuMicros(daemon.pid);
    const { perSecond, latencies } = await runCycles(daemon, CYCLES, concurrency);
    const cpu = (cpuMicros(daemon.pid) - before) / CYCLES;
    const p99 = percentile(latencies, 0.99);
    samples.add(`cycles per second at ${concurrency}`, perSecond);
    samples.add(`p99 µs of a request at ${concurrency}`, p99);
    samples.add(`CPU µs per cycle at ${concurrency}`, cpu);
    progress(
      `round ${round + 1}, ${daemon.name}, concurrency ${concurrency}: ${Math.round(perSecond)}/s, p99 ${Math.round(p99)} µs`,
    );
  }
}

async function runCycles(
  daemon: MeasuredDaemon,
  cycles: number,
  concurrency: number,
): Promise<{ perSecond: number; latencies: number[] }> {
  const load = await NgLoad.open(daemon.ngPort);
  const latencies: number[] = [];
  let next = 0;
  const timed = async <T>(work: Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work;
    latencies.push((performance.now() - started) * 1000);
    return result;
  };
  const client = async (): Promise<void> => {
    while (next < cycles) {
      const callId = `bench-${process.hrtime.bigint()}-${next++}`;
      const keys = { "call-id": callId, "from-tag": `from-${callId}` };
      await timed(establish(load, callId, "127.0.0.1", [40000, 40002]));
      await timed(load.ask({ command: "delete", ...keys, "delete-delay": 0 }));
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: concurrency }, client));
  const seconds = (performance.now() - started) / 1000;
  load.close();
  return { perSecond: cycles / seconds, latencies };
}
