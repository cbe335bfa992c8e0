import { type ChildProcess, spawn } from "node:child_process";

/** How to start a program. */
export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Name of the network namespace it runs in; ours when absent. */
  readonly namespace?: string;
  readonly cwd?: string;
}

/** A program that a test started. It dies with the test process, however that ends. */
export class Child {
  readonly pid: number;
  /** How it ended: exit status, or the signal's name. */
  readonly ended: Promise<number | string>;
  readonly #process: ChildProcess;
  readonly #title: string;
  #output = "";
  #isOver = false;

  constructor(command: string, args: readonly string[], { env, namespace, cwd }: ChildOptions = {}) {
    const line = ["setpriv", "--pdeathsig", "KILL", command, ...args];
    // `ip netns exec` and `setpriv` replace themselves: the pid is the program's own.
    if (namespace !== undefined) line.unshift("ip", "netns", "exec", namespace);
    this.#title = [command, ...args].join(" ");
    this.#process = spawn(line[0]!, line.slice(1), {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, ...env },
      ...(cwd !== undefined && { cwd }),
    });
    this.pid = this.#process.pid ?? -1;
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
      });
    }
    this.ended = new Promise((resolve) => {
      const end = (result: number | string): void => {
        this.#isOver = true;
        resolve(result);
      };
      this.#process.once("error", (error) => end(`${command}: ${error.message}`));
      this.#process.once("close", (code, signal) => end(code ?? signal ?? "gone"));
    });
  }

  /** What it has written to standard output and standard error so far. */
  get output(): string {
    return this.#output;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  signal(name: NodeJS.Signals): void {
    if (!this.#isOver) this.#process.kill(name);
  }

  /** Waits for its end. @throws with the output when it takes longer. */
  async end(withinMs: number): Promise<number | string> {
    const late = Symbol("late");
    const result = await Promise.race([this.ended, pause(withinMs, late)]);
    if (typeof result !== "symbol") return result;
    throw new Error(`${this.#title} still runs after ${withinMs} ms:\n${this.#output}`);
  }

  /** Waits until its output matches. @throws with the output when it ends or takes too long. */
  async says(pattern: RegExp, withinMs = 10_000): Promise<void> {
    await eventually(
      () => pattern.test(this.#output) || this.#isOver,
      withinMs,
      () => `${this.#title} has not said ${pattern}:\n${this.#output}`,
    );
    if (!pattern.test(this.#output))
      throw new Error(`${this.#title} ended with ${await this.ended}:\n${this.#output}`);
  }

  /** Asks it to go, and sees to it that it does. */
  async stop(name: NodeJS.Signals = "SIGTERM", withinMs = 5000): Promise<number | string> {
    this.signal(name);
    try {
      return await this.end(withinMs);
    } catch (error) {
      this.signal("SIGKILL");
      await this.ended;
      throw error;
    }
  }
}

/** Runs a program to its end. */
export async function run(
  command: string,
  args: readonly string[],
  options: ChildOptions & { readonly withinMs?: number } = {},
): Promise<{ status: number | string; output: string }> {
  const child = new Child(command, args, options);
  try {
    return { status: await child.end(options.withinMs ?? 10_000), output: child.output };
  } finally {
    child.signal("SIGKILL");
  }
}

function pause<T>(ms: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(resolve, ms, value).unref());
}

/** Polls until a condition holds. @throws with `why` after the deadline. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  withinMs: number,
  why: () => string = () => `not so within ${withinMs} ms`,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(why());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
