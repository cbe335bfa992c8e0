import { spawn } from "node:child_process";
import { HostError, type RunOptions, type RunResult, TIMEOUT_MS } from "./host.ts";

/** Output beyond this is cut: a command that floods must not take the control machine down. */
const MAX_OUTPUT_BYTES = 16 << 20;

/** Runs a program on this machine. @throws HostError when it cannot be started or does not end */
export function runProcess(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { stdin, timeoutMs = TIMEOUT_MS } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0]!, argv.slice(1), {
      stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      env: { ...process.env, LC_ALL: "C.UTF-8", DEBIAN_FRONTEND: "noninteractive" },
    });
    const stdout = collect(child.stdout!);
    const stderr = collect(child.stderr!);
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new HostError(`${argv.join(" ").slice(0, 200)}: no end after ${timeoutMs / 1000} s`));
    }, timeoutMs);
    child.on("error", (cause) => {
      clearTimeout(timer);
      reject(new HostError(`${argv[0]} cannot be started: ${cause.message}`, { cause }));
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code: code ?? (signal === null ? 1 : 128), stdout: stdout(), stderr: stderr() });
    });
    // It may end before it has read everything.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(stdin);
  });
}

/**
 * Starts a program that says a line, and lives until its input ends.
 *
 * @returns what ends it; undefined when it ended before it said anything
 */
export function holdProcess(argv: readonly string[]): Promise<(() => Promise<void>) | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0]!, argv.slice(1), { stdio: ["pipe", "pipe", "ignore"] });
    const ended = new Promise<void>((end) => child.once("close", () => end()));
    child.stdin.on("error", () => undefined);
    child.on("error", (cause) => {
      reject(new HostError(`${argv[0]} cannot be started: ${cause.message}`, { cause }));
    });
    child.stdout.once("data", () => {
      resolve(() => {
        child.stdin.end();
        return ended;
      });
    });
    void ended.then(() => resolve(undefined));
  });
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => {
    if (bytes < MAX_OUTPUT_BYTES) chunks.push(chunk);
    bytes += chunk.length;
  });
  return () => Buffer.concat(chunks).toString("utf8");
}
