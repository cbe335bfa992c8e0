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
const CALLS = 5000;
const NAME = "kB per call";

/** How much memory an established audio call takes: growth of resident memory over 5,000 calls. */
export const callMemory: Benchmark = {
  question: `call-memory: resident memory an established call, over ${CALLS} calls`,
  better: { [NAME]: "less" },
  async measure(rounds, progress) {
    const samples = { ours: [] as number[], peer: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      for (const start of [startOurs, startPeer]) {
        const daemon = await start(OPTIONS);
        try {
          const kilobytes = await perCall(daemon);
          samples[daemon.name].push(kilobytes);
          progress(`round ${round + 1}, ${daemon.name}: ${kilobytes.toFixed(1)} kB a call`);
        } finally {
          await daemon.stop();
        }
      }
    }
    return { ours: { [NAME]: figure(samples.ours) }, peer: { [NAME]: figure(samples.peer) } };
  },
};

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
  await establishMany(WARM_UP_CALLS);
  await settle();
  const before = residentKilobytes(daemon.pid);
  await establishMany(CALLS);
  await settle();
  const after = residentKilobytes(daemon.pid);
  load.close();
  return (after - before) / CALLS;
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2000));
