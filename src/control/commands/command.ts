import type { Engine } from "../../engine/index.ts";
import type { NgRequest } from "../../wire/ng/request.ts";
import type { NgDictionary } from "../../wire/ng/value.ts";

/** What a command works with. */
export interface CommandContext {
  readonly engine: Engine;
  /** Address and port, or the name of whoever asks. */
  readonly from: string;
  /** Unix time, microseconds, of a monotonic one. */
  readonly unixMicros: (at: number) => number;
  /** The `statistics` dictionary; also `list jsonstats` of the CLI. */
  readonly statistics: () => NgDictionary;
  /** Answers a line of the command line. */
  readonly cli: (line: string) => string;
}

/**
 * Carries out one NG verb.
 *
 * @returns the reply less `result`, which is `ok` unless given
 * @throws CallError whose message becomes `error-reason`
 */
export type Command = (request: NgRequest, context: CommandContext) => NgDictionary;
