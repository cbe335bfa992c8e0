import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mountPointOf } from "./mounts.ts";

/** Root of this machine's control groups (cgroup v2); undefined where they are not mounted. */
export function controlGroupRoot(): string | undefined {
  return mountPointOf("cgroup2");
}

/** Makes a control group, and those above it. @returns its folder */
export function makeControlGroup(name: string): string {
  const root = controlGroupRoot();
  if (root === undefined) {
    throw new Error("Hosts need control groups of version 2: mount -t cgroup2 cgroup2 /sys/fs/cgroup");
  }
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Ends all processes of a control group and removes it. Harmless when there is none. */
export function removeControlGroup(folder: string): void {
  try {
    if (!existsSync(folder)) return;
    writeFileSync(join(folder, "cgroup.kill"), "1");
    waitUntilEmpty(folder);
    for (const group of [...groupsBelow(folder), folder]) rmdirSync(group);
  } catch (error) {
    // Another process may have been faster.
    if (existsSync(folder)) throw error;
  }
}

/** Control groups below one, the innermost first. */
function groupsBelow(folder: string): string[] {
  const children = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return children.flatMap(({ name }) => [...groupsBelow(join(folder, name)), join(folder, name)]);
}

/** Waits without letting go of the thread: what removes things also runs when the process exits. */
function waitUntilEmpty(folder: string, withinMs = 10_000): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  const deadline = performance.now() + withinMs;
  while (!readFileSync(join(folder, "cgroup.events"), "utf8").includes("populated 0")) {
    if (performance.now() > deadline) {
      throw new Error(`Processes do not end although they were killed: cat ${folder}/cgroup.procs`);
    }
    Atomics.wait(clock, 0, 0, 10);
  }
}
