import type { Benchmark } from "./support/benchmark.ts";
import {
  cpuMicros,
  type DaemonOptions,
  type MeasuredDaemon,
  startOurs,
  startPeer,
} from "./support/daemons.ts";
import { type Direction, type Figures, percentile, Samples } from "./support/figures.ts";
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
    const samples = new Map(ENGINES.map(({ name }) => [name, new Samples()]));
    for (let round = 0; round < rounds; round++) {
      for (const { name, start, extra } of ENGINES) {
        const daemon = await start({ ...OPTIONS, extra });
        try {
          await measureDaemon(daemon, samples.get(name)!, (text) =>
            progress(`round ${round + 1}, ${name}, ${text}`),
          );
        } finally {
          await daemon.stop();
        }
      }
    }
    const figures = (name: string): Figures => samples.get(name)!.figures();
    return {
      ours: figures("ours"),
      peer: figures("peer"),
      beside: { [PEER_ONE_WORKER]: figures(PEER_ONE_WORKER) },
    };
  },
};

const PEER_ONE_WORKER = "peer, one worker thread";

/** Both as operators start them; besides, the peer in the setting with which its slowest requests are fastest. */
const ENGINES: readonly {
  readonly name: string;
  readonly start: (options: DaemonOptions) => Promise<MeasuredDaemon>;
  readonly extra: readonly string[];
}[] = [
  { name: "ours", start: startOurs, extra: [] },
  { name: "peer", start: startPeer, extra: [] },
  { name: PEER_ONE_WORKER, start: startPeer, extra: ["--num-threads=1"] },
];

const OPTIONS: DaemonOptions = {
  interface: "127.0.0.1",
  ngPort: 22301,
  cpus: "0",
  portMin: 10000,
  portMax: 29999,
};

async function measureDaemon(
  daemon: MeasuredDaemon,
  samples: Samples,
  progress: (text: string) => void,
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
    progress(`concurrency ${concurrency}: ${Math.round(perSecond)}/s, p99 ${Math.round(p99)} µs`);
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
