import { type Host, HostError, runOrFail } from "./host.ts";

/** What is at a path. */
export interface FileState {
  readonly kind: "file" | "directory" | "link" | "other";
  readonly owner: string;
  readonly group: string;
  /** Octal, four digits. */
  readonly mode: string;
  /** Seconds since 1970; what is made to be as it was gets its time back, too. */
  readonly modifiedAt?: number;
  /** Where a link leads. */
  readonly target?: string;
}

const KINDS: Readonly<Record<string, FileState["kind"]>> = {
  "regular file": "file",
  "regular empty file": "file",
  directory: "directory",
  "symbolic link": "link",
};

/** What is at a path; undefined: nothing. */
export async function statFile(host: Host, path: string): Promise<FileState | undefined> {
  const { code, stdout } = await host.run(["stat", "--format=%F|%U|%G|%a|%u|%g|%Y", "--", path]);
  if (code !== 0) return undefined;
  const [kind = "", user = "", team = "", mode = "", uid = "", gid = "", time = ""] = stdout
    .trim()
    .split("|");
  // An owner without a name has a number, which `chown` takes too.
  const owner = user === "UNKNOWN" ? uid : user;
  const group = team === "UNKNOWN" ? gid : team;
  const state = {
    kind: KINDS[kind] ?? "other",
    owner,
    group,
    mode: mode.padStart(4, "0"),
    ...(time !== "" && { modifiedAt: Number(time) }),
  };
  if (state.kind !== "link") return state;
  return { ...state, target: (await runOrFail(host, ["readlink", "--", path])).trim() };
}

/** The text of a file; undefined when there is none. */
export async function readText(host: Host, path: string): Promise<string | undefined> {
  const { code, stdout } = await host.run(["cat", "--", path]);
  return code === 0 ? stdout : undefined;
}

/** Replaces a file in one step: whoever reads it sees the old or the new one. */
export async function writeFile(
  host: Host,
  path: string,
  content: string | Uint8Array,
  { owner, group, mode, modifiedAt }: Pick<FileState, "owner" | "group" | "mode" | "modifiedAt">,
): Promise<void> {
  const temporary = `${path}.rtpengine-role-new`;
  const script =
    'umask 077 && cat > "$1" && chown -- "$2" "$1" && chmod -- "$3" "$1" && { test -z "$4" || touch --date="@$4" -- "$1"; } && mv -fT -- "$1" "$5" || { rm -f -- "$1"; exit 1; }';
  const { code, stderr } = await host.run(
    ["sh", "-c", script, "sh", temporary, `${owner}:${group}`, mode, `${modifiedAt ?? ""}`, path],
    {
      stdin: content,
    },
  );
  if (code !== 0) throw new HostError(`${path} cannot be written: ${stderr.trim()}`);
}

/**
 * Makes a folder where there is none, and sets its owner and mode. By the folder itself, not by its name: whoever may
 * write beside it could put a link there in between, and be given what that leads to.
 */
export async function writeFolder(
  host: Host,
  path: string,
  { owner, group, mode }: Pick<FileState, "owner" | "group" | "mode">,
): Promise<void> {
  const script = [
    'mkdir -p -- "$1" && above=$(cd -P -- "$(dirname -- "$1")" && pwd -P) && cd -P -- "$1" || exit 1',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a word of the shell
    'test "$(pwd -P)" = "${above%/}/$(basename -- "$1")" || { echo "$1 leads elsewhere" >&2; exit 1; }',
    'chown -- "$2" . && chmod -- "$3" .',
  ].join("\n");
  const { code, stderr } = await host.run(["sh", "-c", script, "sh", path, `${owner}:${group}`, mode]);
  if (code !== 0) throw new HostError(`${path} cannot be made a folder: ${stderr.trim()}`);
}
