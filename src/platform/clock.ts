import type { Micros } from "../base/brand.ts";
import * as libc from "./libc.ts";
import { ForeignMemory, type KeptAddress } from "./memory.ts";

const CLOCK_MONOTONIC = 1;

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
