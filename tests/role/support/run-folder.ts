import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "./cache.ts";
import { controlGroupRoot, removeControlGroup } from "./control-group.ts";
import { mountsBelow, removeFolder } from "./mounts.ts";
import { namespaces, removeNamespace } from "./namespaces.ts";

export { removeFolder } from "./mounts.ts";

/**
 * Name of all that this process makes outside its memory: `rig-PID-STARTED`, and a hyphen before what follows.
 *
 * With the start time, because a process id comes back.
 */
export const RUN: string = `rig-${process.pid}-${startTime(process.pid)}`;

/** Where all runs keep their folders. */
export function runsFolder(): string {
  return join(cacheFolder(), "runs");
}

let count = 0;
let hasSweeper = false;

/** Starts what removes this run's things when this process is gone, killed or not. */
function startSweeper(): void {
  if (hasSweeper) return;
  hasSweeper = true;
  const sweeper = spawn(process.execPath, [fileURLToPath(new URL("./sweeper.ts", import.meta.url))], {
    // Of a session of its own, or it would be interrupted together with this process.
    detached: true,
    stdio: ["pipe", "ignore", "inherit"],
    env: { ...process.env, ROLE_RIG_RUN: RUN },
  });
  sweeper.unref();
  // A pipe's stream is a socket, and a socket keeps the process alive unless told not to.
  (sweeper.stdin as Socket).unref();
}

/** An empty folder to which nothing else has a claim, and that lasts no longer than this process. */
export function ownFolder(title: string): string {
  startSweeper();
  const folder = join(runsFolder(), RUN, `${title}-${count++}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** What there is of a run: namespaces, mounts, control groups, folders. */
export function leftovers(run: string = RUN): string[] {
  const folder = join(runsFolder(), run);
  return [
    ...namespaces().filter((name) => isOf(run, name)),
    ...mountsBelow(folder),
    ...controlGroups(run).flatMap((group) => folders(group).map((name) => join(group, name))),
    ...folders(folder).map((name) => join(folder, name)),
  ];
}

/** Removes all that a run has made, whatever state it is in. */
export function removeRun(run: string = RUN): void {
  for (const group of controlGroups(run)) removeControlGroup(group);
  for (const name of namespaces()) if (isOf(run, name)) removeNamespace(name);
  removeFolder(join(runsFolder(), run));
}

/** Removes what dead processes have made and their sweepers, dead with them, could not remove. */
export function removeDeadRuns(): void {
  const names = [...namespaces(), ...folders(controlGroupRoot()), ...folders(runsFolder())];
  for (const run of new Set(names.flatMap((name) => /^rig-\d+-\d+/.exec(name) ?? []))) {
    const [, pid, started] = run.split("-");
    if (startTime(Number(pid)) !== started) removeRun(run);
  }
}

function isOf(run: string, name: string): boolean {
  return name === run || name.startsWith(`${run}-`);
}

function controlGroups(run: string): string[] {
  const root = controlGroupRoot();
  return root === undefined
    ? []
    : folders(root)
        .filter((name) => name === run)
        .map((name) => join(root, name));
}

function folders(folder: string | undefined): string[] {
  if (folder === undefined || !existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** When a process started, in clock ticks since boot (proc(5), `stat` field 22); undefined when it is gone. */
function startTime(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name, which may contain anything.
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
