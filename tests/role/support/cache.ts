import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { removeFolder } from "./mounts.ts";
import { say, withProgress } from "./progress.ts";

/**
 * Folder of what is slow to make and may be thrown away at any time; `RTPENGINE_TS_CACHE` moves it.
 *
 * Overlays are mounted in it too, so it cannot lie on an overlay file system itself.
 */
export function cacheFolder(): string {
  const { RTPENGINE_TS_CACHE, XDG_CACHE_HOME } = process.env;
  const folder = RTPENGINE_TS_CACHE || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "rtpengine-ts");
  if (!/^\/[\w./@+-]*$/.test(folder)) {
    throw new Error(
      `"${folder}" has characters that mount options cannot: set RTPENGINE_TS_CACHE to another`,
    );
  }
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * Makes a folder once for all processes and all runs.
 *
 * @param name of the folder; has to change with everything that `build` depends on
 * @param build fills an empty folder; what it leaves after failing is thrown away
 * @returns the folder's path; it is complete, and nobody may change it
 */
export async function cached(
  name: string,
  title: string,
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(cacheFolder(), name);
  if (existsSync(folder)) return folder;
  const release = await lock(`${folder}.lock`, title);
  try {
    // Another process may have built it while this one waited.
    if (existsSync(folder)) return folder;
    const partial = `${folder}.partial`;
    removeFolder(partial);
    mkdirSync(partial, { recursive: true });
    await withProgress(title, () => build(partial));
    renameSync(partial, folder);
    return folder;
  } finally {
    await release();
  }
}

/**
 * Holds a lock across processes. The kernel's own: whoever dies holding it lets go of it.
 *
 * @returns what releases it
 */
async function lock(file: string, title: string): Promise<() => Promise<void>> {
  // `cat` ends with its input, and that ends with this process.
  const holder = spawn("flock", [file, "sh", "-c", "echo held; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const patience = setTimeout(() => say(`${title}: another process is at it, waiting for it ...`), 2000);
  const [first] = await Promise.race([once(holder.stdout, "data"), once(holder, "close")]);
  clearTimeout(patience);
  if (!(first instanceof Buffer)) throw new Error(`Could not lock ${file}: is its folder writable?`);
  return async () => {
    const closed = once(holder, "close");
    holder.stdin.end();
    await closed;
  };
}
