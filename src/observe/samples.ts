/** Sum, sum of squares and number of values, from which average and deviation follow. */
export class SampleSum {
  sum = 0;
  squares = 0;
  count = 0;

  add(value: number): void {
    this.sum += value;
    this.squares += value * value;
    this.count++;
  }

  /** 0 before the first value. */
  get average(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }

  /** Of the whole population; 0 before the first value. */
  get standardDeviation(): number {
    if (this.count === 0) return 0;
    // Rounding may bring the difference below 0.
    return Math.sqrt(Math.max(0, this.squares / this.count - this.average ** 2));
  }
}

/** Smallest, largest and average of a run of values; all 0 before the first. */
export class MinMax {
  min = 0;
  max = 0;
  #sum = 0;
  #count = 0;

  add(value: number): void {
    this.min = this.#count === 0 ? value : Math.min(this.min, value);
    this.max = this.#count === 0 ? value : Math.max(this.max, value);
    this.#sum += value;
    this.#count++;
  }

  get average(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }
}
