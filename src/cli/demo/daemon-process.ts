import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Endpoint } from "../../base/endpoint.ts";
import { ProxyError } from "../../base/errors.ts";
import { NgClient, NgClientError } from "../../client/index.ts";

const MAIN: string = fileURLToPath(new URL("../../main.ts", import.meta.url));
const END_WITH_PARENT: string = new URL("./end-with-parent.ts", import.meta.url).href;

const KEPT_LINES = 200;
const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5000;

/** A daemon as a child process. It ends with its parent, at the latest; whoever started it stops it. */
export class DaemonProcess {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #end: string | undefined;
  readonly #gone = new AbortController();
  readonly #watched: Promise<void>;

  /**
   * Starts it with these arguments; `ready` tells when it answers.
   *
   * @param options `command`: what goes in front, as of a program that drops privileges first
   */
  constructor(args: readonly string[], options: { readonly command?: readonly string[] } = {}) {
    const command = [
      ...(options.command ?? []),
      process.execPath,
      "--import",
      END_WITH_PARENT,
      MAIN,
      ...args,
    ];
    // A process group of its own: Ctrl-C in a terminal is for its parent, which then ends it in order.
    this.#child = spawn(command[0]!, command.slice(1), {
      stdio: ["pipe", "ignore", "pipe"],
      detached: true,
    });
    this.#child.stdin!.on("error", () => undefined);
    createInterface({ input: this.#child.stderr! }).on("line", (line) => {
      this.#lines.push(line);
      if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    });
    this.#watched = this.#watch();
  }

  /** Fires when the process is gone. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** How it went; undefined while it runs. */
  get end(): string | undefined {
    return this.#end;
  }

  /** What it said last on standard error. */
  lastLines(count: number): readonly string[] {
    return this.#lines.slice(-count);
  }

  /**
   * Resolves to a client when the NG port answers; the caller closes it.
   *
   * @throws ProxyError when the daemon ends before, or takes too long
   */
  async ready(ng: Endpoint, signal?: AbortSignal): Promise<NgClient> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (this.#end === undefined && Date.now() < deadline && !signal?.aborted) {
      const probe = await NgClient.open({ server: ng, timeoutMs: 100, retransmitMs: 50 });
      try {
        await probe.ping();
        return await NgClient.open({ server: ng });
      } catch (error) {
        if (!(error instanceof NgClientError)) throw error;
      } finally {
        await probe.close();
      }
    }
    if (this.#end !== undefined)
      throw new ProxyError("E_DEMO_ENGINE", `The engine ${this.#end} while it started`);
    const reason = signal?.aborted ? "Stopped while the engine started" : "The engine does not answer";
    throw new ProxyError("E_DEMO_ENGINE", reason);
  }

  /** Ends it in order, or by force when that takes too long. */
  async stop(): Promise<void> {
    if (this.#end !== undefined) return;
    this.#child.kill("SIGTERM");
    const force = setTimeout(() => this.#child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await this.#watched;
    clearTimeout(force);
  }

  async #watch(): Promise<void> {
    try {
      // After the last of its output.
      const [code, signal] = (await once(this.#child, "close")) as [number | null, string | null];
      this.#end = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
    } catch (error) {
      this.#end = `could not be started: ${(error as Error).message}`;
    }
    this.#gone.abort();
  }
}
