import type { Log } from "../observe/log.ts";
import { consequenceOf } from "../wire/ng/consequences.ts";

/** Proxies remembered by address; beyond that they share one memory, so that no sender can grow it. */
const MAX_PROXIES = 256;
const OTHERS = "other";

/** Says once for each proxy and word what a call goes without: a proxy sends the same words with every call. */
export class IgnoredWords {
  readonly #log: Log;
  /** Words by proxy; at most as many as are documented. */
  readonly #told = new Map<string, Set<string>>();

  constructor(log: Log) {
    this.#log = log;
  }

  /**
   * @param words documented ones that had no effect
   * @param proxy address of whoever sent them
   */
  note(words: readonly string[], proxy: string, callId: string | undefined): void {
    for (const word of words) {
      const consequence = consequenceOf(word);
      if (consequence === undefined) continue;
      const told = this.#toldTo(proxy);
      if (told.has(word)) continue;
      told.add(word);
      this.#log.warning(
        "request-ignored",
        `"${word}" is not built yet: ${consequence} (said once for each word and proxy)`,
        { callId, from: proxy },
      );
    }
  }

  #toldTo(proxy: string): Set<string> {
    const known = this.#told.get(proxy);
    if (known) return known;
    if (this.#told.size >= MAX_PROXIES && proxy !== OTHERS) return this.#toldTo(OTHERS);
    const told = new Set<string>();
    this.#told.set(proxy, told);
    return told;
  }
}
