import type { Host, RunOptions, RunResult } from "../../src/role/host/host.ts";
import { HostError } from "../../src/role/host/host.ts";

type Answer =
  | string
  | { readonly code: number; readonly stdout?: string; readonly stderr?: string }
  | undefined;

/** A host that is asked only: files and units by name, and what the test answers to the rest. */
export class FakeHost implements Host {
  readonly name: string = "fake";
  /** Commands as one text each. */
  readonly ran: string[] = [];
  readonly files: Map<string, string> = new Map();
  /** Cut from then on. */
  isReachable = true;
  readonly #answer: (command: string) => Answer;

  /** @param answer output, or what came of it; undefined: done, without a word */
  constructor(answer: (command: string) => Answer = () => undefined) {
    this.#answer = answer;
  }

  run(argv: readonly string[], { stdin }: RunOptions = {}): Promise<RunResult> {
    const command = argv.join(" ");
    if (!this.isReachable) return Promise.reject(new HostError("fake: connection lost"));
    this.ran.push(command);
    const answer = this.#answer(command);
    if (!this.isReachable) return Promise.reject(new HostError("fake: connection lost"));
    if (answer !== undefined) {
      const result = typeof answer === "string" ? { code: 0, stdout: answer } : answer;
      return Promise.resolve({ stdout: "", stderr: "", ...result });
    }
    return Promise.resolve({ stderr: "", ...this.#files(argv, stdin) });
  }

  hold(): Promise<() => Promise<void>> {
    return Promise.resolve(() => Promise.resolve());
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** What the role does to files. */
  #files(argv: readonly string[], stdin: RunOptions["stdin"]): { code: number; stdout: string } {
    const path = argv.at(-1)!;
    const text = this.files.get(path);
    const found = (stdout: string): { code: number; stdout: string } =>
      text === undefined ? { code: 1, stdout: "" } : { code: 0, stdout };
    if (argv[0] === "stat") return found("regular file|root|root|644|0|0");
    if (argv[0] === "cat") return found(text ?? "");
    if (/base64/.test(argv[2] ?? "")) {
      return { code: 0, stdout: Buffer.from(this.files.get(argv[4]!) ?? "").toString("base64") };
    }
    if (argv[0] === "rm") this.files.delete(path);
    else if (argv[0] === "sh" && stdin !== undefined) this.files.set(path, Buffer.from(stdin).toString());
    else if (argv[0] === "sh" && /\brm -f/.test(argv[2]!)) this.files.delete(argv[4]!);
    return { code: 0, stdout: "" };
  }
}
