import { InvariantError } from "../base/errors.ts";

/**
 * Rates that are always there, whatever SDPs fill the table with. The first is that where nothing better is known
 * (RFC 3551 §6: most audio).
 */
const COMMON_RATES_HZ = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 90000];
const CAPACITY = 256;

/** RTP clock rates in use, by a one-byte index; index 0 is 8000 Hz. Main adds, workers read. */
export class ClockRates {
  readonly ratesHz: Float64Array<SharedArrayBuffer>;
  #count = COMMON_RATES_HZ.length;

  constructor(buffer: SharedArrayBuffer) {
    this.ratesHz = new Float64Array(buffer);
    this.ratesHz.set(COMMON_RATES_HZ);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(CAPACITY * 8);
  }

  /** The index of a rate, which is added when new; beyond the capacity, that of 8000 Hz. */
  indexOf(rateHz: number): number {
    if (rateHz === 0) return 0;
    if (!(rateHz > 0)) throw new InvariantError(`clock rate ${rateHz}`);
    const found = this.ratesHz.subarray(0, this.#count).indexOf(rateHz);
    if (found >= 0) return found;
    if (this.#count === CAPACITY) return 0;
    this.ratesHz[this.#count] = rateHz;
    return this.#count++;
  }
}
