import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { Child, eventually } from "../../support/processes/child.ts";
import type { BaseRoot } from "./base-root.ts";
import { type ChangedFile, changedFiles } from "./changed-files.ts";
import { makeControlGroup, removeControlGroup } from "./control-group.ts";
import { Machine } from "./machine.ts";
import type { Network, Place } from "./network.ts";
import { mountOverlay, type Overlay } from "./overlay.ts";
import { ownFolder, RUN, runsFolder } from "./run-folder.ts";

const BOOT = fileURLToPath(new URL("./boot.sh", import.meta.url));

const BOOT_MS = 120_000;
const SHUTDOWN_MS = 30_000;

/** Which host to start. */
export interface HostOptions {
  readonly base: BaseRoot;
  readonly network: Network;
  /** Host name, and machine whose addresses it has; "media-1" by default. */
  readonly name?: Place;
  /** Files it is born with; they do not count as changed. Path without the leading slash, content. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** What runs as process 1: systemd by default, or nothing but the server that lets one in. */
  readonly init?: "systemd" | "sshd";
}

/** Boots a fresh host and waits until its systemd says that all is well. @throws with what has failed there */
export async function startHost(options: HostOptions): Promise<Host> {
  const { base, network, name = "media-1", files = {}, init = "systemd" } = options;
  const folder = ownFolder(name);
  const overlay = mountOverlay(base, folder, {
    "etc/hostname": `${name}\n`,
    "etc/hosts": `127.0.0.1 localhost\n::1 localhost\n127.0.1.1 ${name}\n`,
    ...files,
  });
  const controlGroup = makeControlGroup(`${RUN}/${basename(folder)}`);
  const host = new Host({ base, network, name, overlay, controlGroup, init });
  try {
    await host.boot();
    return host;
  } catch (error) {
    await host.stop();
    throw error;
  }
}

interface HostParts {
  readonly base: BaseRoot;
  readonly network: Network;
  readonly name: Place;
  readonly overlay: Overlay;
  readonly controlGroup: string;
  readonly init: "systemd" | "sshd";
}

/** A running Debian with systemd, reached through ssh. Stop it before its network closes. */
export class Host extends Machine implements AsyncDisposable {
  /** Its root, to be read from outside; `/run` and `/tmp` of the running host are not in it. */
  readonly rootPath: string;
  readonly #parts: HostParts;
  #machine: Child | undefined;

  constructor(parts: HostParts) {
    super(parts.base, parts.network, parts.name);
    this.#parts = parts;
    this.rootPath = parts.overlay.path;
  }

  /** Its network namespace, for `ip netns exec`. */
  get namespace(): string {
    return this.#parts.network.namespace(this.name);
  }

  /** What differs on it from the root it was started from; without `ignored`, all that says something about it. */
  changedFiles(ignored?: readonly RegExp[]): ChangedFile[] {
    const { upper, lowers } = this.#parts.overlay;
    return changedFiles(upper, lowers, ignored);
  }

  /** Starts it, again if need be: what it has written is still there. */
  async boot(): Promise<void> {
    const { controlGroup: group, network, overlay, init } = this.#parts;
    const line = [BOOT, this.name, overlay.path, group, network.namespace(this.name), runsFolder(), init];
    const machine = new Child("unshare", ["--mount", ...line]);
    this.#machine = machine;
    let state = "";
    await eventually(
      async () => {
        const look = init === "systemd" ? "systemctl is-system-running --wait" : "echo running";
        const { stdout } = await this.ssh(look, { timeoutMs: BOOT_MS });
        state = stdout.trim();
        return state === "running" || state === "degraded" || machine.isOver;
      },
      BOOT_MS,
      () => `${this.name} has not booted after ${BOOT_MS / 1000} s:\n${machine.output}`,
    );
    if (machine.isOver) throw new Error(`${this.name} does not boot:\n${machine.output}`);
    if (state === "running") return;
    const { stdout } = await this.ssh("systemctl --failed --no-legend; journalctl -b -p warning -n 30");
    throw new Error(`${this.name} is ${state} after booting:\n${stdout}`);
  }

  /** Shuts it down in order and boots it again. */
  async reboot(): Promise<void> {
    await this.#shutDown();
    await this.boot();
  }

  /** Shuts it down and removes all there is of it. */
  async stop(): Promise<void> {
    await this.#shutDown();
    removeControlGroup(this.#parts.controlGroup);
    this.#parts.overlay.remove();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #shutDown(): Promise<void> {
    // systemd-nspawn passes this on as the signal that shuts a container's systemd down.
    this.#machine?.signal("SIGTERM");
    await this.#machine?.end(SHUTDOWN_MS).catch(() => this.#machine?.signal("SIGKILL"));
    await this.#machine?.ended;
  }
}
