import type { Benchmark } from "./support/benchmark.ts";
import {
  type DaemonOptions,
  type MeasuredDaemon,
  residentKilobytes,
  startOurs,
  startPeer,
} from "./support/daemons.ts";
import { figure } from "./support/figures.ts";
import { establish, NgLoad } from "./support/ng-load.ts";

const WARM_UP_CALLS = 500;
/** With four sockets each, below the 20,000 descriptors of a common limit: beyond its limit the peer falls silent. */
const CALLS = 4000;
const NAME = "kB per call";

/** How much memory an established audio call takes: growth of resident memory over thousands of calls. */
export const callMemory: Benchmark = {
  question: `call-memory: resident memory an established call, over ${CALLS} calls`,
  better: { [NAME]: "less" },
  async measure(rounds, progress) {
    const samples = { ours: [] as number[], peer: [] as number[] };
    const silences = { ours: 0, peer: 0 };
    for (let round = 0; round < rounds; round++) {
      for (const start of [startOurs, startPeer]) {
        const { name, kilobytes, tries } = await measureOnce(start, progress);
        samples[name].push(kilobytes);
        silences[name] += tries - 1;
        progress(`round ${round + 1}, ${name}: ${kilobytes.toFixed(1)} kB a call`);
      }
    }
    return {
      ours: { [NAME]: figure(samples.ours) },
      peer: { [NAME]: figure(samples.peer) },
      conditions: { "rounds begun anew": `ours ${silences.ours}, peer ${silences.peer}` },
    };
  },
};

const TRIES = 4;

/** Debian's engine sometimes falls silent for good while calls are set up: the round begins anew, and that is told. */
async function measureOnce(
  start: typeof startOurs,
  progress: (text: string) => void,
): Promise<{ name: "ours" | "peer"; kilobytes: number; tries: number }> {
  for (let tries = 1; ; tries++) {
    const daemon = await start(OPTIONS);
    const { name } = daemon;
    try {
      return { name, kilobytes: await perCall(daemon), tries };
    } catch (error) {
      if (tries === TRIES) throw error;
      progress(`${name}: ${(error as Error).message}; this round begins anew`);
    } finally {
      await daemon.stop();
    }
  }
}

const OPTIONS: DaemonOptions = {
  interface: "127.0.0.1",
  ngPort: 22302,
  cpus: "0,1",
  portMin: 10000,
  portMax: 59999,
  extra: ["--num-threads=1"],
};

/** Warmed up first, so that code and pools are not counted; both engines alike, with the garbage they have. */
async function perCall(daemon: MeasuredDaemon): Promise<number> {
  const load = await NgLoad.open(daemon.ngPort);
  const establishMany = async (count: number): Promise<void> => {
    for (let call = 0; call < count; call++) {
      await establish(load, `memory-${process.hrtime.bigint()}-${call}`, "127.0.0.1", [60000, 60002]);
    }
  };
  try {
    await establishMany(WARM_UP_CALLS);
    await settle();
    const before = residentKilobytes(daemon.pid);
    await establishMany(CALLS);
    await settle();
    return (residentKilobytes(daemon.pid) - before) / CALLS;
  } finally {
    load.close();
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2000));
