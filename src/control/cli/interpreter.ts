import { InvariantError } from "../../base/errors.ts";
import { didYouMean } from "../../config/did-you-mean.ts";
import { CLI_ERRORS, type CliAnswer, type CliCommand, type CliContext, CliError, shown } from "./command.ts";
import { CLI_COMMANDS, usage } from "./commands.ts";

const BY_WORDS: ReadonlyMap<string, CliCommand> = new Map(
  CLI_COMMANDS.map((command) => [command.words, command]),
);

/** First words, and those that another word follows. */
const FIRST_WORDS: readonly string[] = [
  ...new Set([...CLI_COMMANDS.map(({ words }) => words.split(" ")[0]!), "get", "json"]),
];

/** Carries out command lines. */
export class CliInterpreter {
  readonly #context: CliContext;

  constructor(context: CliContext) {
    this.#context = context;
  }

  /**
   * Answers one line. Never throws.
   *
   * @param line a byte string: one character a byte
   */
  answer(line: string): string {
    const text = line.trim();
    const isJson = /^json( |$)/.test(text);
    try {
      const result = runCommand(isJson ? text.slice(4).trim() : text, this.#context);
      return isJson ? `${JSON.stringify(result.value)}\n` : result.text;
    } catch (error) {
      const { code, message } = this.#refusal(error);
      return isJson ? `${JSON.stringify({ error: message.trim(), code })}\n` : `${message}\n`;
    }
  }

  #refusal(error: unknown): { code: string; message: string } {
    if (error instanceof CliError) return error;
    const stack = error instanceof Error ? error.stack : String(error);
    this.#context.log.error("fault", `A command failed because of a fault of ours: ${stack}`);
    return { code: error instanceof InvariantError ? error.code : "E_INTERNAL", message: "Internal error" };
  }
}

/**
 * Finds and runs the command of a line.
 *
 * @throws CliError when there is none, or it is refused
 */
export function runCommand(line: string, context: CliContext): CliAnswer {
  const [first = "", second = ""] = line.split(/ +/);
  const head = first === "get" ? "list" : first;
  if (second === "help" && membersOf(head).length > 0) return usage(membersOf(head));
  const rest = line.slice(first.length).trim();
  const inner = BY_WORDS.get(`${head} ${second}`);
  if (inner) return inner.run(rest.slice(second.length).trim(), context);
  const outer = BY_WORDS.get(head);
  if (outer && (rest === "" || membersOf(head).length === 0)) return outer.run(rest, context);
  if (membersOf(head).length === 0) throw CLI_ERRORS.unknown(shown(first), didYouMean(first, FIRST_WORDS));
  if (second === "") throw CLI_ERRORS.incomplete();
  const seconds = membersOf(head).map(({ words }) => words.split(" ")[1]!);
  const near = didYouMean(second, seconds);
  throw CLI_ERRORS.unknown(shown(second), near === undefined ? undefined : `${head} ${near}`);
}

function membersOf(first: string): readonly CliCommand[] {
  return CLI_COMMANDS.filter(({ words }) => words.startsWith(`${first} `));
}
