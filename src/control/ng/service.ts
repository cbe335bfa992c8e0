import { ProxyError } from "../../base/errors.ts";
import type { Clock } from "../../base/clock.ts";
import type { Statistics } from "../../observe/statistics.ts";
import { explainBadNg } from "../../wire/ng/explain.ts";
import { decodeNgMessage, encodeNgMessageText, NgFrameError, type NgMessage } from "../../wire/ng/message.ts";
import type { Dispatcher } from "../dispatch.ts";
import { CookieCache } from "./cookie-cache.ts";

/** Turns bytes into byte strings, exactly. */
export type Latin1 = (bytes: Uint8Array, start: number, end: number) => string;

export interface NgServiceOptions {
  readonly dispatcher: Dispatcher;
  readonly statistics: Statistics;
  readonly clock: Clock;
  readonly latin1: Latin1;
}

/** NG messages in, replies out, whatever they travel on. */
export class NgService {
  readonly #options: NgServiceOptions;
  readonly #cookies: CookieCache;

  constructor(options: NgServiceOptions) {
    this.#options = options;
    this.#cookies = new CookieCache(options.clock.now());
  }

  /**
   * Answers one message.
   *
   * @param from address and port of the sender
   * @param host its address
   * @returns the reply as a byte string: always one, since whoever gets this far is allowed to ask
   */
  answer(datagram: Uint8Array, from: string, host: string): string {
    const { dispatcher, statistics, clock, latin1 } = this.#options;
    let message: NgMessage;
    try {
      message = decodeNgMessage(datagram, latin1);
    } catch (error) {
      return this.#explain(error, datagram, host);
    }
    const key = `${host} ${message.cookie}`;
    const now = clock.now();
    const stored = this.#cookies.find(key, now);
    if (typeof stored === "string") {
      statistics.duplicate(host);
      return stored;
    }
    const reply = encodeNgMessageText(
      message.cookie,
      message.encoding,
      dispatcher.dispatch(message.body, from, host),
    );
    this.#cookies.store(key, reply, now);
    return reply;
  }

  #explain(error: unknown, datagram: Uint8Array, host: string): string {
    if (!(error instanceof ProxyError)) throw error;
    const { statistics } = this.#options;
    statistics.malformedMessages++;
    statistics.error(host);
    const cookie = error instanceof NgFrameError ? error.cookie : undefined;
    if (cookie !== undefined && cookie !== "") {
      return encodeNgMessageText(cookie, "bencode", { result: "error", "error-reason": error.message });
    }
    return `${explainBadNg(datagram) ?? error.message}\n`;
  }
}
