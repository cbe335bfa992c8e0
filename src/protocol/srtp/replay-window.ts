/** Packets that may be late (RFC 3711 §3.3.2: at least 64). */
const REPLAY_WINDOW_SIZE = 64;

/**
 * Replay list of one synchronization source in one direction (RFC 3711 §3.3.2).
 *
 * `isFresh` only looks; `accept` records. Call `accept` after the tag has been verified, or a forged packet could
 * push genuine ones out of the window.
 */
export class ReplayWindow {
  /** Highest accepted index; -1 before the first. */
  #highest = -1;
  /** Bit n set: index `highest - n` was accepted, `highest - 32 - n` in the older half. */
  #newer = 0;
  #older = 0;

  get highest(): number {
    return this.#highest;
  }

  /** Whether an index has not been seen and is not too old to tell. */
  isFresh(index: number): boolean {
    const age = this.#highest - index;
    if (age < 0) return true;
    if (age >= REPLAY_WINDOW_SIZE) return false;
    return ((age < 32 ? this.#newer >>> age : this.#older >>> (age - 32)) & 1) === 0;
  }

  /** Records an index that is fresh. */
  accept(index: number): void {
    const age = this.#highest - index;
    if (age >= 0) {
      if (age < 32) this.#newer |= 1 << age;
      else this.#older |= 1 << (age - 32);
      return;
    }
    // Before the first there is nothing to move.
    const step = this.#highest < 0 ? REPLAY_WINDOW_SIZE : -age;
    if (step >= REPLAY_WINDOW_SIZE) {
      this.#older = 0;
      this.#newer = 0;
    } else if (step >= 32) {
      this.#older = this.#newer << (step - 32);
      this.#newer = 0;
    } else {
      this.#older = (this.#older << step) | (this.#newer >>> (32 - step));
      this.#newer <<= step;
    }
    this.#newer |= 1;
    this.#highest = index;
  }
}
