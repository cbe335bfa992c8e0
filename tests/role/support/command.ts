import { spawn } from "node:child_process";

/** How a command ended and what it said. */
export interface Outcome {
  /** Exit status; 128 + 9 when a deadline ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run a command. */
export interface CommandOptions {
  readonly stdin?: string | Uint8Array;
  /** After this it is killed, and the outcome's `stderr` says so. */
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Hears of every whole line on standard error, while the command runs. */
  readonly onErrorLine?: (line: string) => void;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** Debian keeps half of what is needed here in the administrator's folders. */
const SEARCH_PATH = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`;

/** Environment of everything the rig starts: words in the order of C, nothing asked. */
export const ENVIRONMENT: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: SEARCH_PATH,
  LC_ALL: "C.UTF-8",
  DEBIAN_FRONTEND: "noninteractive",
};

/** Runs a command to its end, whatever that is. It dies with this process. */
export function execute(argv: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
  const { stdin, timeoutMs = DEFAULT_TIMEOUT_MS, env, cwd, onErrorLine } = options;
  const child = spawn("setpriv", ["--pdeathsig", "KILL", ...argv], {
    stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    env: { ...ENVIRONMENT, ...env },
    ...(cwd !== undefined && { cwd }),
  });
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  let line = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    const lines = (line + text).split(/[\r\n]+/);
    line = lines.pop() ?? "";
    for (const whole of lines) onErrorLine?.(whole);
  });
  // A program that does not read its input has its reasons; its exit status tells them.
  child.stdin?.on("error", () => {});
  child.stdin?.end(stdin);
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => {
      stderr += `\nkilled after ${timeoutMs} ms: ${argv.join(" ")}\n`;
      child.kill("SIGKILL");
    }, timeoutMs);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(deadline);
      resolve({ code: code ?? 128 + 9, stdout, stderr });
    });
  });
}

/** Runs a command that has to succeed. @returns its standard output @throws with what it said otherwise */
export async function succeed(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await execute(argv, options);
  if (code === 0) return stdout;
  throw new Error(`\`${argv.join(" ")}\` ended with ${code}:\n${tail(`${stdout}${stderr}`)}`);
}

/** The end of a text, where errors are. */
function tail(text: string, length = 4000): string {
  return text.length > length ? `... ${text.slice(-length)}` : text;
}
