/** What came of a command. */
export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  /** 600 s unless told. A command that takes longer is ended, on the host itself. */
  readonly timeoutMs?: number;
}

export const TIMEOUT_MS = 600_000;
/** Told to end, a command gets this long before it is killed. */
const GRACE_SECONDS = 15;

/** A command line that is ended where it runs when its time is over: an `apt` that nobody waits for would go on changing things. */
export function bounded(argv: readonly string[], { timeoutMs = TIMEOUT_MS }: RunOptions = {}): string[] {
  return ["timeout", `--kill-after=${GRACE_SECONDS}`, String(timeoutMs / 1000), ...argv];
}

/**
 * Runs a bounded command line, and waits longer than the command has: for its end to be reported.
 *
 * @throws HostError when its time was over
 */
export async function runBounded(
  argv: readonly string[],
  { timeoutMs = TIMEOUT_MS, ...options }: RunOptions,
  run: (options: RunOptions) => Promise<RunResult>,
): Promise<RunResult> {
  const started = performance.now();
  const result = await run({ ...options, timeoutMs: timeoutMs + (GRACE_SECONDS + 15) * 1000 });
  // `timeout` says 124, or 137 when it had to kill; so may a command by itself, sooner.
  if (![124, 137].includes(result.code) || performance.now() - started < timeoutMs) return result;
  throw new HostError(`${argv.join(" ").slice(0, 200)}: no end after ${timeoutMs / 1000} s: it was ended`);
}

/** A machine that commands can be run on, as root. */
export interface Host {
  /** For people. */
  readonly name: string;
  /** Runs a program; a code that is not 0 is a result, not an error. @throws HostError when the host cannot be reached */
  run(argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  /**
   * Starts a program that says a line, and lives until its input ends.
   *
   * @returns what ends it; undefined when it ended before it said anything
   */
  hold(argv: readonly string[]): Promise<(() => Promise<void>) | undefined>;
  close(): Promise<void>;
}

/** A host that cannot be reached, or a command on it that had to succeed and did not. */
export class HostError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "HostError";
  }
}

/** Runs a program that has to succeed. @throws HostError */
export async function runOrFail(host: Host, argv: readonly string[], options?: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await host.run(argv, options);
  if (code === 0) return stdout;
  const said = (stderr.trim() || stdout.trim()).split("\n").slice(-6).join("\n");
  throw new HostError(
    `${argv.join(" ").slice(0, 200)}: exit status ${code}${said === "" ? "" : `\n${said}`}`,
  );
}
