import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { BaseRoot } from "./base-root.ts";
import { ENVIRONMENT } from "./command.ts";
import { removeFolder } from "./mounts.ts";

/** A root of one host's own: the base root, the files the host is born with, and on top what it changes. */
export interface Overlay {
  /** All layers together, as the host sees them apart from `/dev`, `/proc`, `/run`, `/sys` and `/tmp`. */
  readonly path: string;
  /** What the host has changed, and nothing else (overlayfs: a deleted file is a character device 0:0). */
  readonly upper: string;
  /** What it started with, the first of them wins. */
  readonly lowers: readonly string[];
  remove(): void;
}

/**
 * Mounts a fresh root.
 *
 * @param folder empty, on a file system that overlays can be written to
 * @param files that the host is born with: path without the leading slash, content
 */
export function mountOverlay(
  base: BaseRoot,
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Overlay {
  const [path, upper, work, born] = ["root", "upper", "work", "born"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const part of [path, work]) mkdirSync(part);
  for (const part of [upper, born]) makeFolder(part, base.path);
  for (const [name, content] of Object.entries(files)) {
    makeFolders(born, base.path, dirname(name));
    writeFileSync(join(born, name), content);
    chmodSync(join(born, name), 0o644);
  }
  const options = `lowerdir=${born}:${base.path},upperdir=${upper},workdir=${work}`;
  execFileSync("mount", ["-t", "overlay", "overlay", "-o", options, path], { env: ENVIRONMENT });
  return { path, upper, lowers: [born, base.path], remove: () => removeFolder(folder) };
}

/** Makes a folder and those above it; in an overlay, the topmost layer's says what mode and owner all of it has. */
function makeFolders(top: string, below: string, name: string): void {
  if (name === "." || existsSync(join(top, name))) return;
  makeFolders(top, below, dirname(name));
  makeFolder(join(top, name), join(below, name));
}

/** Makes a folder with another's mode and owner. */
function makeFolder(path: string, like: string): void {
  mkdirSync(path);
  const { mode, uid, gid } = statSync(like, { throwIfNoEntry: false }) ?? { mode: 0o755, uid: 0, gid: 0 };
  chmodSync(path, mode & 0o7777);
  chownSync(path, uid, gid);
}
