import { type IniFile, type IniSection, iniSection, unescapeIniValue } from "../wire/ini.ts";
import type { TranscodeRule } from "./config.ts";
import { type Diagnostic, diagnose, type Origin } from "./diagnostic.ts";
import { didYouMean } from "./did-you-mean.ts";
import { parseHostPort } from "./listen-address.ts";

/** A parsed file and its path. */
export interface SectionSource {
  readonly ini: IniFile;
  readonly path: string;
}

type Push = (diagnostic: Diagnostic) => void;

const TRANSCODE_KEYS = [
  "source",
  "destination",
  "preference",
  "transform",
  "local-interface",
  "remote-interface",
  "address-family",
  "codec-chain",
];

/** The sections `[PREFIX-NAME]`, in file order, with their NAME. */
export function sectionsWithPrefix(
  ini: IniFile,
  prefix: string,
): readonly { readonly section: IniSection; readonly name: string }[] {
  return ini.sections
    .filter((section) => section.name.startsWith(`${prefix}-`) && section.name.length > prefix.length + 1)
    .map((section) => ({ section, name: section.name.slice(prefix.length + 1) }));
}

/** The signalling templates of the section that the option `templates` names. */
export function readTemplates(
  file: SectionSource | undefined,
  name: string,
  origin: Origin,
  push: Push,
): ReadonlyMap<string, string> {
  const templates = new Map<string, string>();
  if (name === "") return templates;
  if (file === undefined) {
    push(diagnose("warning", origin, "templates", "no file is read, so there are no templates"));
    return templates;
  }
  const section = iniSection(file.ini, name);
  if (section === undefined) {
    const names = file.ini.sections.map((one) => one.name);
    const reason = `the section [${name}] is missing in the file`;
    push(diagnose("error", origin, "templates", reason, didYouMean(name, names)));
    return templates;
  }
  for (const entry of section.entries) {
    const value = unescapeIniValue(entry.value);
    const place = { source: file.path, line: entry.line };
    if ("reason" in value) push(diagnose("error", place, entry.key, value.reason));
    else templates.set(entry.key, value.value.trim());
  }
  return templates;
}

/** The rules of the sections that the option `transcode-config` names. */
export function readTranscodeRules(
  file: SectionSource | undefined,
  prefix: string,
  push: Push,
): readonly TranscodeRule[] {
  if (prefix === "" || file === undefined) return [];
  return sectionsWithPrefix(file.ini, prefix).flatMap(({ section, name }) => {
    const rule = readTranscodeRule(section, name, file.path, push);
    return rule === undefined ? [] : [rule];
  });
}

function readTranscodeRule(
  section: IniSection,
  name: string,
  path: string,
  push: Push,
): TranscodeRule | undefined {
  const values = new Map<string, string>();
  for (const entry of section.entries) {
    if (TRANSCODE_KEYS.includes(entry.key)) values.set(entry.key, entry.value.trim());
    else {
      const reason = "is no key of a transcoding section and is not read";
      push(
        diagnose(
          "warning",
          { source: path, line: entry.line },
          entry.key,
          reason,
          didYouMean(entry.key, TRANSCODE_KEYS),
        ),
      );
    }
  }
  const refuse = (reason: string): undefined => {
    push(diagnose("error", { source: path, line: section.line }, `[${section.name}]`, reason));
  };
  const source = values.get("source");
  const destination = values.get("destination");
  if (!source || !destination) return refuse("needs both source and destination");
  const preference = Number.parseInt(values.get("preference") ?? "0", 10) || 0;
  const transformText = values.get("transform");
  if (transformText === undefined && preference === 0 && !values.has("codec-chain")) {
    return refuse("says nothing: it needs transform or a preference other than 0");
  }
  const transform = transformText === undefined ? undefined : parseHostPort(transformText, false);
  if (transform !== undefined && "reason" in transform) return refuse(`transform: ${transform.reason}`);
  const localInterface = values.get("local-interface");
  const remoteInterface = values.get("remote-interface");
  const addressFamily = values.get("address-family");
  return {
    name,
    source,
    destination,
    preference,
    ...(transform === undefined ? {} : { transform }),
    ...(localInterface === undefined ? {} : { localInterface }),
    ...(remoteInterface === undefined ? {} : { remoteInterface }),
    ...(addressFamily === undefined ? {} : { addressFamily }),
  };
}

/** Warns of sections that look as if they were meant to be read, but no option points at them. */
export function reportUnreadSections(
  ini: IniFile,
  path: string,
  option: (name: string) => string,
  push: Push,
): void {
  const expectations = [
    {
      key: "interfaces-config",
      prefix: "interface",
      matches: (name: string) => name.startsWith("interface-"),
    },
    { key: "templates", prefix: "templates", matches: (name: string) => name === "templates" },
  ];
  for (const { key, prefix, matches } of expectations) {
    if (option(key) !== "") continue;
    for (const section of ini.sections.filter((one) => matches(one.name))) {
      const reason = `is not read: set ${key} = ${prefix}`;
      push(diagnose("warning", { source: path, line: section.line }, `[${section.name}]`, reason));
    }
  }
}
