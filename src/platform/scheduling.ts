import { readdirSync, readFileSync } from "node:fs";
import { setPriority } from "node:os";
import { InvariantError } from "../base/errors.ts";
import { lastErrno } from "./errors.ts";
import * as libc from "./libc.ts";
import { ForeignMemory } from "./memory.ts";

const SCHED_FIFO = 1;
const CPU_SET_BYTES = 128;

const scratch: ForeignMemory = new ForeignMemory(CPU_SET_BYTES);

/**
 * Asks that the calling thread runs before all ordinary ones (`sched(7)`). Needs CAP_SYS_NICE.
 *
 * @param priority 1..99
 * @returns 0, or the error number
 */
export function requestRealtime(priority: number): number {
  scratch.words32[0] = priority;
  return libc.schedSetscheduler(0, SCHED_FIFO, scratch.addressOf(0, 4)) === 0 ? 0 : lastErrno();
}

/** Keeps the calling thread on one CPU. @returns 0, or the error number */
export function pinToCpu(cpu: number): number {
  if (!(cpu >= 0 && cpu < CPU_SET_BYTES * 8)) throw new InvariantError(`no such CPU: ${cpu}`);
  scratch.bytes.fill(0, 0, CPU_SET_BYTES);
  scratch.bytes[cpu >> 3] = 1 << (cpu & 7);
  const address = scratch.addressOf(0, CPU_SET_BYTES);
  return libc.schedSetaffinity(0, CPU_SET_BYTES, address) === 0 ? 0 : lastErrno();
}

/** Nicer than that, and collections that wait for a helper take longer than what was won (`bench/offer-rate.ts`). */
const HELPER_NICENESS = 2;

/**
 * Lets V8's helper threads (compilation, garbage collection) yield to the threads they help: where CPUs are few, a request
 * would wait for the milliseconds one of them has the CPU.
 *
 * Whatever cannot be changed stays as it is: this is a matter of speed alone.
 */
export function yieldHelperThreads(): void {
  for (const thread of readdirSync("/proc/self/task")) {
    try {
      if (readFileSync(`/proc/self/task/${thread}/comm`, "latin1") === "V8Worker\n") {
        setPriority(Number(thread), HELPER_NICENESS);
      }
    } catch {
      // The thread has ended, or the system does not let us.
    }
  }
}
