import { cpus } from "node:os";
import { pinToCpu } from "../../src/platform/scheduling.ts";
import { type Figures, Samples } from "../support/figures.ts";
import { type Engine, KERNEL, type RunningEngine, SOCKETS, STEERED, withEngine } from "./engines.ts";
import { Load } from "./load.ts";
import { choosePeer, type PeerScore } from "./peer-choice.ts";
import { buildRig, LOAD_CPU } from "./rig.ts";

/** One measurement of one engine; adds its figures to `samples` and returns what to show. */
export type Measurement = (running: RunningEngine, samples: Samples) => Promise<string>;

/** Who is measured, and how. */
export interface Contest {
  readonly ours: Engine;
  /** Another way to run us, quoted beside. */
  readonly beside: Engine;
  /** Which CPU takes in what arrives for the engine. */
  readonly receiver: "load" | "engine";
}

/** What passes our process, and the peer's. */
export const USER_SPACE: Contest = { ours: STEERED, beside: SOCKETS, receiver: "load" };

/** What the kernel forwards by itself, its work and all other work of receiving counted as the engine's. */
export const IN_KERNEL: Contest = {
  ours: KERNEL,
  beside: { ...STEERED, name: "steered" },
  receiver: "engine",
};

/**
 * Measures us, the peer in its best setting, and us with a socket a port, taking turns in every round.
 *
 * @param score by what the peer's best setting is found
 */
export async function measureEngines(
  rounds: number,
  progress: (text: string) => void,
  score: PeerScore,
  measure: Measurement,
  { ours, beside, receiver }: Contest = USER_SPACE,
): Promise<{
  ours: Figures;
  peer: Figures;
  beside: Record<string, Figures>;
  conditions: Record<string, string>;
}> {
  if (cpus().length < 2) throw new Error("two CPUs are needed: one for the engine, one for the load");
  // This program and whatever it starts stay off the engine's CPU.
  pinToCpu(LOAD_CPU);
  const rig = buildRig(receiver);
  const load = await Load.start(rig);
  const peer = await choosePeer(rig, load, score, progress);
  const samples = { ours: new Samples(), peer: new Samples(), beside: new Samples() };
  for (let round = 0; round < rounds; round++) {
    for (const [key, engine] of turns(round, ours, peer.engine, beside)) {
      const text = await withEngine(engine, rig, load, (running) => measure(running, samples[key]));
      progress(`round ${round + 1}, ${engine.name}: ${text}`);
    }
  }
  await load.stop();
  rig.remove();
  return {
    ours: samples.ours.figures(),
    peer: samples.peer.figures(),
    beside: { [beside.name]: samples.beside.figures() },
    conditions: { peer: peer.description, load: load.isRealtime ? "real-time" : "ordinary priority" },
  };
}

/** Who goes first changes from round to round. */
function turns(
  round: number,
  ours: Engine,
  peer: Engine,
  beside: Engine,
): (readonly ["ours" | "peer" | "beside", Engine])[] {
  const order = [["ours", ours] as const, ["peer", peer] as const, ["beside", beside] as const];
  return round % 2 === 0 ? order : order.reverse();
}
