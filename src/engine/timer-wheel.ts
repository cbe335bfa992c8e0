import type { Micros } from "../base/brand.ts";

const BUCKET_MICROS = 100_000;

/**
 * Deadlines by key, to a tenth of a second; the only timers of the engine.
 *
 * Setting, moving and clearing cost the same however many there are. Nothing fires by itself: whoever
 * owns the clock calls `due`.
 */
export class TimerWheel {
  readonly #buckets = new Map<number, Set<string>>();
  readonly #bucketOf = new Map<string, number>();
  #swept: number;

  constructor(now: Micros) {
    this.#swept = Math.floor(now / BUCKET_MICROS) - 1;
  }

  /** How many deadlines are set. */
  get size(): number {
    return this.#bucketOf.size;
  }

  /** Sets the deadline of a key, in place of the one it had. */
  set(key: string, at: Micros): void {
    const bucket = Math.max(Math.ceil(at / BUCKET_MICROS), this.#swept + 1);
    if (this.#bucketOf.get(key) === bucket) return;
    this.clear(key);
    this.#bucketOf.set(key, bucket);
    const keys = this.#buckets.get(bucket);
    if (keys) keys.add(key);
    else this.#buckets.set(bucket, new Set([key]));
  }

  clear(key: string): void {
    const bucket = this.#bucketOf.get(key);
    if (bucket === undefined) return;
    this.#bucketOf.delete(key);
    const keys = this.#buckets.get(bucket)!;
    keys.delete(key);
    if (keys.size === 0) this.#buckets.delete(bucket);
  }

  /** Takes out the keys whose deadline has passed. */
  due(now: Micros): string[] {
    const last = Math.floor(now / BUCKET_MICROS);
    if (last - this.#swept > this.#buckets.size + 16) return this.#sweepAll(last);
    const keys: string[] = [];
    for (let bucket = this.#swept + 1; bucket <= last; bucket++) this.#take(bucket, keys);
    this.#swept = Math.max(this.#swept, last);
    return keys;
  }

  /** After a long pause it is cheaper to look at the buckets there are. */
  #sweepAll(last: number): string[] {
    const keys: string[] = [];
    for (const bucket of [...this.#buckets.keys()].sort((a, b) => a - b)) {
      if (bucket <= last) this.#take(bucket, keys);
    }
    this.#swept = last;
    return keys;
  }

  #take(bucket: number, into: string[]): void {
    const keys = this.#buckets.get(bucket);
    if (!keys) return;
    this.#buckets.delete(bucket);
    for (const key of keys) {
      this.#bucketOf.delete(key);
      into.push(key);
    }
  }
}
