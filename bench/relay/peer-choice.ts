import { type Engine, type RunningEngine, withEngine } from "./engines.ts";
import type { Load } from "./load.ts";
import type { Rig } from "./rig.ts";

/** How well a setting serves the peer: above 0, more is better. `text` is shown. */
export type PeerScore = (running: RunningEngine) => Promise<{ score: number; text: string }>;

/** A way to run the peer. */
interface Setting {
  readonly description: string;
  readonly extra: readonly string[];
  readonly through?: readonly string[];
}

const THREADS: readonly Setting[] = [
  { description: "one worker thread", extra: ["--num-threads=1"] },
  { description: "as many worker threads as it starts by itself", extra: [] },
];
const REALTIME: readonly string[] = ["chrt", "-f", "50"];
/** Real-time first: where it makes no difference, it still shields the peer from whatever else runs. */
const SETTINGS: readonly Setting[] = THREADS.flatMap((setting) => [
  { ...setting, description: `${setting.description}, SCHED_FIFO`, through: REALTIME },
  { ...setting, description: `${setting.description}, ordinary priority` },
]);
/** How much better a setting must be than one before it. */
const CLEARLY = 1.05;

/** Tries the ways to run Debian's rtpengine on one CPU, and takes the one that serves it best here. */
export async function choosePeer(
  rig: Rig,
  load: Load,
  score: PeerScore,
  progress: (text: string) => void,
): Promise<{ engine: Engine; description: string }> {
  let best = { engine: peer(SETTINGS[0]!), description: "", score: 0 };
  for (const setting of SETTINGS) {
    const engine = peer(setting);
    const result = await withEngine(engine, rig, load, score);
    progress(`peer with ${setting.description}: ${result.text}`);
    if (result.score > best.score * CLEARLY) {
      best = { engine, description: setting.description, score: result.score };
    }
  }
  return best;
}

function peer({ extra, through }: Setting): Engine {
  return { name: "peer", program: "peer", extra, warmUpPerSecond: 50_000, ...(through && { through }) };
}
