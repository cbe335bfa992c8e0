/**
 * Key-file text, as GLib's `GKeyFile` reads it: the format of `rtpengine.conf`.
 *
 * Comments start with `#` (a `;` starts none). Sections of one name are merged, the last of several
 * equal keys wins. Values are kept as written; `unescapeIniValue` and `splitIniList` undo the escapes.
 */
export interface IniFile {
  readonly sections: readonly IniSection[];
  /** Lines that are nothing of the format. Upstream refuses a file that has one. */
  readonly problems: readonly IniProblem[];
}

/** One `[NAME]` and what follows it. */
export interface IniSection {
  readonly name: string;
  /** Where it starts, from 1. Of several equal ones, the first. */
  readonly line: number;
  /** In file order, repeated keys included. */
  readonly entries: readonly IniEntry[];
}

/** One `KEY = VALUE`. */
export interface IniEntry {
  readonly key: string;
  /** Without the white space around it, escapes untouched. */
  readonly value: string;
  /** From 1. */
  readonly line: number;
}

/** Why a line cannot be read. */
export interface IniProblem {
  /** From 1. */
  readonly line: number;
  readonly reason: string;
}

/** The value of a text with escapes, or why it has none. */
export type Unescaped<T> = { readonly value: T } | { readonly reason: string };

const ESCAPES: Readonly<Record<string, string>> = { s: " ", n: "\n", t: "\t", r: "\r", "\\": "\\" };

/** Parses a whole file. Never throws: what cannot be read is listed in `problems`. */
export function parseIni(text: string): IniFile {
  const sections = new Map<string, { name: string; line: number; entries: IniEntry[] }>();
  const problems: IniProblem[] = [];
  let current: { entries: IniEntry[] } | undefined;
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  for (const [index, raw] of lines.entries()) {
    const line = index + 1;
    const content = raw.trim();
    if (content === "" || content.startsWith("#")) continue;
    if (content.startsWith("[")) {
      const name = sectionName(content);
      if (name === undefined) {
        problems.push({ line, reason: `"${content}" is no section header: it needs to be [NAME]` });
        current = { entries: [] };
        continue;
      }
      const section = sections.get(name) ?? { name, line, entries: [] };
      sections.set(name, section);
      current = section;
      continue;
    }
    const entry = keyValue(content, line);
    if ("reason" in entry) problems.push(entry);
    else if (current === undefined)
      problems.push({ line, reason: `"${entry.key}" stands before the first [section]` });
    else current.entries.push(entry);
  }
  return { sections: [...sections.values()], problems };
}

/** The section of that name, if the file has it. */
export function iniSection(file: IniFile, name: string): IniSection | undefined {
  return file.sections.find((section) => section.name === name);
}

/** Undoes the escapes `\s \n \t \r \\` of a plain string. */
export function unescapeIniValue(value: string): Unescaped<string> {
  if (!value.includes("\\")) return { value };
  const parts = split(value, false);
  return "reason" in parts ? parts : { value: parts.value.join("") };
}

/**
 * Splits a list at semicolons and undoes the escapes, `\;` included.
 *
 * White space around each element is dropped, and so are empty elements.
 */
export function splitIniList(value: string): Unescaped<readonly string[]> {
  const parts = split(value, true);
  if ("reason" in parts) return parts;
  return { value: parts.value.map((part) => part.trim()).filter((part) => part !== "") };
}

/** Writes a plain string so that `unescapeIniValue` gives it back. */
export function escapeIniValue(value: string): string {
  return value
    .replaceAll("\\", "\\\\")
    .replaceAll("\n", "\\n")
    .replaceAll("\t", "\\t")
    .replaceAll("\r", "\\r")
    .replace(/^ +| +$/g, (blanks) => "\\s".repeat(blanks.length));
}

/** Writes a list so that `splitIniList` gives it back (elements without blanks at their ends). */
export function joinIniList(values: readonly string[]): string {
  return values.map((value) => escapeIniValue(value).replaceAll(";", "\\;")).join(";");
}

function sectionName(content: string): string | undefined {
  const match = /^\[([^[\]]+)\]$/.exec(content);
  const name = match?.[1];
  return name === undefined || hasControl(name) ? undefined : name;
}

function keyValue(content: string, line: number): IniEntry | IniProblem {
  const equals = content.indexOf("=");
  if (equals < 0) {
    const hint = content.startsWith(";") ? "; a comment starts with #" : "";
    return { line, reason: `"${content}" is neither KEY = VALUE, [section] nor # comment${hint}` };
  }
  const key = content.slice(0, equals).trimEnd();
  if (key === "") return { line, reason: `"${content}" has no key before the =` };
  if (hasControl(key) || !/^[^[\]]+(\[[\p{L}\p{N}_.@-]*\])?$/u.test(key)) {
    return { line, reason: `"${key}" is no key: brackets and control characters cannot be part of one` };
  }
  return { key, value: content.slice(equals + 1).trimStart(), line };
}

function hasControl(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

function split(value: string, isList: boolean): Unescaped<string[]> {
  const parts: string[] = [];
  let part = "";
  for (let index = 0; index < value.length; index++) {
    const char = value.charAt(index);
    if (char === ";" && isList) {
      parts.push(part);
      part = "";
    } else if (char === "\\") {
      index++;
      if (index >= value.length) return { reason: "ends in a single backslash: write \\\\" };
      const escaped = value.charAt(index);
      const plain = isList && escaped === ";" ? ";" : ESCAPES[escaped];
      if (plain === undefined) return { reason: `\\${escaped} is no escape: use \\s \\n \\t \\r or \\\\` };
      part += plain;
    } else part += char;
  }
  parts.push(part);
  return { value: parts };
}
