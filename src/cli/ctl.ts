import { setTimeout as sleep } from "node:timers/promises";
import { CTL_USAGE, type CtlRequest, type CtlTarget, isRefusal, parseCtlArguments } from "./ctl-arguments.ts";
import { drainTimeout, runDrain } from "./ctl-drain.ts";
import { answerForUpstream } from "./ctl-upstream.ts";
import { drawTop, readStatistics } from "./top-view.ts";

/** What the program may touch of its surroundings. */
export interface CtlTerminal {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** Sends a command to the daemon, gives its whole answer. Rejects with a sentence for the user. */
  readonly ask: (target: CtlTarget, command: string, timeoutMs: number) => Promise<string>;
  /** Text of a file, undefined when it cannot be read. */
  readonly readFile: (path: string) => string | undefined;
  /** Size of the terminal; absent: the output is none. */
  readonly size: () => { readonly columns: number; readonly rows: number } | undefined;
  /** Of this program. */
  readonly version: () => string;
  /** What upstream's daemon says of its version, where it is installed here. */
  readonly installedVersion: () => string | undefined;
  /** Ends `top`. */
  readonly signal: AbortSignal;
}

/** Exit status: answered, refused by the daemon, wrong usage, no answer. */
export type CtlStatus = 0 | 1 | 2 | 3;

const INTERVAL_MS = 1000;
const CLEAR = "\u001b[H\u001b[J";

/** Runs `rtpengine-ctl` with these arguments. */
export async function runCtl(argv: readonly string[], terminal: CtlTerminal): Promise<CtlStatus> {
  const request = parseCtlArguments(argv, terminal.readFile);
  if ("reason" in request) {
    terminal.error(`rtpengine-ctl: ${request.reason}\n\n${CTL_USAGE}`);
    return 2;
  }
  if (request.wantsVersion) {
    terminal.out(`Version: ${terminal.version()}\n`);
    return 0;
  }
  if (request.wantsHelp || request.command === "") {
    (request.wantsHelp ? terminal.out : terminal.error)(CTL_USAGE);
    return request.wantsHelp ? 0 : 2;
  }
  const drainSeconds = drainTimeout(request.command);
  if (typeof drainSeconds === "object") {
    terminal.error(`rtpengine-ctl: ${drainSeconds.reason}\n`);
    return 2;
  }
  try {
    if (drainSeconds !== undefined) return await runDrain(request, terminal, drainSeconds);
    if (request.command === "top") return await runTop(request, terminal);
    return request.json ? await runJson(request, terminal) : await runPlain(request, terminal);
  } catch (error) {
    const from = request.origin === "" ? "" : ` (address from ${request.origin}; use --ip for another)`;
    terminal.error(`rtpengine-ctl: ${error instanceof Error ? error.message : String(error)}${from}\n`);
    return 3;
  }
}

async function runPlain(request: CtlRequest, terminal: CtlTerminal): Promise<CtlStatus> {
  const answer = await terminal.ask(request.target, request.command, request.timeoutMs);
  if (isRefusal(answer)) {
    const substitute = await answerForUpstream(request, terminal);
    if (substitute !== undefined) {
      terminal.out(substitute);
      return 0;
    }
    terminal.error(withNewline(answer.trim()));
    terminal.error(await hintFor(request, terminal));
    return 1;
  }
  terminal.out(withNewline(answer));
  return 0;
}

/** How the refused command is used, by the daemon's own list of commands; else where to find that list. */
async function hintFor(request: CtlRequest, terminal: CtlTerminal): Promise<string> {
  const list = await terminal.ask(request.target, "usage", request.timeoutMs).catch(() => "");
  // A daemon of before has no such list.
  if (list !== "" && isRefusal(list)) return "";
  const command = request.command.replace(/^get\b/, "list").replace(/ +/g, " ");
  const heads = list.split("\n").map((line) => /^\s+(.*?)\s*(?::|$)/.exec(line)?.[1] ?? "");
  // `list` alone says nothing of what may follow it.
  const matching = heads.filter((head) => head !== wordsOf(head) && startsWithWords(command, wordsOf(head)));
  const [best] = matching.sort((a, b) => wordsOf(b).length - wordsOf(a).length);
  if (best === undefined) return "rtpengine-ctl usage lists the commands\n";
  return `Usage: rtpengine-ctl ${best}\n`;
}

/** The words of a line of `usage` without the parameters behind them. */
function wordsOf(head: string): string {
  return /^[a-z]+(?: [a-z]+(?= |$)(?! \|))?/.exec(head)?.[0] ?? "";
}

function startsWithWords(command: string, words: string): boolean {
  return words !== "" && `${command} `.startsWith(`${words} `);
}

/** Asks for JSON (`json COMMAND`); a daemon that does not know that gets the plain command, whose lines are wrapped. */
async function runJson(request: CtlRequest, terminal: CtlTerminal): Promise<CtlStatus> {
  const structured = await terminal.ask(request.target, `json ${request.command}`, request.timeoutMs);
  const direct = parseJson(structured);
  if (direct !== undefined) {
    terminal.out(`${JSON.stringify(direct)}\n`);
    return typeof direct === "object" && direct !== null && "error" in direct ? 1 : 0;
  }
  const answer = await terminal.ask(request.target, request.command, request.timeoutMs);
  const isRefused = isRefusal(answer);
  const value = parseJson(answer) ?? {
    command: request.command,
    ...(isRefused ? { error: answer.trim() } : { lines: answer.trimEnd().split("\n") }),
  };
  terminal.out(`${JSON.stringify(value)}\n`);
  return isRefused ? 1 : 0;
}

/** Polls statistics and draws them: again and again on a terminal, once elsewhere (or once as JSON). */
async function runTop(request: CtlRequest, terminal: CtlTerminal): Promise<CtlStatus> {
  for (;;) {
    const answer = await terminal.ask(request.target, "list jsonstats", request.timeoutMs);
    const statistics = parseJson(answer);
    if (statistics === undefined) {
      terminal.error(
        `rtpengine-ctl: the daemon has no statistics to show: ${withNewline(answer.slice(0, 200))}`,
      );
      return 1;
    }
    const reading = readStatistics(statistics);
    const size = terminal.size();
    if (request.json) terminal.out(`${JSON.stringify(reading)}\n`);
    else if (size === undefined) terminal.out(`${drawTop(reading, 200, 1000).join("\n")}\n`);
    else terminal.out(`${CLEAR}${drawTop(reading, size.columns, size.rows - 1).join("\n")}\n`);
    if (request.json || size === undefined) return 0;
    try {
      await sleep(INTERVAL_MS, undefined, { signal: terminal.signal });
    } catch {
      // Only the signal rejects: the user has seen enough.
      return 0;
    }
  }
}

function parseJson(text: string): unknown {
  const trimmed = text.trim();
  if (!trimmed.startsWith("{") && !trimmed.startsWith("[")) return undefined;
  try {
    return JSON.parse(trimmed);
  } catch {
    return undefined;
  }
}

function withNewline(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
