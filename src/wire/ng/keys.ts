import { canonicalName, type NgKeyEntry, type NgKeyKind } from "./names.ts";
import { FLAG_WORDS } from "./words-flags.ts";
import { KEY_WORDS } from "./words-keys.ts";
import { VALUE_WORDS } from "./words-values.ts";

/** Every documented verb, key, flag and value, with what becomes of it here. `docs/reference/conformance.md` is made from it. */
export const NG_KEYS: readonly NgKeyEntry[] = [...KEY_WORDS, ...FLAG_WORDS, ...VALUE_WORDS].flatMap(
  ([kind, area, status, rows]) =>
    rows.map((row) => {
      const [names = "", note = ""] = row.split(" : ");
      const [name = "", ...aliases] = names.split("|");
      return { kind, name, canonical: canonicalName(name), aliases, area, status, note };
    }),
);

const BY_NAME: Readonly<Record<NgKeyKind, Map<string, NgKeyEntry>>> = {
  command: new Map(),
  key: new Map(),
  flag: new Map(),
  value: new Map(),
};
for (const entry of NG_KEYS) {
  for (const name of [entry.name, ...entry.aliases]) {
    BY_NAME[entry.kind].set(name, entry);
    BY_NAME[entry.kind].set(canonicalName(name), entry);
  }
}

/** The entry of a word in any accepted spelling. */
export function findNgKey(kind: NgKeyKind, word: string): NgKeyEntry | undefined {
  const byName = BY_NAME[kind];
  return byName.get(word) ?? byName.get(canonicalName(word));
}
