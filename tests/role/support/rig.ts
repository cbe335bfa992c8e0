import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Child } from "../../support/processes/child.ts";
import { type BaseRoot, baseRoot } from "./base-root.ts";
import { type Host, type HostOptions, startHost } from "./host.ts";
import { SUITE } from "./mirror.ts";
import { ADDRESSES, Network } from "./network.ts";
import { buildRepository, type Repository, RTPENGINE_PACKAGES } from "./repository.ts";
import { checkRequirements } from "./requirements.ts";
import { ownFolder, removeDeadRuns, removeFolder } from "./run-folder.ts";

const SERVER = fileURLToPath(new URL("./file-server.mjs", import.meta.url));

/** Where a host's ordinary `sources.list` finds Debian. */
const DEBIAN_PATH = "/debian";
const DEBIAN_KEYRING = "usr/share/keyrings/role-rig.gpg";

/** What stands in for Debian's own mirror: rtpengine's packages and what they need. */
export function debianRepository(base: BaseRoot, more: readonly string[] = []): Promise<Repository> {
  return buildRepository(base, { owner: "debian", packages: [...RTPENGINE_PACKAGES, ...more] });
}

/** Address of a path on the rig's web server, as hosts see it. */
export function urlOf(path: string): string {
  return `http://${ADDRESSES.devstack}${path}`;
}

/** A line for `sources.list`. @param keyring absolute path on the host */
export function sourceLine(path: string, keyring: string): string {
  return `deb [signed-by=${keyring}] ${urlOf(path)} ${SUITE} main`;
}

/** A network with a web server on `devstack`, and the hosts in it. Closing it stops them all. */
export class Rig implements AsyncDisposable {
  readonly base: BaseRoot;
  readonly network: Network;
  readonly debian: Repository;
  readonly #folder: string;
  readonly #mounts: Record<string, string | null> = {};
  readonly #hosts = new Set<Host>();
  #server: Child | undefined;

  private constructor(base: BaseRoot, debian: Repository, network: Network) {
    this.base = base;
    this.debian = debian;
    this.#folder = ownFolder("server");
    this.network = network;
  }

  /**
   * @param debian what stands in for Debian's mirror; `debianRepository` by default
   * @param network to close with the rig
   */
  static async open(debian?: Repository, network?: Network): Promise<Rig> {
    checkRequirements();
    removeDeadRuns();
    const base = await baseRoot();
    const rig = new Rig(base, debian ?? (await debianRepository(base)), network ?? new Network());
    try {
      rig.serve(DEBIAN_PATH, rig.debian);
      await rig.#listen();
      return rig;
    } catch (error) {
      await rig.close();
      throw error;
    }
  }

  /** Serves a repository, its key as `key.asc` beside; "down" answers 503 instead. Takes effect at once. */
  serve(path: string, repository: Repository | "down"): void {
    this.#mounts[path] = repository === "down" ? null : repository.folder;
    const file = join(this.#folder, "mounts.json");
    writeFileSync(`${file}.new`, JSON.stringify(this.#mounts));
    renameSync(`${file}.new`, file);
  }

  /** Files that let a machine take its packages from this rig. */
  get aptFiles(): Readonly<Record<string, string | Uint8Array>> {
    return {
      "etc/apt/sources.list": `${sourceLine(DEBIAN_PATH, `/${DEBIAN_KEYRING}`)}\n`,
      [DEBIAN_KEYRING]: readFileSync(this.debian.binaryKeyFile),
    };
  }

  /** Boots a fresh host that takes its packages from this rig. */
  async startHost(options: Omit<HostOptions, "base" | "network"> = {}): Promise<Host> {
    const host = await startHost({
      ...options,
      base: this.base,
      network: this.network,
      files: { ...this.aptFiles, ...options.files },
    });
    this.#hosts.add(host);
    return host;
  }

  /** Stops the hosts, then the server, then removes the network. */
  async close(): Promise<void> {
    try {
      for (const host of this.#hosts) await host.stop();
    } finally {
      await this.#server?.stop();
      this.network.close();
      removeFolder(this.#folder);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #listen(): Promise<void> {
    const node = [process.execPath, SERVER, ADDRESSES.devstack, "80", join(this.#folder, "mounts.json")];
    const [command, ...args] = this.network.inNamespace("devstack", node);
    this.#server = new Child(command!, args);
    await this.#server.says(/serving/);
  }
}
