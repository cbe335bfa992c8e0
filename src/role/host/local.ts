import { hostname } from "node:os";
import type { Host, RunOptions, RunResult } from "./host.ts";
import { holdProcess, runProcess } from "./process.ts";

/** This machine; with `sudo` where we are not root. */
export class LocalHost implements Host {
  readonly name: string = hostname();
  readonly #prefix: readonly string[];

  constructor(isRoot: boolean) {
    this.#prefix = isRoot ? [] : ["sudo", "--non-interactive", "--"];
  }

  run(argv: readonly string[], options?: RunOptions): Promise<RunResult> {
    return runProcess([...this.#prefix, ...argv], options);
  }

  hold(argv: readonly string[]): Promise<(() => Promise<void>) | undefined> {
    return holdProcess([...this.#prefix, ...argv]);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
