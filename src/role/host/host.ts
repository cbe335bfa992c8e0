/** What came of a command. */
export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  /** 600 s unless told. */
  readonly timeoutMs?: number;
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
