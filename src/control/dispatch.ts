import { InvariantError, ProxyError } from "../base/errors.ts";
import { Level, type Log } from "../observe/log.ts";
import type { Statistics } from "../observe/statistics.ts";
import { NG_KEYS, type NgRequest, type NgRequestOptions, parseNgRequest } from "../wire/ng/request.ts";
import type { NgDictionary } from "../wire/ng/value.ts";
import { COMMANDS, type CommandContext } from "./commands/index.ts";
import { LoadLimitError } from "./errors.ts";
import { IgnoredWords } from "./ignored-words.ts";

/** What dispatch needs beside the commands' own context. */
export interface DispatchOptions {
  readonly context: Omit<CommandContext, "from">;
  readonly request: NgRequestOptions;
  readonly statistics: Statistics;
  readonly log: Log;
  /** Seconds, monotonic. */
  readonly nowSeconds: () => number;
}

const KNOWN_VERBS: ReadonlySet<string> = new Set(
  NG_KEYS.filter(({ kind }) => kind === "command").map(({ name }) => name),
);

/** Turns NG dictionaries into replies; the one place where errors become `error-reason`. */
export class Dispatcher {
  readonly #options: DispatchOptions;
  readonly #ignoredWords: IgnoredWords;

  constructor(options: DispatchOptions) {
    this.#options = options;
    this.#ignoredWords = new IgnoredWords(options.log);
  }

  /**
   * @param from address and port of whoever asks
   * @param proxy its address, for the counters
   */
  dispatch(dictionary: NgDictionary, from: string, proxy: string): NgDictionary {
    const { statistics, nowSeconds } = this.#options;
    const started = nowSeconds();
    let command = "";
    try {
      const request = parseNgRequest(dictionary, this.#options.request);
      command = request.command;
      this.#countKeys(request, proxy);
      const reply = this.#run(request, from);
      statistics.request(proxy, command, nowSeconds() - started, false);
      this.#trace(request, reply, from);
      return reply;
    } catch (error) {
      if (Object.hasOwn(COMMANDS, command)) statistics.request(proxy, command, nowSeconds() - started, true);
      else statistics.error(proxy);
      return this.#refuse(error, dictionary, from);
    }
  }

  #run(request: NgRequest, from: string): NgDictionary {
    const command = Object.hasOwn(COMMANDS, request.command) ? COMMANDS[request.command] : undefined;
    if (!command) {
      if (!KNOWN_VERBS.has(request.command)) throw new ProxyError("E_NG_COMMAND", "Unrecognized command");
      throw new ProxyError("E_NOT_BUILT", `Command '${request.command}' is not built yet in this version`);
    }
    const reply = command(request, { ...this.#options.context, from });
    reply.result ??= "ok";
    return reply;
  }

  /** What was asked and answered: in the debug log, and for calls that are being debugged in any. */
  #trace({ command, callId, fromTag, toTag }: NgRequest, reply: NgDictionary, from: string): void {
    const { log, context } = this.#options;
    const call = callId === undefined ? undefined : context.engine.find(callId);
    const isForced = call?.isDebugged === true;
    if (!isForced && !log.isEnabled(Level.Debug, "control")) return;
    const result = typeof reply.result === "string" ? reply.result : "";
    const fields = { callId, from, tag: fromTag, to: toTag, result };
    log.write(Level.Debug, "request", `Request ${command}`, fields, isForced);
  }

  #countKeys({ ignoredKeys, unknownKeys, callId }: NgRequest, proxy: string): void {
    this.#ignoredWords.note(ignoredKeys, proxy, callId);
    for (const name of ignoredKeys) this.#options.statistics.ignored(name);
    this.#options.statistics.unknownKeys += unknownKeys.length;
  }

  #refuse(error: unknown, dictionary: NgDictionary, from: string): NgDictionary {
    const { log, statistics } = this.#options;
    const callId = typeof dictionary["call-id"] === "string" ? dictionary["call-id"] : undefined;
    if (error instanceof LoadLimitError) {
      statistics.sessionsRejected++;
      log.warning("limit", error.message, { callId, from });
      return error.isUnderstood
        ? { result: "load limit", message: error.message }
        : { result: "error", "error-reason": error.message };
    }
    if (error instanceof ProxyError && !(error instanceof InvariantError)) {
      log.warning("request", `Refused: ${error.message}`, {
        callId,
        from,
        code: error.code,
        cause: causeOf(error),
      });
      return { result: "error", "error-reason": error.message };
    }
    // Ours to fix: said once with the stack, and the client is not left waiting.
    const stack = error instanceof Error ? error.stack : String(error);
    log.error("fault", `A request failed because of a fault of ours: ${stack}`, { callId, from });
    return { result: "error", "error-reason": "Internal error" };
  }
}

function causeOf(error: ProxyError): string | undefined {
  const { cause } = error;
  if (cause === undefined) return undefined;
  return cause instanceof Error ? cause.message : String(cause);
}
