import { writeFile, writeFolder } from "../host/files.ts";
import { type Host, HostError, runOrFail } from "../host/host.ts";
import { LEDGER } from "../recipe/ledger.ts";
import type { HandlerName } from "../resource.ts";
import { USED_BY_FILES } from "../resources/account.ts";
import type { UndoStep } from "../resources/kind.ts";
import { purge, removeInstallation } from "../resources/packages.ts";

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

/** How many changes there are to take back. */
export function changesIn(steps: readonly UndoStep[]): number {
  return steps.filter((step) => !("isNote" in step && step.isNote === true)).length;
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
  const attempt = async (work: () => Promise<readonly string[]>): Promise<void> => {
    try {
      problems.push(...(await work()));
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      await host.run(["true"]);
      problems.push(error.message);
    }
  };
  // Accounts, and packages that would delete them, go once nothing else is left.
  const leftovers: string[] = [];
  const accounts: AccountStep[] = [];
  for (const step of [...steps].reverse()) {
    if (step.kind === "account") accounts.push(step);
    else
      await attempt(async () => {
        if (step.kind !== "packages") return undoStep(host, step);
        const { problems: sentences, leaves } = await removeInstallation(host, step);
        leftovers.push(...leaves);
        return sentences;
      });
  }
  await attempt(() => undoAccounts(host, accounts, leftovers));
  await host.run(["sh", "-c", FORGET_ACTIVE, "sh", LEDGER, `${FOLDER}/active.json`]);
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

/** Taken back as far as before the first run: nobody needs to know any more what a daemon was told, secrets and all. */
const FORGET_ACTIVE = 'test -e "$1" || rm -f -- "$2"';

type AccountStep = Extract<UndoStep, { kind: "account" }>;

/**
 * Deletes accounts that nothing belongs to, and purges packages whose scripts would delete one: not where it stays.
 */
async function undoAccounts(
  host: Host,
  accounts: readonly AccountStep[],
  leftovers: readonly string[],
): Promise<string[]> {
  const user = accounts.find((step) => step.user !== undefined)?.user;
  const group = accounts.find((step) => step.group !== undefined)?.group;
  const problems: string[] = [];
  let isFree = accounts.length > 0;
  if (isFree) {
    const { stdout } = await host.run(["sh", "-c", USED_BY_FILES, "sh", user ?? "", group ?? ""]);
    const used = stdout.trim();
    if (used !== "") problems.push(`${user ?? group} stays: ${used} belongs to it`);
    isFree = used === "";
  }
  if (isFree) await purge(host, leftovers);
  else if (leftovers.length > 0) {
    problems.push(`${leftovers.join(", ")} removed, but not purged, which would delete its account`);
  }
  if (!isFree) return problems;
  for (const step of accounts) {
    if (step.user !== undefined) await undoAccount(host, "passwd", "userdel", step.user);
    if (step.group !== undefined) await undoAccount(host, "group", "groupdel", step.group);
  }
  return problems;
}

async function undoStep(
  host: Host,
  step: Exclude<UndoStep, AccountStep | { kind: "packages" }>,
): Promise<string[]> {
  switch (step.kind) {
    case "path":
      await undoPath(host, step);
      break;
    case "service":
      await host.run(["systemctl", step.wasEnabled ? "enable" : "disable", "--quiet", step.unit]);
      await host.run(["systemctl", step.wasActive ? "start" : "stop", step.unit]);
      break;
    case "command":
      await runOrFail(host, step.argv);
  }
  return [];
}

/** A package's own script may have done it, and `userdel` takes a user's group along. */
async function undoAccount(host: Host, database: string, program: string, name: string): Promise<void> {
  if ((await host.run(["getent", database, name])).code === 0) await runOrFail(host, [program, name]);
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
      // Beside a file of the role's, a package puts its own so.
      'if [ -d "$1" ] && [ ! -L "$1" ]; then rmdir -- "$1"; else rm -f -- "$1" "$1.dpkg-dist"; fi',
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
