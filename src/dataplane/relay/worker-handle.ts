import { Worker } from "node:worker_threads";
import { InvariantError } from "../../base/errors.ts";
import { DROP_SLOTS } from "../../flow/flow-state.ts";
import { Ring } from "../../flow/ring.ts";
import { openEpoll, openWakeup, wake, watchReadable } from "../../platform/epoll.ts";
import { errnoName } from "../../platform/errors.ts";
import { closeDescriptor } from "../../platform/socket.ts";
import type { WorkerPort } from "./backend.ts";
import { WAKEUP_TOKEN } from "./relay-loop.ts";
import {
  CONTROL_BYTES,
  CONTROL_DROPS_BYTE,
  ControlWord,
  type SetupAddress,
  type SetupBackend,
  type SharedTables,
  type WorkerSetup,
  WorkerStatus,
} from "./setup.ts";

const EVENT_RING_BYTES = 1 << 18;
const COMMAND_RING_BYTES = 1 << 18;
const RESTART_DELAY_MS = 100;
/** A batch takes well under a millisecond; a worker that needs this long hangs. */
const BATCH_LIMIT_MS = 2000;

/** The program of a relay worker. */
export const WORKER_PROGRAM: URL = new URL("./worker.ts", import.meta.url);

/** What a worker reports about itself. */
export type WorkerLog = (level: "info" | "warning" | "error", message: string) => void;

/** Main's side of one worker thread: its memory, its wake-up, its life. A worker that dies is started again. */
export class WorkerHandle implements WorkerPort {
  readonly index: number;
  readonly epoll: number;
  readonly events: Ring;
  readonly #commands: Ring;
  readonly #wakeup: number;
  readonly #control: Int32Array<SharedArrayBuffer>;
  readonly #orphanDrops: Float64Array<SharedArrayBuffer>;
  readonly #buffers: { control: SharedArrayBuffer; events: SharedArrayBuffer; commands: SharedArrayBuffer };
  readonly #program: URL;
  readonly #log: WorkerLog;
  #worker: Worker | undefined;
  #exited: Promise<void> = Promise.resolve();
  #restart: NodeJS.Timeout | undefined;
  #isClosing = false;

  /** @param program what the thread runs */
  constructor(index: number, program: URL, log: WorkerLog) {
    this.index = index;
    this.#program = program;
    this.#log = log;
    this.epoll = openEpoll();
    this.#wakeup = openWakeup();
    watchReadable(this.epoll, this.#wakeup, WAKEUP_TOKEN);
    this.#buffers = {
      control: new SharedArrayBuffer(CONTROL_BYTES),
      events: Ring.allocate(EVENT_RING_BYTES),
      commands: Ring.allocate(COMMAND_RING_BYTES),
    };
    this.#control = new Int32Array(this.#buffers.control, 0, 16);
    this.#orphanDrops = new Float64Array(this.#buffers.control, CONTROL_DROPS_BYTE, DROP_SLOTS);
    this.events = new Ring(this.#buffers.events);
    this.#commands = new Ring(this.#buffers.commands);
  }

  /** Starts the thread; resolves when it relays. */
  async start(
    tables: SharedTables,
    addresses: readonly SetupAddress[],
    backend: SetupBackend,
    realtimePriority: number,
    cpu: number,
  ): Promise<void> {
    const { epoll } = this;
    const wakeup = this.#wakeup;
    this.#spawn({ tables, addresses, backend, ...this.#buffers, epoll, wakeup, realtimePriority, cpu });
    while (Atomics.load(this.#control, ControlWord.status) !== WorkerStatus.Running) {
      if (this.#worker === undefined) throw new InvariantError(`relay worker ${this.index} did not start`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const errno = this.#control[ControlWord.realtimeErrno]!;
    if (errno !== 0) {
      this.#log(
        "warning",
        `relay worker ${this.index} runs without real-time priority: ${errnoName(errno)} (CAP_SYS_NICE)`,
      );
    }
  }

  #spawn(setup: WorkerSetup): void {
    const worker = new Worker(this.#program, {
      workerData: setup,
      name: `relay-${this.index}`,
      execArgv: [],
    });
    this.#worker = worker;
    worker.on("error", (error) => this.#log("error", `relay worker ${this.index} failed: ${String(error)}`));
    this.#exited = new Promise((resolve) => {
      worker.once("exit", (code) => {
        this.#worker = undefined;
        resolve();
        if (this.#isClosing) return;
        this.#log("error", `relay worker ${this.index} died with code ${code}`);
        this.#respawn(setup);
      });
    });
  }

  /** It may have died inside a batch: whoever waits for the end of that may go on. */
  #respawn(setup: WorkerSetup): void {
    if ((Atomics.load(this.#control, ControlWord.batch) & 1) === 1)
      Atomics.add(this.#control, ControlWord.batch, 1);
    if (Atomics.load(this.#control, ControlWord.status) === WorkerStatus.Starting) return;
    Atomics.store(this.#control, ControlWord.status, WorkerStatus.Starting);
    this.#restart = setTimeout(() => this.#spawn(setup), RESTART_DELAY_MS);
  }

  /** Position of the batch counter, to be given to `waitPast`. */
  position(): number {
    return Atomics.load(this.#control, ControlWord.batch);
  }

  /**
   * Returns once no batch that ran at `position` runs any more.
   *
   * @throws InvariantError when the worker hangs
   */
  waitPast(position: number): void {
    if ((position & 1) === 0) return;
    const deadline = performance.now() + BATCH_LIMIT_MS;
    for (let spin = 0; Atomics.load(this.#control, ControlWord.batch) === position; spin++) {
      if (spin < 1000) continue;
      if (this.#worker === undefined) return;
      Atomics.wait(this.#control, ControlWord.batch, position, 0.05);
      if (performance.now() > deadline)
        throw new InvariantError(`relay worker ${this.index} hangs in a batch`);
    }
  }

  /**
   * Calls back soon after the worker has left events in the ring, until `stop`. Does not keep the process alive.
   *
   * @param onEvents takes events off the ring; returns whether it left some, to be called again
   */
  async watchEvents(onEvents: () => boolean): Promise<void> {
    while (!this.#isClosing) {
      const rung = Atomics.load(this.#control, ControlWord.doorbell);
      // Events that pour in must not keep the thread's other work waiting.
      const isMoreLeft = onEvents();
      const waiting = isMoreLeft ? undefined : Atomics.waitAsync(this.#control, ControlWord.doorbell, rung);
      if (waiting?.async) await waiting.value;
      else await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Hands a command over and wakes the worker. @returns false when the ring is full */
  command(kind: number, flowId: number, bytes: Uint8Array): boolean {
    const isTaken = this.#commands.push(kind, flowId, bytes, 0, bytes.length);
    wake(this.#wakeup);
    return isTaken;
  }

  /** Whether the worker has taken every command. */
  get hasTakenCommands(): boolean {
    return this.#commands.isEmpty;
  }

  /** Packets that belonged to no flow, by `DropReason`. */
  orphanDrops(): Float64Array {
    return this.#orphanDrops;
  }

  /** Stops the thread and waits until it is gone. */
  async stop(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#restart);
    Atomics.store(this.#control, ControlWord.stop, 1);
    wake(this.#wakeup);
    await this.#exited;
    // Lets `watchEvents` end.
    Atomics.add(this.#control, ControlWord.doorbell, 1);
    Atomics.notify(this.#control, ControlWord.doorbell);
  }

  /** Gives up the descriptors. After `stop`. */
  close(): void {
    closeDescriptor(this.#wakeup);
    closeDescriptor(this.epoll);
  }
}
