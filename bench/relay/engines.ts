import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { cpuMicros, type DaemonOptions, startOurs, startPeer } from "../support/daemons.ts";
import type { Load, LoadResult, StreamPorts } from "./load.ts";
import { ENGINE_CPU, LOAD_CPU, type Rig } from "./rig.ts";

const SETUP_PROGRAM: string = join(import.meta.dirname, "setup-calls.ts");
const NG_PORT = 22303;
/** Two streams each. */
const CALLS = 250;
const WARM_UP_SECONDS = 2;
const SETTLE_MS = 500;

/** An engine, and how it is started for a measurement. */
export interface Engine {
  readonly name: string;
  readonly program: "ours" | "peer";
  readonly extra: readonly string[];
  /** A command that starts the program, `chrt -f 50` for one. */
  readonly through?: readonly string[];
  readonly warmUpPerSecond: number;
}

/** Our engine with its steered backend. Its workers ask for real-time priority themselves; its main thread must not have it. */
export const STEERED: Engine = {
  name: "ours",
  program: "ours",
  extra: ["--backend=steered", "--num-threads=1"],
  warmUpPerSecond: 100_000,
};

/** Our engine with a socket a port. */
export const SOCKETS: Engine = {
  name: "sockets",
  program: "ours",
  extra: ["--backend=sockets", "--num-threads=1"],
  warmUpPerSecond: 50_000,
};

/** CPU time of an engine, microseconds. */
export interface CpuTime {
  readonly all: number;
  /** Of our relay workers; 0 for the peer. */
  readonly workers: number;
}

/** An engine with its calls set up and warmed up. */
export interface RunningEngine {
  /** Sends through it, and says what CPU time that took. */
  run(packetsPerSecond: number, seconds: number): Promise<{ load: LoadResult; cpu: CpuTime }>;
}

/** Starts an engine, sets up its calls, warms it up, does something with it and stops it. */
export async function withEngine<T>(
  engine: Engine,
  rig: Rig,
  load: Load,
  work: (running: RunningEngine) => Promise<T>,
): Promise<T> {
  const daemon = await (engine.program === "ours" ? startOurs : startPeer)(daemonOptions(engine, rig));
  try {
    await load.use(await setUpCalls(rig));
    await load.run(engine.warmUpPerSecond, WARM_UP_SECONDS);
    await pause(SETTLE_MS);
    const cpuTime = (): CpuTime => ({ all: cpuMicros(daemon.pid), workers: cpuMicros(daemon.pid, "relay-") });
    return await work({
      run: async (packetsPerSecond, seconds) => {
        const before = cpuTime();
        const result = await load.run(packetsPerSecond, seconds);
        const after = cpuTime();
        const cpu = { all: after.all - before.all, workers: after.workers - before.workers };
        return { load: result, cpu };
      },
    });
  } finally {
    await daemon.stop();
  }
}

function daemonOptions(engine: Engine, rig: Rig): DaemonOptions {
  return {
    interface: rig.engine.address.address,
    namespace: rig.engine.namespace,
    ngPort: NG_PORT,
    cpus: String(ENGINE_CPU),
    portMin: 40000,
    portMax: 49999,
    // A peer over its limit writes a line a packet, which must not be what is measured.
    extra: [...engine.extra, "--log-level=2", "--timeout=3600", "--silent-timeout=3600"],
    ...(engine.through && { through: engine.through }),
  };
}

async function setUpCalls(rig: Rig): Promise<StreamPorts[]> {
  const inside = ["netns", "exec", rig.engine.namespace, "taskset", "-c", String(LOAD_CPU)];
  const command = [process.execPath, SETUP_PROGRAM, String(NG_PORT), rig.load.address.address, String(CALLS)];
  const child = spawn("ip", [...inside, ...command], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk) => (text += String(chunk)));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`setting up calls failed: exit ${code}`);
  return JSON.parse(text) as StreamPorts[];
}
