import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";

/** A file that differs from the root the host was started from. */
export interface ChangedFile {
  /** With the leading slash. */
  readonly path: string;
  readonly kind: "file" | "folder" | "link" | "deleted" | "special";
  /** Permission bits, octal: "0644". */
  readonly mode: string;
  /** User and group by number, as the host's own files name them: "0:0". */
  readonly owner: string;
  /** SHA-256 of a file's content, a link's target; else empty. */
  readonly content: string;
}

/** Paths that differ between two hosts with the same past, and why that says nothing about them. */
export const VOLATILE: readonly RegExp[] = [
  // Identity and randomness of one machine.
  /^\/etc\/machine-id$/,
  /^\/var\/lib\/dbus\/machine-id$/,
  /^\/var\/lib\/systemd\/(?:random-seed|credential\.secret|timers|timesync|coredump|catalog|rfkill)(?:\/|$)/,
  // Written by the clock.
  /^\/var\/log(?:\/|$)/,
  /^\/var\/lib\/logrotate(?:\/|$)/,
  /^\/var\/spool\/rsyslog(?:\/|$)/,
  // What apt, dpkg and others can get or make again, and copies of what was before.
  /^\/var\/cache(?:\/|$)/,
  /^\/var\/lib\/apt\/(?:lists|periodic|mirrors)(?:\/|$)/,
  /^\/var\/lib\/dpkg\/(?:lock|lock-frontend|triggers\/Lock|status-old|available-old|diversions-old|statoverride-old)$/,
  /^\/etc\/\.pwd\.lock$/,
  /^\/etc\/(?:passwd|group|shadow|gshadow|subuid|subgid)-$/,
  /^\/etc\/ld\.so\.cache$/,
  /\/__pycache__(?:\/|$)/,
  /\.pyc$/,
  // What a session leaves.
  /^\/(?:root|home\/[^/]+)\/\.(?:ansible|cache|bash_history)(?:\/|$)/,
  /^\/var\/lib\/sudo(?:\/|$)/,
  // Not on the disk of a running host.
  /^\/(?:dev|proc|run|sys|tmp)(?:\/|$)/,
  /^\/var\/tmp(?:\/|$)/,
];

/**
 * Lists what an overlay's upper layer changes, by path.
 *
 * A file that was touched but is what it was, is no change; so is a folder that is there only for what is in it.
 */
export function changedFiles(
  upper: string,
  lowers: readonly string[],
  ignored: readonly RegExp[] = VOLATILE,
): ChangedFile[] {
  const changes: ChangedFile[] = [];
  const walk = (folder: string): void => {
    for (const name of readdirSync(join(upper, folder)).sort()) {
      const path = `${folder}/${name}`;
      if (ignored.some((pattern) => pattern.test(path))) continue;
      const change = describe(join(upper, path), path);
      const before = lowers
        .map((lower) => describe(join(lower, path), path))
        .find((one) => one !== undefined);
      if (change !== undefined && !isSame(change, before)) changes.push(change);
      if (change?.kind === "folder") walk(path);
    }
  };
  walk("");
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Lines that say what differs between two hosts' changes; none when nothing does. */
export function differences(one: readonly ChangedFile[], other: readonly ChangedFile[]): string[] {
  const line = (file: ChangedFile): string =>
    `${file.path} ${file.kind} ${file.mode} ${file.owner} ${file.content}`;
  const [left, right] = [new Set(one.map(line)), new Set(other.map(line))];
  return [
    ...[...left].filter((text) => !right.has(text)).map((text) => `- ${text}`),
    ...[...right].filter((text) => !left.has(text)).map((text) => `+ ${text}`),
  ];
}

function isSame(a: ChangedFile, b: ChangedFile | undefined): boolean {
  return a.kind === b?.kind && a.mode === b.mode && a.owner === b.owner && a.content === b.content;
}

function describe(file: string, path: string): ChangedFile | undefined {
  const status = lstatSync(file, { throwIfNoEntry: false });
  if (status === undefined) return undefined;
  const kind = kindOf(status);
  const mode = `0${(status.mode & 0o7777).toString(8).padStart(3, "0")}`;
  const owner = `${status.uid}:${status.gid}`;
  if (kind === "deleted") return { path, kind, mode: "", owner: "", content: "" };
  let content = "";
  if (kind === "link") content = readlinkSync(file);
  if (kind === "file") content = createHash("sha256").update(readFileSync(file)).digest("hex");
  return { path, kind, mode, owner, content };
}

function kindOf(status: Stats): ChangedFile["kind"] {
  if (status.isFile()) return "file";
  if (status.isDirectory()) return "folder";
  if (status.isSymbolicLink()) return "link";
  return status.isCharacterDevice() && status.rdev === 0 ? "deleted" : "special";
}
