import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { ENVIRONMENT } from "./command.ts";

const table = (): string[][] =>
  readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "));

/** Mount points at and below a folder, the innermost first. */
export function mountsBelow(folder: string): string[] {
  const points = table().map(([, point]) => point ?? "");
  return points.filter((point) => point === folder || point.startsWith(`${folder}/`)).reverse();
}

/** Where the first file system of a type is mounted. */
export function mountPointOf(type: string): string | undefined {
  return table().find(([, , other]) => other === type)?.[1];
}

/**
 * Removes a folder, after what is mounted in it. Harmless when there is none.
 *
 * @throws when something cannot be unmounted: then nothing is deleted, for it might not be ours
 */
export function removeFolder(folder: string): void {
  for (const mount of mountsBelow(folder)) {
    try {
      execFileSync("umount", [mount], { env: ENVIRONMENT, stdio: "pipe" });
    } catch (error) {
      // Another process may have been faster.
      if (mountsBelow(mount).length > 0) throw error;
    }
  }
  rmSync(folder, { recursive: true, force: true });
}
