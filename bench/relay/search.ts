/** How to look for a maximum. */
export interface Search {
  /** Rates to try first, rising; short tries. */
  readonly ladder: readonly number[];
  /** Stops when the least rate that failed is at most this many times the greatest that passed. */
  readonly resolution: number;
  /**
   * Tries one rate.
   *
   * @param isFinal whether the answer may become the result: take the time it needs
   */
  try(rate: number, isFinal: boolean): Promise<boolean>;
}

/** How much lower to try when a rate does not pass again. */
const STEP_DOWN = 0.93;
const MAX_STEPS_DOWN = 12;

/**
 * The greatest rate that passes: up the ladder until two rungs in a row fail, then bisection, with a final try
 * of what is returned.
 *
 * @returns 0 when nothing passes
 */
export async function findMaximum(search: Search): Promise<number> {
  let { low, high } = await climb(search);
  let isConfirmed = false;
  while (high !== undefined && low > 0 && high / low > search.resolution) {
    const middle = Math.round(Math.sqrt(low * high));
    if (await search.try(middle, true)) {
      low = middle;
      isConfirmed = true;
    } else {
      high = middle;
    }
  }
  if (low === 0) low = Math.round(search.ladder[0]! * STEP_DOWN);
  for (let step = 0; step < MAX_STEPS_DOWN && !isConfirmed; step++) {
    isConfirmed = await search.try(low, true);
    if (!isConfirmed) low = Math.round(low * STEP_DOWN);
  }
  return isConfirmed ? low : 0;
}

/** One failure alone may be the machine's: only two in a row end the ladder. */
async function climb(search: Search): Promise<{ low: number; high: number | undefined }> {
  let low = 0;
  let high: number | undefined;
  let failures = 0;
  for (const rate of search.ladder) {
    if (await search.try(rate, false)) {
      low = rate;
      high = undefined;
      failures = 0;
      continue;
    }
    high ??= rate;
    if (++failures === 2) break;
  }
  return { low, high };
}
