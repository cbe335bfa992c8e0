import type { Clock } from "../../base/clock.ts";
import type { Statistics } from "../../observe/statistics.ts";
import type { Latin1Decoder } from "../../wire/latin1.ts";
import { explainBadNg } from "../../wire/ng/explain.ts";
import { decodeNgMessage, encodeNgMessageText, NgFrameError, type NgMessage } from "../../wire/ng/message.ts";
import type { NgDictionary } from "../../wire/ng/value.ts";
import type { Dispatcher } from "../dispatch.ts";
import { CookieCache } from "./cookie-cache.ts";

export interface NgServiceOptions {
  readonly dispatcher: Dispatcher;
  readonly statistics: Statistics;
  readonly clock: Clock;
  /** The platform's fast conversion to byte strings. */
  readonly latin1: Latin1Decoder;
}

const TOO_LONG = "The reply is too long for a datagram; use NG over TCP";

/**
 * What stands for a reply that cannot be sent: silence would make the client try again, and then give us up. What
 * was deleted is gone, report or not.
 */
function shortened({ command }: NgDictionary): NgDictionary {
  return command === "delete"
    ? { result: "ok", warning: TOO_LONG }
    : { result: "error", "error-reason": TOO_LONG };
}

/** NG messages in, replies out, whatever they travel on. */
export class NgService {
  readonly #options: NgServiceOptions;
  readonly #cookies: CookieCache = new CookieCache();

  constructor(options: NgServiceOptions) {
    this.#options = options;
  }

  /**
   * Answers one message.
   *
   * @param from address and port of the sender
   * @param host its address
   * @param limitBytes the longest reply that can be sent; who would get a longer one gets an error
   * @returns the reply as a byte string; undefined for what is no NG message and comes from a stranger,
   *   who might be a forged address
   */
  answer(
    datagram: Uint8Array,
    from: string,
    host: string,
    limitBytes: number = Number.POSITIVE_INFINITY,
  ): string | undefined {
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
    if (stored !== undefined) {
      statistics.duplicate(host);
      return stored;
    }
    const { cookie, encoding } = message;
    let reply = encodeNgMessageText(cookie, encoding, dispatcher.dispatch(message.body, from, host));
    if (reply.length > limitBytes) {
      statistics.overlongReplies++;
      reply = encodeNgMessageText(cookie, encoding, shortened(message.body));
    }
    this.#cookies.store(key, reply, now);
    return reply;
  }

  /** Lets go of stored replies that are too old; to be called now and then. */
  forgetReplies(): void {
    this.#cookies.forget(this.#options.clock.now());
  }

  #explain(error: unknown, datagram: Uint8Array, host: string): string | undefined {
    if (!(error instanceof NgFrameError)) throw error;
    const { statistics } = this.#options;
    statistics.malformedMessages++;
    if (!isLoopback(host) && !statistics.proxies.has(host)) return undefined;
    statistics.error(host);
    const { cookie } = error;
    if (cookie !== undefined && cookie !== "" && error.code !== "E_NG_NO_COOKIE") {
      return encodeNgMessageText(cookie, error.encoding, { result: "error", "error-reason": error.message });
    }
    return `${explainBadNg(datagram) ?? error.message}\n`;
  }
}

function isLoopback(host: string): boolean {
  return host.startsWith("127.") || host === "::1";
}
