/** Samples a second of everything a phone says and hears. */
export const SAMPLE_RATE_HZ = 8000;

/** A sine tone without end, continuous from one block of samples to the next. */
export class ToneGenerator {
  readonly #step: number;
  readonly #amplitude: number;
  #phase = 0;

  /** @param levelDbov its power against a full-scale square wave; a full-scale sine has -3.01 */
  constructor(frequencyHz: number, levelDbov = -13) {
    this.#step = (2 * Math.PI * frequencyHz) / SAMPLE_RATE_HZ;
    this.#amplitude = Math.min(32_767, Math.SQRT2 * 32_768 * 10 ** (levelDbov / 20));
  }

  /** The next samples, 16 bits. */
  next(count: number): Int16Array {
    const samples = new Int16Array(count);
    for (let at = 0; at < count; at++) {
      samples[at] = Math.round(this.#amplitude * Math.sin(this.#phase));
      this.#phase = (this.#phase + this.#step) % (2 * Math.PI);
    }
    return samples;
  }
}
