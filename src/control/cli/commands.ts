import { CALL_COMMANDS } from "./calls.ts";
import { answer, type CliAnswer, type CliCommand } from "./command.ts";
import { DRAIN_COMMANDS } from "./drain.ts";
import { FASTPATH_COMMANDS } from "./fastpath.ts";
import { SESSION_COMMANDS } from "./list-sessions.ts";
import { STATISTICS_COMMANDS } from "./list-statistics.ts";
import { NOT_BUILT_COMMANDS } from "./not-built.ts";
import { PARAMETER_COMMANDS } from "./parameters.ts";
import { SET_COMMANDS, VALUE_COMMANDS } from "./settings-commands.ts";

const GENERAL_COMMANDS: readonly CliCommand[] = [
  {
    words: "usage",
    help: "print the full list of all available commands",
    run: () => usage(CLI_COMMANDS),
  },
  { words: "help", help: "the same", run: () => usage(CLI_COMMANDS) },
  {
    words: "version",
    help: "print the version",
    isOwn: true,
    run: (_rest, { version }) => answer([`Version: ${version}`], { version }),
  },
  { words: "ping", help: "print pong", isOwn: true, run: () => answer(["pong"], { result: "pong" }) },
];

/** The table of commands, in the order of `usage`. */
export const CLI_COMMANDS: readonly CliCommand[] = [
  ...GENERAL_COMMANDS,
  ...SESSION_COMMANDS,
  ...STATISTICS_COMMANDS,
  ...VALUE_COMMANDS,
  ...CALL_COMMANDS,
  ...DRAIN_COMMANDS,
  ...FASTPATH_COMMANDS,
  ...SET_COMMANDS,
  ...PARAMETER_COMMANDS,
  ...NOT_BUILT_COMMANDS,
];

const HELP_COLUMN = 50;

/** Commands with what they do, one a line. */
export function usage(commands: readonly CliCommand[]): CliAnswer {
  return answer(
    [
      "Available commands (list is also called get; json COMMAND answers in JSON):",
      ...commands.map(usageLine),
    ],
    commands.map(({ words, params, help }) => ({ command: words, params: params ?? "", help })),
  );
}

function usageLine({ words, params, help, isBuilt }: CliCommand): string {
  const head = `\t${words}${params === undefined ? "" : ` ${params}`}`;
  return `${head.padEnd(HELP_COLUMN)}: ${help}${isBuilt === false ? " (not built yet)" : ""}`;
}
