import type { Micros } from "./brand.ts";

/** Where time comes from. Tests pass one that they turn themselves. */
export interface Clock {
  /** Monotonic. */
  now(): Micros;
  /** The Unix time, microseconds, that a monotonic time of this clock stands for. */
  unixMicros(at: Micros): number;
}
