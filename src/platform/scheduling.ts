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
