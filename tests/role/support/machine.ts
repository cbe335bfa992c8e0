import type { BaseRoot } from "./base-root.ts";
import { execute, type Outcome } from "./command.ts";
import { ADDRESSES, type Network, type Place } from "./network.ts";

/** Users that may log in: `voip` as the seed's author does (sudo without a password), or root at once. */
export type User = "root" | "voip";

/** How to run a command on a machine. */
export interface SshOptions {
  /** Default "root". */
  readonly user?: User;
  readonly stdin?: string | Uint8Array;
  readonly timeoutMs?: number;
  /** The machine whose network the connection comes from; "devstack" by default. */
  readonly from?: Place;
}

/** What all machines of the network have that were made from a base root: a container's and an emulator's alike. */
export abstract class Machine {
  readonly name: Place;
  /** On the side of the proxies (`eth0`). */
  readonly address: string;
  readonly #base: BaseRoot;
  readonly #network: Network;
  readonly #connectSeconds: number;

  constructor(base: BaseRoot, network: Network, name: Place, connectSeconds = 5) {
    this.#base = base;
    this.#network = network;
    this.#connectSeconds = connectSeconds;
    this.name = name;
    this.address = ADDRESSES[name];
  }

  /**
   * Options of `ssh` that let a program in, and hold it to the host's key.
   *
   * The program has to run where the host can be reached: see `Network.inNamespace`.
   */
  get sshOptions(): string[] {
    const { identityFile, knownHostsFile } = this.#base;
    const settings = [
      `UserKnownHostsFile=${knownHostsFile}`,
      "GlobalKnownHostsFile=/dev/null",
      "StrictHostKeyChecking=yes",
      "IdentitiesOnly=yes",
      "BatchMode=yes",
      `ConnectTimeout=${this.#connectSeconds}`,
      "LogLevel=ERROR",
    ];
    return ["-F", "/dev/null", "-i", identityFile, ...settings.flatMap((setting) => ["-o", setting])];
  }

  /** Runs a command line of the shell on it. A command that fails is an outcome; so is no connection (code 255). */
  ssh(command: string, options: SshOptions = {}): Promise<Outcome> {
    const { user = "root", from = "devstack", stdin, timeoutMs } = options;
    const line = ["ssh", ...this.sshOptions, `${user}@${this.address}`, command];
    return execute(this.#network.inNamespace(from, line), {
      ...(stdin !== undefined && { stdin }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
  }

  /** Runs a command line that has to succeed. @returns its standard output, without the last line's end */
  async run(command: string, options: SshOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.ssh(command, options);
    if (code === 0) return stdout.trimEnd();
    throw new Error(`On ${this.name}, \`${command}\` ended with ${code}:\n${stdout}${stderr}`);
  }
}
