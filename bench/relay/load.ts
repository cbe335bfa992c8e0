import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { LOAD_CPU, type Rig, type RigEnd } from "./rig.ts";

const PROGRAM: string = join(import.meta.dirname, "load-process.ts");

/** A stream by its ports: a phone's, and the engine's that the phone sends to. */
export interface StreamPorts {
  readonly phone: number;
  readonly engine: number;
}

/** What the load process is told. */
export type LoadOrder =
  | {
      readonly kind: "streams";
      readonly from: RigEnd;
      readonly to: RigEnd;
      readonly streams: readonly StreamPorts[];
    }
  | { readonly kind: "run"; readonly packetsPerSecond: number; readonly seconds: number };

/** What came of a run. Delays in microseconds, from just before the send call to the return to the load's interface. */
export interface LoadResult {
  readonly wantedPerSecond: number;
  readonly sent: number;
  readonly received: number;
  readonly seconds: number;
  readonly undated: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What the load process says. */
export type LoadReply =
  | { readonly kind: "ready"; readonly realtimeErrno: number }
  | { readonly kind: "result"; readonly result: LoadResult }
  | { readonly kind: "failed"; readonly reason: string };

/** The load process, seen from the measurement. */
export class Load {
  readonly #process: ChildProcess;
  readonly #rig: Rig;
  /** Whether the generator runs before ordinary threads. */
  readonly isRealtime: boolean;

  private constructor(process: ChildProcess, rig: Rig, isRealtime: boolean) {
    this.#process = process;
    this.#rig = rig;
    this.isRealtime = isRealtime;
  }

  static async start(rig: Rig): Promise<Load> {
    const inside = ["netns", "exec", rig.load.namespace, "taskset", "-c", String(LOAD_CPU)];
    const child = spawn("ip", [...inside, process.execPath, PROGRAM, rig.load.interface], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const reply = await nextReply(child);
    if (reply.kind !== "ready") throw new Error("the load process is out of step");
    return new Load(child, rig, reply.realtimeErrno === 0);
  }

  /** Which streams to send from now on. */
  async use(streams: readonly StreamPorts[]): Promise<void> {
    await this.#ask({ kind: "streams", from: this.#rig.load, to: this.#rig.engine, streams });
  }

  /** Sends for some seconds. */
  async run(packetsPerSecond: number, seconds: number): Promise<LoadResult> {
    const reply = await this.#ask({ kind: "run", packetsPerSecond, seconds });
    if (reply.kind !== "result") throw new Error("the load process is out of step");
    return reply.result;
  }

  async #ask(order: LoadOrder): Promise<LoadReply> {
    const reply = nextReply(this.#process);
    this.#process.send(order);
    return await reply;
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.disconnect();
    await ended;
  }
}

/** @throws Error when the process ends instead, or says that it failed */
async function nextReply(child: ChildProcess): Promise<LoadReply> {
  const over = new AbortController();
  const { signal } = over;
  try {
    return await Promise.race([
      once(child, "message", { signal }).then(([reply]) => {
        if ((reply as LoadReply).kind === "failed") throw new Error((reply as { reason: string }).reason);
        return reply as LoadReply;
      }),
      once(child, "exit", { signal }).then(([code]) => {
        throw new Error(`the load process ended: exit ${code}`);
      }),
    ]);
  } finally {
    over.abort();
  }
}
