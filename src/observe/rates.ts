/** Packets, what they held, and what went wrong. */
export interface TrafficCount {
  readonly packets: number;
  readonly bytes: number;
  readonly errors: number;
}

/** Traffic by who carried it. */
export interface TieredTraffic {
  readonly user: TrafficCount;
  readonly kernel: TrafficCount;
}

const NOTHING: TrafficCount = { packets: 0, bytes: 0, errors: 0 };

/** Turns running totals into amounts a second. */
export class RateMeter {
  #last: TieredTraffic | undefined;
  #lastSeconds = 0;
  #rates: TieredTraffic = { user: NOTHING, kernel: NOTHING };

  /** Of the time between the last two samples; all 0 before there are two. */
  get rates(): TieredTraffic {
    return this.#rates;
  }

  /** Takes a reading; every second is the idea. */
  sample(totals: TieredTraffic, nowSeconds: number): void {
    const elapsed = nowSeconds - this.#lastSeconds;
    if (this.#last && elapsed > 0) {
      this.#rates = {
        user: rateOf(this.#last.user, totals.user, elapsed),
        kernel: rateOf(this.#last.kernel, totals.kernel, elapsed),
      };
    }
    this.#last = totals;
    this.#lastSeconds = nowSeconds;
  }
}

function rateOf(before: TrafficCount, now: TrafficCount, elapsed: number): TrafficCount {
  const rate = (from: number, to: number): number => Math.max(0, Math.round((to - from) / elapsed));
  return {
    packets: rate(before.packets, now.packets),
    bytes: rate(before.bytes, now.bytes),
    errors: rate(before.errors, now.errors),
  };
}

/** Both tiers together. */
export function sumOf({ user, kernel }: TieredTraffic): TrafficCount {
  return {
    packets: user.packets + kernel.packets,
    bytes: user.bytes + kernel.bytes,
    errors: user.errors + kernel.errors,
  };
}
