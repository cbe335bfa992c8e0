import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  cpuMicros,
  type DaemonOptions,
  type MeasuredDaemon,
  startOurs,
  startPeer,
} from "../support/daemons.ts";
import type { Load, LoadResult, StreamPorts } from "./load.ts";
import { ENGINE_CPU, LOAD_CPU, type Rig } from "./rig.ts";

const SETUP_PROGRAM: string = join(import.meta.dirname, "setup-calls.ts");
const NG_PORT = 22303;
/** Two streams each. */
const CALLS = 250;
const WARM_UP_SECONDS = 2;
/** Rate and seconds: lets an engine see where the packets of new calls come from. */
const FIRST_PACKETS = [25_000, 0.5] as const;

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

/** Our engine with the kernel forwarding what it can. */
export const KERNEL: Engine = {
  name: "ours",
  program: "ours",
  extra: ["--fastpath=tc", "--num-threads=1"],
  warmUpPerSecond: 50_000,
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
  /** What the engine's CPU was not idle, whoever had it. */
  readonly busy: number;
}

/** An engine with its calls set up and warmed up. */
export class RunningEngine {
  readonly #daemon: MeasuredDaemon;
  readonly #rig: Rig;
  readonly #load: Load;
  #generation = 0;
  /** Whether the calls have seen overload. */
  #isSpoilt = false;

  constructor(daemon: MeasuredDaemon, rig: Rig, load: Load) {
    this.#daemon = daemon;
    this.#rig = rig;
    this.#load = load;
  }

  /** Replaces all calls by new ones. */
  async setUpCalls(): Promise<void> {
    await this.#load.use(await setUpCalls(this.#rig, this.#generation++));
    this.#isSpoilt = false;
  }

  /**
   * Sends through it, and says what CPU time that took.
   *
   * After a loss the next run has new calls: the peer switches a stream off for good whose socket had too many
   * packets waiting five times.
   */
  async run(packetsPerSecond: number, seconds: number): Promise<{ load: LoadResult; cpu: CpuTime }> {
    if (this.#isSpoilt) {
      await this.setUpCalls();
      await this.#load.run(...FIRST_PACKETS);
    }
    const before = this.#cpuTime();
    const load = await this.#load.run(packetsPerSecond, seconds);
    const after = this.#cpuTime();
    this.#isSpoilt = load.received < load.sent;
    return {
      load,
      cpu: {
        all: after.all - before.all,
        workers: after.workers - before.workers,
        busy: after.busy - before.busy,
      },
    };
  }

  #cpuTime(): CpuTime {
    const { pid } = this.#daemon;
    return { all: cpuMicros(pid), workers: cpuMicros(pid, "relay-"), busy: busyMicros(ENGINE_CPU) };
  }
}

const TICK_MICROS = 10_000;

/** How long a CPU has not been idle since the system started, microseconds (`/proc/stat`). */
function busyMicros(cpu: number): number {
  const line = new RegExp(`^cpu${cpu} .*`, "m").exec(readFileSync("/proc/stat", "utf8"))![0];
  const [, , , , idle, waiting] = line.split(" ").map(Number);
  return performance.now() * 1000 - (Number(idle) + Number(waiting)) * TICK_MICROS;
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
    const running = new RunningEngine(daemon, rig, load);
    await running.setUpCalls();
    await running.run(engine.warmUpPerSecond, WARM_UP_SECONDS);
    return await work(running);
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

async function setUpCalls(rig: Rig, generation: number): Promise<StreamPorts[]> {
  const inside = ["netns", "exec", rig.engine.namespace, "taskset", "-c", String(LOAD_CPU)];
  const task = [NG_PORT, rig.load.address.address, CALLS, generation].map(String);
  const child = spawn("ip", [...inside, process.execPath, SETUP_PROGRAM, ...task], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += String(chunk);
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`setting up calls failed: exit ${code}`);
  return JSON.parse(text) as StreamPorts[];
}
