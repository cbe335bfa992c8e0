import type { Micros } from "../base/brand.ts";
import * as libc from "./libc.ts";
import { ForeignMemory, type KeptAddress } from "./memory.ts";

const CLOCK_MONOTONIC = 1;
const TIMER_ABSTIME = 1;

/** Monotonic time now. Allocates; packet loops use `BatchClock`. */
export function monotonicNow(): Micros {
  return Number(process.hrtime.bigint() / 1000n) as Micros;
}

/** The same clock for a packet loop: one read a batch, no allocation. */
export class BatchClock {
  readonly #memory = new ForeignMemory(16);
  #address: KeptAddress = null;

  constructor() {
    this.#address = this.#memory.addressOf(0, 16);
  }

  /** Stores the time now, in microseconds, in `into[0]`. */
  read(into: Float64Array): void {
    libc.clockGettime(CLOCK_MONOTONIC, this.#address as number);
    const words = this.#memory.words32;
    // Seconds since the start of the host fit the lower word for 68 years.
    into[0] = words[0]! * 1e6 + Math.floor(words[2]! / 1000);
  }
}

/** The same clock in nanoseconds, for a loop that sends on time. Exact while the host is up 104 days. */
export class NanoClock {
  readonly #memory = new ForeignMemory(32);
  #nowAddress: KeptAddress = null;
  #wakeAddress: KeptAddress = null;

  constructor() {
    this.#nowAddress = this.#memory.addressOf(0, 16);
    this.#wakeAddress = this.#memory.addressOf(16, 16);
  }

  /** Stores the time now, in nanoseconds, in `into[0]`. */
  read(into: Float64Array): void {
    libc.clockGettime(CLOCK_MONOTONIC, this.#nowAddress as number);
    const words = this.#memory.words32;
    into[0] = words[0]! * 1e9 + words[2]!;
  }

  /** Blocks the thread until the time in `at[0]`, in nanoseconds; a signal may end it earlier. */
  sleepUntil(at: Float64Array): void {
    const words = this.#memory.words32;
    const seconds = Math.floor(at[0]! / 1e9);
    words[4] = seconds;
    words[6] = at[0]! - seconds * 1e9;
    libc.clockNanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, this.#wakeAddress as number, 0);
  }
}
