import { writeFile } from "../host/files.ts";
import { type Host, HostError, runOrFail } from "../host/host.ts";
import type { UndoStep } from "../resources/kind.ts";
import { apt } from "../resources/packages.ts";

const FOLDER = "/var/lib/rtpengine-role";
const LAST_RUN = `${FOLDER}/last-run.json`;

/** What a run changed, and how to take it back. */
export interface Journal {
  /** Seconds since 1970. */
  readonly startedAt: number;
  /** Units of the role that ran before. */
  readonly activeUnits: readonly string[];
  /** In the order in which it was done. */
  readonly steps: readonly UndoStep[];
}

/** Keeps the journal on the host, for a rollback later. Its files may hold secrets: root's alone. */
export async function saveJournal(host: Host, journal: Journal): Promise<void> {
  await runOrFail(host, ["install", "-d", "-m", "0700", FOLDER]);
  await writeFile(host, LAST_RUN, JSON.stringify(journal), { owner: "root", group: "root", mode: "0600" });
}

/** The journal of the last run that changed something. @throws HostError when there is none */
export async function loadJournal(host: Host): Promise<Journal> {
  const { code, stdout } = await host.run(["cat", LAST_RUN]);
  if (code !== 0)
    throw new HostError(
      `${host.name}: no run of the role has changed anything here, so nothing can be rolled back`,
    );
  return JSON.parse(stdout) as Journal;
}

/** Forgets it: what has been taken back is not to be taken back again. */
export async function dropJournal(host: Host): Promise<void> {
  await runOrFail(host, ["rm", "-f", "--", LAST_RUN]);
}

/** Those of the units that run now. */
export async function activeUnits(host: Host, units: readonly string[]): Promise<string[]> {
  const active: string[] = [];
  for (const unit of units) {
    if ((await host.run(["systemctl", "is-active", "--quiet", unit])).code === 0) active.push(unit);
  }
  return active;
}

/** Takes steps back, the last first; then systemd hears of it, and what ran before runs again. */
export async function undo(
  host: Host,
  { steps, activeUnits: units }: Omit<Journal, "startedAt">,
): Promise<void> {
  for (const step of [...steps].reverse()) await undoStep(host, step);
  await host.run(["systemctl", "daemon-reload"]);
  for (const unit of units) {
    await host.run(["systemctl", "reset-failed", unit]);
    await host.run(["systemctl", "restart", unit]);
  }
}

async function undoStep(host: Host, step: UndoStep): Promise<void> {
  switch (step.kind) {
    case "path":
      return undoPath(host, step);
    case "packages":
      if (step.installed.length > 0)
        await apt(host, ["remove", "-y", "-q", "--purge", "--", ...step.installed]);
      return;
    case "service":
      await host.run(["systemctl", step.wasEnabled ? "enable" : "disable", "--quiet", step.unit]);
      await host.run(["systemctl", step.wasActive ? "start" : "stop", step.unit]);
      return;
    case "command":
      await host.run(step.argv);
      return;
    case "account":
      if (step.user !== undefined) await host.run(["userdel", step.user]);
      if (step.group !== undefined) await host.run(["groupdel", step.group]);
  }
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
  } else {
    await runOrFail(host, ["chown", `${before.owner}:${before.group}`, "--", path]);
    await runOrFail(host, ["chmod", before.mode, "--", path]);
  }
}
