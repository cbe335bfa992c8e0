import { writeFile, writeFolder } from "../host/files.ts";
import { type Host, HostError, runOrFail } from "../host/host.ts";
import type { HandlerName } from "../resource.ts";
import type { UndoStep } from "../resources/kind.ts";
import { undoInstallation } from "../resources/packages.ts";

const FOLDER = "/var/lib/rtpengine-role";
const LAST_RUN = `${FOLDER}/last-run.json`;
/** Of a run that is under way, or that was broken off. */
const UNFINISHED = `${FOLDER}/unfinished.json`;

/** What a run changed, and how to take it back. */
export interface Journal {
  /** Seconds since 1970. */
  readonly startedAt: number;
  /** Units of the role that ran before. */
  readonly activeUnits: readonly ActiveUnit[];
  /** In the order in which it was done. */
  readonly steps: readonly UndoStep[];
  /** Handlers that were notified; of an unfinished run, those that have yet to run. */
  readonly handlers: readonly HandlerName[];
  /** Whether handlers had begun to run: a daemon may do what its file says now without having been restarted. */
  readonly hasActivated: boolean;
}

/** Keeps what a run has done so far: it may be broken off at any time. Its files may hold secrets: root's alone. */
export async function saveUnfinished(host: Host, journal: Journal): Promise<void> {
  await runOrFail(host, ["install", "-d", "-m", "0700", FOLDER]);
  await writeFile(host, UNFINISHED, JSON.stringify(journal), ROOT_ALONE);
}

/** Keeps the journal of a run that came to its end, for a rollback later. */
export async function saveJournal(host: Host, journal: Journal): Promise<void> {
  await runOrFail(host, ["install", "-d", "-m", "0700", FOLDER]);
  await writeFile(host, LAST_RUN, JSON.stringify(journal), ROOT_ALONE);
  await dropUnfinished(host);
}

const ROOT_ALONE = { owner: "root", group: "root", mode: "0600" } as const;

/** The journal of a run that was broken off; undefined: there is none. */
export function loadUnfinished(host: Host): Promise<Journal | undefined> {
  return readJournal(host, UNFINISHED);
}

/** The journal of the last run that changed something, be it unfinished. @throws HostError when there is none */
export async function loadJournal(host: Host): Promise<Journal> {
  const journal = (await loadUnfinished(host)) ?? (await readJournal(host, LAST_RUN));
  if (journal !== undefined) return journal;
  throw new HostError(
    `${host.name}: no run of the role has changed anything here, so nothing can be rolled back`,
  );
}

async function readJournal(host: Host, path: string): Promise<Journal | undefined> {
  const { code, stdout } = await host.run(["cat", "--", path]);
  if (code !== 0) return undefined;
  try {
    return JSON.parse(stdout) as Journal;
  } catch (cause) {
    throw new HostError(`${host.name}: ${path} cannot be understood: move it away`, { cause });
  }
}

/** Forgets the journal that `loadJournal` gives: what has been taken back is not to be taken back again. */
export async function dropJournal(host: Host): Promise<void> {
  if ((await loadUnfinished(host)) !== undefined) return dropUnfinished(host);
  await drop(host, LAST_RUN);
}

export function dropUnfinished(host: Host): Promise<void> {
  return drop(host, UNFINISHED);
}

async function drop(host: Host, path: string): Promise<void> {
  const script = 'rm -f -- "$1" && { test ! -d "$2" || rmdir --ignore-fail-on-non-empty -- "$2"; }';
  await runOrFail(host, ["sh", "-c", script, "sh", path, FOLDER]);
}

/** A unit that runs. */
export interface ActiveUnit {
  readonly unit: string;
  /** systemd's name for this one time that it runs. */
  readonly invocation: string;
}

/** Those of the units that run now. */
export async function activeUnits(host: Host, units: readonly string[]): Promise<ActiveUnit[]> {
  const active: ActiveUnit[] = [];
  for (const unit of units) {
    if ((await host.run(["systemctl", "is-active", "--quiet", unit])).code !== 0) continue;
    const { stdout } = await host.run(["systemctl", "show", "--property=InvocationID", "--value", unit]);
    active.push({ unit, invocation: stdout.trim() });
  }
  return active;
}

/**
 * Takes steps back, the last first; then systemd hears of it, and what ran before and is not running still starts anew. What cannot be taken back
 * keeps nothing else from it.
 *
 * @returns what is not as it was, in sentences @throws HostError when the host cannot be reached
 */
export async function undo(
  host: Host,
  {
    steps,
    activeUnits: units,
    handlers = [],
    hasActivated = false,
  }: Pick<Journal, "steps" | "activeUnits"> & Partial<Journal>,
): Promise<string[]> {
  const problems: string[] = [];
  for (const step of [...steps].reverse()) {
    try {
      problems.push(...(await undoStep(host, step)));
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      await host.run(["true"]);
      problems.push(error.message);
    }
  }
  await host.run(["systemctl", "daemon-reload"]);
  if (handlers.includes("restart rsyslog")) await host.run(["systemctl", "try-restart", "rsyslog.service"]);
  for (const { unit, invocation } of units) {
    // One that has not been touched carries calls.
    const [now] = await activeUnits(host, [unit]);
    const isTouched = hasActivated && handlers.some((name) => name.includes(" rtpengine"));
    if (now?.invocation === invocation && !isTouched) continue;
    await host.run(["systemctl", "reset-failed", unit]);
    const { code, stderr } = await host.run(["systemctl", "restart", unit]);
    if (code !== 0) problems.push(`${unit} ran before, and cannot be started: ${stderr.trim()}`);
  }
  return problems;
}

/** @returns what is not as it was */
async function undoStep(host: Host, step: UndoStep): Promise<string[]> {
  switch (step.kind) {
    case "path":
      await undoPath(host, step);
      return [];
    case "packages":
      return undoInstallation(host, step);
    case "service":
      await host.run(["systemctl", step.wasEnabled ? "enable" : "disable", "--quiet", step.unit]);
      await host.run(["systemctl", step.wasActive ? "start" : "stop", step.unit]);
      return [];
    case "command":
      await runOrFail(host, step.argv);
      return [];
    case "account":
      if (step.user !== undefined) await undoEntry(host, "passwd", step.user, "userdel");
      if (step.group !== undefined) await undoEntry(host, "group", step.group, "groupdel");
      return [];
  }
}

/** `userdel` takes a user's group along, and a package that is purged its user. */
async function undoEntry(host: Host, database: string, name: string, command: string): Promise<void> {
  if ((await host.run(["getent", database, name])).code === 0) await runOrFail(host, [command, name]);
}

async function undoPath(
  host: Host,
  { path, before, content }: Extract<UndoStep, { kind: "path" }>,
): Promise<void> {
  if (before === undefined) {
    // A folder that others have put something into stays.
    await host.run([
      "sh",
      "-c",
      'if [ -d "$1" ] && [ ! -L "$1" ]; then rmdir -- "$1"; else rm -f -- "$1"; fi',
      "sh",
      path,
    ]);
  } else if (before.kind === "file") {
    await writeFile(host, path, Buffer.from(content ?? "", "base64"), before);
  } else if (before.kind === "link") {
    await runOrFail(host, ["ln", "-sfT", "--", before.target ?? "", path]);
    await host.run(["touch", "--no-dereference", `--date=@${before.modifiedAt ?? "0"}`, "--", path]);
  } else {
    await writeFolder(host, path, before);
  }
}
