import { createTwoFilesPatch } from "diff";
import { type FileState, readText, statFile } from "../host/files.ts";
import { type Host, runOrFail } from "../host/host.ts";
import type { UndoStep } from "./kind.ts";

/** A larger file would be cut on its way, and come back so. */
const MAX_KEPT_BYTES = 8 << 20;
const KEEP =
  'test "$(stat --format=%s -- "$1")" -le "$2" && exec base64 --wrap=0 -- "$1"; echo "$1 is too large to be kept for a rollback: move it away" >&2; exit 1';

/** What brings a path back to what it is now. */
export async function undoOf(
  host: Host,
  path: string,
  before: FileState | undefined,
): Promise<Extract<UndoStep, { kind: "path" }>> {
  if (before === undefined) return { kind: "path", path };
  if (before.kind !== "file") return { kind: "path", path, before };
  const content = (await runOrFail(host, ["sh", "-c", KEEP, "sh", path, String(MAX_KEPT_BYTES)])).trim();
  return { kind: "path", path, before, content };
}

export interface Wanted {
  readonly owner: string;
  readonly group: string;
  readonly mode: string;
}

/** In what a path differs in ownership; empty: in nothing. */
export function ownershipDifference(state: FileState, wanted: Wanted): string {
  const differences = (["owner", "group", "mode"] as const)
    .filter((key) => state[key] !== wanted[key])
    .map((key) => `${key} ${state[key]} → ${wanted[key]}`);
  return differences.join(", ");
}

/** A unified diff of a file's text. */
export function textDiff(path: string, before: string, after: string): string {
  return createTwoFilesPatch(path, path, before, after, "before", "after", { context: 2 }).replace(
    /^=+\n/,
    "",
  );
}

/** Text and state of a file at once. */
export async function readFileState(
  host: Host,
  path: string,
): Promise<{ state: FileState | undefined; text: string }> {
  const state = await statFile(host, path);
  return { state, text: state?.kind === "file" ? ((await readText(host, path)) ?? "") : "" };
}
