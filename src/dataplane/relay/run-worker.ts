import { workerData } from "node:worker_threads";
import { pinToCpu, requestRealtime } from "../../platform/scheduling.ts";
import type { Step } from "./packet.ts";
import { ControlWord, type WorkerSetup, WorkerStatus } from "./setup.ts";
import { SocketsLoop } from "./sockets-loop.ts";
import { SteeredLoop } from "./steered-loop.ts";

/** How long the thread stays in the kernel at most: a process that exits without `close` waits for it. */
const LONGEST_WAIT_MS = 500;

/**
 * The life of a relay worker: its thread sits in the kernel, not in its event loop, until main says stop. It owns
 * nothing: memory and descriptors are main's.
 */
export function runWorker(steps: readonly Step[]): void {
  const setup = workerData as WorkerSetup;
  const control = new Int32Array(setup.control, 0, 16);
  const loop =
    setup.backend.kind === "steered" ? new SteeredLoop(setup, steps) : new SocketsLoop(setup, steps);
  if (setup.cpu >= 0) pinToCpu(setup.cpu);
  const errno = setup.realtimePriority > 0 ? requestRealtime(setup.realtimePriority) : 0;
  Atomics.store(control, ControlWord.realtimeErrno, errno);
  Atomics.store(control, ControlWord.status, WorkerStatus.Running);
  while (!loop.isStopping) loop.round(LONGEST_WAIT_MS);
  Atomics.store(control, ControlWord.status, WorkerStatus.Stopped);
}
