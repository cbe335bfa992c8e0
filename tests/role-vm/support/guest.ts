import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cached } from "../../role/support/cache.ts";
import { succeed } from "../../role/support/command.ts";
import { Machine } from "../../role/support/machine.ts";
import { Network, tapOf } from "../../role/support/network.ts";
import { nowDoing } from "../../role/support/progress.ts";
import { ownFolder, removeFolder } from "../../role/support/run-folder.ts";
import { eventually } from "../../support/processes/child.ts";
import { commandLine, Emulator, type Hardware } from "./emulator.ts";
import type { GuestDisk } from "./guest-disk.ts";

const BOOT_MS = 10 * 60_000;
const RESUME_MS = 3 * 60_000;
/** An emulated machine takes its time over a key exchange. */
const CONNECT_SECONDS = 40;
const NAME = "media-1";

/** A disk and the state of a machine that has booted from it, so that others go on from there. */
export interface BootedGuest {
  readonly disk: GuestDisk;
  /** Folder of `disk.qcow2` and `state`. */
  readonly folder: string;
}

/** Boots a guest once for all runs. */
export async function bootedGuest(disk: GuestDisk): Promise<BootedGuest> {
  const placeholders = { disk: "", tap: tapOf(NAME), console: "" };
  const line = commandLine({ ...hardwareOf(disk), ...placeholders });
  // A state is for the emulator that wrote it, and for the same devices.
  const version = await succeed([line[0]!, "--version"]);
  const key = createHash("sha256")
    .update(JSON.stringify([disk.key, version, line.filter((word) => !word.includes("/")), "1"]))
    .digest("hex")
    .slice(0, 16);
  const title = `First boot of a guest, ${disk.base.architecture}`;
  const folder = await cached(`guest-booted-${key}`, title, async (partial) => {
    await makeDisk(disk.file, "raw", join(partial, "disk.qcow2"));
    using network = new Network({ isMediaEmulated: true });
    const guest = new Guest(disk, network, partial);
    try {
      nowDoing("booting");
      await guest.becomesReachable(BOOT_MS);
      await guest.settles(BOOT_MS);
      nowDoing("saving");
      await guest.save(join(partial, "state"));
    } finally {
      await guest.kill();
    }
  });
  return { disk, folder };
}

/** Starts a guest that has just booted, with these files. Stop it before its network closes. */
export async function startGuest(
  { disk, folder }: BootedGuest,
  network: Network,
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<Guest> {
  const own = ownFolder(NAME);
  await makeDisk(join(folder, "disk.qcow2"), "qcow2", join(own, "disk.qcow2"));
  const guest = new Guest(disk, network, own, join(folder, "state"));
  try {
    await guest.becomesReachable(RESUME_MS);
    // It goes on in the moment it was saved.
    await guest.run(`date --utc --set=@${Math.floor(Date.now() / 1000)}`);
    for (const [path, content] of Object.entries(files)) {
      await guest.run(`install -d /${dirname(path)} && cat > /${path}`, { stdin: content });
    }
    return guest;
  } catch (error) {
    await guest.stop();
    throw error;
  }
}

const hardwareOf = ({ base, kernel }: GuestDisk) => ({
  architecture: base.architecture,
  kernel: kernel.image,
  initrd: kernel.initrd,
});

const makeDisk = (on: string, format: string, file: string): Promise<string> =>
  succeed(["qemu-img", "create", "-q", "-f", "qcow2", "-b", on, "-F", format, file]);

/** A machine with a kernel of its own, emulated; otherwise as any host. */
export class Guest extends Machine implements AsyncDisposable {
  readonly #emulator: Emulator;
  readonly #folder: string;

  /** @param folder has its disk */
  constructor({ base, ...disk }: GuestDisk, network: Network, folder: string, state?: string) {
    super(base, network, NAME, CONNECT_SECONDS);
    this.#folder = folder;
    const hardware: Hardware = {
      ...hardwareOf({ base, ...disk }),
      disk: join(folder, "disk.qcow2"),
      tap: tapOf(NAME),
      console: join(folder, "console"),
      ...(state !== undefined && { state }),
    };
    this.#emulator = new Emulator(hardware, (argv) => network.inNamespace("switch", argv));
  }

  /** What its kernel has said. */
  get console(): string {
    return readFileSync(join(this.#folder, "console"), "utf8");
  }

  /** Waits until somebody can log in. */
  async becomesReachable(withinMs: number): Promise<void> {
    await eventually(
      async () => {
        if (this.#emulator.isOver) throw new Error(`The emulator has ended: ${this.#emulator.errors}`);
        return (await this.ssh("true", { timeoutMs: 90_000 })).code === 0;
      },
      withinMs,
      () => `The guest cannot be reached:\n${this.#emulator.errors}${this.console.slice(-4000)}`,
    );
  }

  /** Waits until it has booted. @throws with what has failed */
  async settles(withinMs: number): Promise<void> {
    const { stdout } = await this.ssh("systemctl is-system-running --wait", { timeoutMs: withinMs });
    if (stdout.trim() === "running") return;
    const why = await this.ssh("systemctl --failed --no-legend; journalctl -b -p warning -n 30");
    throw new Error(`The guest is ${stdout.trim()} after booting:\n${why.stdout}`);
  }

  /** Ends it, and writes its state to a file. */
  save(file: string): Promise<void> {
    return this.#emulator.save(file);
  }

  async kill(): Promise<void> {
    await this.#emulator.kill();
  }

  /** Removes all there is of it. */
  async stop(): Promise<void> {
    await this.kill();
    removeFolder(this.#folder);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
