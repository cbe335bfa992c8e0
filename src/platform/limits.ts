import { checked } from "./errors.ts";
import * as libc from "./libc.ts";
import { ForeignMemory } from "./memory.ts";

const RLIMIT_NOFILE = 7;

const scratch: ForeignMemory = new ForeignMemory(16);

/** How many files the process may have open. */
export function openFileLimit(): { soft: number; hard: number } {
  checked("getrlimit", libc.getrlimit(RLIMIT_NOFILE, scratch.addressOf(0, 16)));
  const { view } = scratch;
  return { soft: Number(view.getBigUint64(0, true)), hard: Number(view.getBigUint64(8, true)) };
}

/** Raises the number of open files to `wanted`, or as far as the hard limit lets. @returns the limit now */
export function raiseOpenFileLimit(wanted: number): number {
  const { soft, hard } = openFileLimit();
  if (soft >= wanted) return soft;
  scratch.writePointer(0, wanted);
  scratch.writePointer(8, Math.max(hard, wanted));
  if (libc.setrlimit(RLIMIT_NOFILE, scratch.addressOf(0, 16)) === 0) return wanted;
  scratch.writePointer(0, Math.min(hard, wanted));
  scratch.writePointer(8, hard);
  checked("setrlimit", libc.setrlimit(RLIMIT_NOFILE, scratch.addressOf(0, 16)));
  return Math.min(hard, wanted);
}
