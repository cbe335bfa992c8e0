import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bounded, type Host, HostError, type RunOptions, type RunResult, runBounded } from "./host.ts";
import { holdProcess, runProcess } from "./process.ts";

export interface SshTarget {
  /** As `ssh` takes it: a name of its configuration, a host, `user@host`. */
  readonly destination: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  readonly keyFile?: string | undefined;
  /** Commands run as whoever logs in; else as root. */
  readonly isUnprivileged?: boolean;
  /** More arguments for `ssh`. */
  readonly options?: readonly string[] | undefined;
}

/** Neither an option, nor anything that a shell reads otherwise: `ProxyCommand` is run by one. */
const NAME = /^[\p{L}\p{N}_[][\p{L}\p{N}_.:@%[\]/+,=-]*$/u;

/** What `ssh` itself returns when there is no connection. */
const SSH_FAILED = 255;

/**
 * A machine that the system's `ssh` reaches: its configuration, keys, agent and jump hosts count, as they do for
 * Ansible. One connection serves all commands.
 */
export class SshHost implements Host {
  readonly name: string;
  readonly #arguments: readonly string[];
  readonly #folder: string;
  readonly #prefix: string;

  private constructor(name: string, folder: string, args: readonly string[], prefix: string) {
    this.name = name;
    this.#folder = folder;
    this.#arguments = args;
    this.#prefix = prefix;
  }

  /** Connects. @throws HostError that says what `ssh` or `sudo` said */
  static async connect(target: SshTarget): Promise<SshHost> {
    for (const name of [target.destination, target.user]) {
      if (name !== undefined && !NAME.test(name))
        throw new HostError(`"${name}" is no name of a host or user`);
    }
    const folder = await mkdtemp(join(tmpdir(), "rtpengine-role-"));
    const args = [
      "ssh",
      ...["-o", "BatchMode=yes", "-o", "ControlMaster=auto", "-o", `ControlPath=${join(folder, "c")}`],
      ...["-o", "ControlPersist=60", "-o", "ConnectTimeout=15"],
      ...(target.user === undefined ? [] : ["-l", target.user]),
      ...(target.port === undefined ? [] : ["-p", String(target.port)]),
      ...(target.keyFile === undefined ? [] : ["-i", target.keyFile]),
      ...(target.options ?? []),
      target.destination,
    ];
    const plain = new SshHost(target.destination, folder, args, "");
    try {
      const { stdout } = await plain.run(["id", "-u"], { timeoutMs: 30_000 });
      if (stdout.trim() === "0" || target.isUnprivileged === true) return plain;
      const host = new SshHost(target.destination, folder, args, "sudo -n -- ");
      const { code, stderr } = await host.run(["true"], { timeoutMs: 30_000 });
      if (code === 0) return host;
      throw new HostError(
        `${target.destination}: logged in, but not as root, and sudo wants a password (${stderr.trim()}): allow it without one, or log in as root`,
      );
    } catch (error) {
      await plain.close();
      throw error;
    }
  }

  async run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const line = [...this.#arguments, this.#command(bounded(argv, options))];
    const result = await runBounded(argv, options, (longer) => runProcess(line, longer));
    if (result.code !== SSH_FAILED) return result;
    throw new HostError(`${this.name}: ${result.stderr.trim() || "ssh failed"}`);
  }

  hold(argv: readonly string[]): Promise<(() => Promise<void>) | undefined> {
    return holdProcess([...this.#arguments, this.#command(argv)]);
  }

  #command(argv: readonly string[]): string {
    return `${this.#prefix}env LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive ${argv.map(quote).join(" ")}`;
  }

  async close(): Promise<void> {
    await runProcess([...this.#arguments.slice(0, -1), "-O", "exit", this.#arguments.at(-1)!]).catch(
      () => undefined,
    );
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A word for the remote shell. */
function quote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
