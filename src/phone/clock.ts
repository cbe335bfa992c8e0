import type { Micros } from "../base/brand.ts";
import type { Clock } from "../base/clock.ts";
import { monotonicNow } from "../platform/clock.ts";

/** The clock that paces a phone. Tests pass one that they turn themselves. */
export interface PhoneClock extends Clock {
  /** Calls back once, not before `at`. @returns how to call it off */
  callAt(at: Micros, callback: () => void): () => void;
}

/** The host's clock and timers. */
export function systemPhoneClock(): PhoneClock {
  const offset = Date.now() * 1000 - monotonicNow();
  return {
    now: monotonicNow,
    unixMicros: (at) => at + offset,
    callAt: (at, callback) => {
      const timer = setTimeout(callback, Math.max(0, Math.ceil((at - monotonicNow()) / 1000)));
      return () => clearTimeout(timer);
    },
  };
}
