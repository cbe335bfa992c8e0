import { escapeIniValue, parseIni, splitIniList, unescapeIniValue } from "../../../src/wire/ini.ts";

/** Any bytes as a file: the parser returns, every line is accounted for, values read back as written. */
export function fuzzIni(bytes: Uint8Array): void {
  const text = new TextDecoder().decode(bytes);
  const file = parseIni(text);
  const last = text.split("\n").length;
  let counted = file.problems.length + file.sections.length;
  for (const section of file.sections) {
    for (const entry of section.entries) {
      counted++;
      if (entry.line <= 0 || entry.line > last) throw new Error(`line ${entry.line} of ${last}`);
      splitIniList(entry.value);
      const plain = unescapeIniValue(entry.value);
      if ("reason" in plain) continue;
      const again = unescapeIniValue(escapeIniValue(plain.value));
      if (!("value" in again) || again.value !== plain.value)
        throw new Error("an escaped value does not read back");
    }
  }
  if (counted > last) throw new Error(`${counted} items from ${last} lines`);
}
