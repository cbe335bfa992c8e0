import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { cacheFolder } from "./cache.ts";
import { ENVIRONMENT } from "./command.ts";

const NAMESPACES = "/run/netns";

/**
 * Name of all that this process makes: `rig-PID-STARTED`.
 *
 * With the start time, because a process id comes back.
 */
export const RUN: string = `rig-${process.pid}-${startTime(process.pid)}`;

const runsFolder = (): string => join(cacheFolder(), "runs");

/** Where this process keeps what lasts no longer than it does. */
export function runFolder(): string {
  const folder = join(runsFolder(), RUN);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** A folder below `runFolder` to which nobody else has a claim. */
export function ownFolder(name: string): string {
  const folder = join(runFolder(), `${name}-${count++}`);
  mkdirSync(folder);
  return folder;
}

let count = 0;

/** This process's control group (cgroup v2), the parent of its hosts' own. */
export function controlGroup(name: string): string {
  const folder = join(controlGroupRoot(), RUN, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Ends all processes of a control group and removes it. Harmless when there is none. */
export function removeControlGroup(folder: string): void {
  if (!existsSync(folder)) return;
  writeFileSync(join(folder, "cgroup.kill"), "1");
  waitUntil(() => readFileSync(join(folder, "cgroup.events"), "utf8").includes("populated 0"), folder);
  const groups = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const group of [folder, ...groups].sort((a, b) => b.length - a.length)) rmdirSync(group);
  const parent = dirname(folder);
  const isLast = readdirSync(parent, { withFileTypes: true }).every((entry) => !entry.isDirectory());
  if (isLast && basename(parent).startsWith("rig-")) rmdirSync(parent);
}

/** Unmounts all below a folder and removes it. Harmless when there is none. */
export function removeFolder(folder: string): void {
  for (const mount of mountsBelow(folder)) execFileSync("umount", [mount], { env: ENVIRONMENT });
  rmSync(folder, { recursive: true, force: true });
}

/** Ends what runs in a network namespace and removes it. Harmless when there is none. */
export function removeNamespace(name: string): void {
  if (!existsSync(join(NAMESPACES, name))) return;
  const pids = execFileSync("ip", ["netns", "pids", name], { encoding: "utf8", env: ENVIRONMENT });
  for (const pid of pids.split("\n").filter(Boolean)) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // Gone by itself.
    }
  }
  execFileSync("ip", ["netns", "delete", name], { env: ENVIRONMENT });
}

/** What runs have left behind that is not a file of the cache: namespaces, mounts, control groups, folders. */
export function leftovers(run: string = RUN): string[] {
  const isOf = (name: string): boolean => name === run || name.startsWith(`${run}-`);
  return [
    ...list(NAMESPACES).filter(isOf),
    ...mountsBelow(join(runsFolder(), run)),
    ...list(controlGroupRoot())
      .filter(isOf)
      .map((name) => join(controlGroupRoot(), name)),
    ...list(join(runsFolder(), run)).map((name) => join(runsFolder(), run, name)),
  ];
}

/** Removes all that a run has made, whatever state it is in. */
export function removeRun(run: string = RUN): void {
  removeControlGroup(join(controlGroupRoot(), run));
  for (const name of list(NAMESPACES)) if (name.startsWith(`${run}-`)) removeNamespace(name);
  removeFolder(join(runsFolder(), run));
}

/** Removes what processes have made that were killed before they could tidy up. */
export function removeDeadRuns(): void {
  const names = [...list(NAMESPACES), ...list(controlGroupRoot()), ...list(runsFolder())];
  for (const run of new Set(names.flatMap((name) => /^rig-\d+-\d+/.exec(name) ?? []))) {
    const [, pid, started] = run.split("-");
    if (startTime(Number(pid)) !== started) removeRun(run);
  }
}

// A run that is interrupted leaves nothing either; one that is killed leaves it to the next.
process.once("exit", () => removeRun());

/** Mount points below a folder, the innermost first. */
function mountsBelow(folder: string): string[] {
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  const points = mounts.map((line) => line.split(" ")[1] ?? "");
  return points.filter((point) => point === folder || point.startsWith(`${folder}/`)).reverse();
}

function controlGroupRoot(): string {
  const mounts = readFileSync("/proc/self/mounts", "utf8");
  const [, point] = /^\S+ (\S+) cgroup2 /m.exec(mounts) ?? [];
  if (point !== undefined) return point;
  throw new Error(
    "No cgroup2 file system is mounted, hosts need one: mount -t cgroup2 cgroup2 /sys/fs/cgroup",
  );
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
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

/** Waits without letting go of the thread: what removes things also runs when the process exits. */
function waitUntil(condition: () => boolean, what: string, withinMs = 10_000): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadline)
      throw new Error(`Processes in ${what} do not end: see its cgroup.procs`);
    Atomics.wait(clock, 0, 0, 10);
  }
}
