import type { Micros } from "../../base/brand.ts";

/** A reply in the making, or made. */
export type Pending = Promise<string> | string;

/** How long a reply answers repeats: longer than any proxy retries. */
const KEEP_MICROS = 10_000_000;

/** Replies kept at most; an old one leaves for a new one. */
const MAX_ENTRIES = 100_000;

/**
 * Replies by sender and cookie: a repeated request gets the stored reply, not a second execution.
 *
 * Two generations take turns, so that forgetting costs nothing.
 */
export class CookieCache {
  #young = new Map<string, Pending>();
  #old = new Map<string, Pending>();
  #turnedAt: Micros;

  constructor(now: Micros) {
    this.#turnedAt = now;
  }

  find(key: string, now: Micros): Pending | undefined {
    this.#turn(now);
    return this.#young.get(key) ?? this.#old.get(key);
  }

  store(key: string, reply: Pending, now: Micros): void {
    this.#turn(now);
    this.#young.set(key, reply);
  }

  /** Forgets what is too old; to be called now and then, lest a quiet time keep a busy one's replies. */
  forget(now: Micros): void {
    this.#turn(now);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  #turn(now: Micros): void {
    const age = now - this.#turnedAt;
    if (age < KEEP_MICROS && this.#young.size < MAX_ENTRIES / 2) return;
    this.#old = age < 2 * KEEP_MICROS ? this.#young : new Map();
    this.#young = new Map();
    this.#turnedAt = now;
  }
}
