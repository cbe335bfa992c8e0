import { hostname } from "node:os";
import { bounded, type Host, type RunOptions, type RunResult, runBounded } from "./host.ts";
import { holdProcess, runProcess } from "./process.ts";

/** This machine; with `sudo` where we are not root. */
export class LocalHost implements Host {
  readonly name: string = hostname();
  readonly #prefix: readonly string[];

  constructor(isRoot: boolean) {
    this.#prefix = isRoot ? [] : ["sudo", "--non-interactive", "--"];
  }

  run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    // Within sudo: what root runs, nobody else can end.
    const line = [...this.#prefix, ...bounded(argv, options)];
    return runBounded(argv, options, (longer) => runProcess(line, longer));
  }

  hold(argv: readonly string[]): Promise<(() => Promise<void>) | undefined> {
    return holdProcess([...this.#prefix, ...argv]);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
