import type { Micros } from "../../base/brand.ts";
import { ProxyError } from "../../base/errors.ts";
import type { Call } from "../../call/model.ts";
import type { Config } from "../../config/config.ts";
import type { Dataplane } from "../../dataplane/index.ts";
import type { Engine } from "../../engine/index.ts";
import type { Log } from "../../observe/log.ts";
import type { Snapshot } from "../../observe/snapshot.ts";

/** What JSON can say. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** What a command says, for people and for programs. */
export interface CliAnswer {
  readonly text: string;
  readonly value: JsonValue;
}

/** What commands work with. */
export interface CliContext {
  readonly engine: Engine;
  readonly dataplane: Pick<Dataplane, "interfaces" | "lastSeen" | "read" | "fastpath" | "kernelFlows">;
  readonly config: Config;
  readonly log: Log;
  readonly version: string;
  readonly snapshot: () => Snapshot;
  readonly now: () => Micros;
  /** Unix time, microseconds, of a monotonic one. */
  readonly unixMicros: (at: Micros) => number;
  /** Type-of-service byte of the NG sockets. */
  controlTos: number;
  /** How many files the process may have open; sets it where a number is given. */
  readonly openFileLimit: (wanted?: number) => number;
}

/** One command. `usage`, the reference page and the interpreter read the table of these. */
export interface CliCommand {
  /** One or two words. */
  readonly words: string;
  /** What may or must follow. */
  readonly params?: string;
  readonly help: string;
  /** Ours, unknown to upstream. */
  readonly isOwn?: true;
  /** Known, and refused with the reason. */
  readonly isBuilt?: false;
  /** @param rest what follows the words, trimmed */
  readonly run: (rest: string, context: CliContext) => CliAnswer;
}

/** A command that is refused. The message is the whole answer. */
export class CliError extends ProxyError {}

/** Refusals; the texts are upstream's where it has them. */
export const CLI_ERRORS = {
  incomplete: (): CliError => new CliError("E_CLI_INCOMPLETE", "More parameters required."),
  unknown: (word: string, near: string | undefined): CliError =>
    new CliError(
      "E_CLI_COMMAND",
      `Unknown or incomplete command::${word}${near === undefined ? "" : `\nDid you mean "${near}"?`}`,
    ),
  noSuchCall: (callId: string): CliError => new CliError("E_CLI_CALL", `\nCall ID not found (${callId}).\n`),
  notBuilt: (what: string): CliError => new CliError("E_NOT_BUILT", `Not built yet: ${what}`),
  refused: (text: string): CliError => new CliError("E_CLI_REFUSED", text),
} as const;

/** An answer of lines. */
export function answer(lines: readonly string[], value: JsonValue): CliAnswer {
  return { text: lines.length === 0 ? "" : `${lines.join("\n")}\n`, value };
}

/** The call of that name. @throws CliError */
export function callOf(context: CliContext, callId: string): Call {
  if (callId === "") throw CLI_ERRORS.incomplete();
  const call = context.engine.find(callId);
  if (!call) throw CLI_ERRORS.noSuchCall(shown(callId));
  return call;
}

/**
 * Text from the network as a terminal may see it. Bytes of UTF-8 stay as they are, but for those of U+0080 to U+009F:
 * terminals obey them as they obey ESC.
 */
export function shown(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped
  return text.replace(/[\u0000-\u001f\u007f]|\u00c2[\u0080-\u009f]/g, (bytes) => {
    return [...bytes].map((byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`).join("");
  });
}
