import type { CtlTerminal } from "./ctl.ts";
import { type CtlRequest, isRefusal } from "./ctl-arguments.ts";

/** Commands of ours, made of those that upstream's daemon has. */
const MADE_OF: Readonly<Record<string, readonly string[]>> = {
  list: ["list numsessions", "list sessions all"],
  stats: ["list totals"],
};

/**
 * What stands in for an answer that upstream's daemon has refused: it knows no `list` alone, no `stats`, `version` and
 * `ping`.
 *
 * @returns undefined where nothing can
 */
export async function answerForUpstream(
  { command, target, timeoutMs }: CtlRequest,
  terminal: CtlTerminal,
): Promise<string | undefined> {
  const ask = (words: string): Promise<string> => terminal.ask(target, words, timeoutMs);
  if (command === "ping") return "pong\n";
  if (command === "version") {
    // Its port does not tell; the program beside it does.
    return isLocal(target.host) ? terminal.installedVersion() : undefined;
  }
  const parts = Object.hasOwn(MADE_OF, command) ? MADE_OF[command] : undefined;
  if (parts === undefined) return undefined;
  const answers: string[] = [];
  for (const part of parts) {
    const answer = await ask(part);
    if (isRefusal(answer)) return undefined;
    answers.push(answer.trimEnd());
  }
  return `${answers.join("\n")}\n`;
}

function isLocal(host: string): boolean {
  return host === "localhost" || host.startsWith("127.") || host === "::1";
}
