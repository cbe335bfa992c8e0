import { hostname } from "node:os";
import type { Host, RunOptions, RunResult } from "./host.ts";
import { runProcess } from "./process.ts";

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

  close(): Promise<void> {
    return Promise.resolve();
  }
}
