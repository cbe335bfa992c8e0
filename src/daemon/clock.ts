import type { Micros } from "../base/brand.ts";
import type { Clock } from "../base/clock.ts";
import { monotonicNow } from "../platform/clock.ts";

/** The host's clock. Unix times are reckoned from the start: a step of the wall clock moves no timer. */
export function systemClock(): Clock {
  const offset = Date.now() * 1000 - monotonicNow();
  return { now: monotonicNow, unixMicros: (at: Micros) => at + offset };
}
