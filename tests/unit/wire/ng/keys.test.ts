import { describe, expect, test } from "vitest";
import { findNgKey } from "../../../../src/wire/ng/keys.ts";
import { canonicalName } from "../../../../src/wire/ng/names.ts";
import { NG_KEYS, parseNgRequest } from "../../../../src/wire/ng/request.ts";
import { readsFlag } from "../../../../src/wire/ng/request-flags.ts";
import { KEY_READERS } from "../../../../src/wire/ng/request-keys.ts";

/** Keys that `request.ts` reads itself. */
const READ_ELSEWHERE = ["flags", "rtpp-flags", "template"];

describe("NG_KEYS", () => {
  test("has every name once a kind", () => {
    const names = NG_KEYS.flatMap(({ kind, name, aliases }) =>
      [name, ...aliases].map((word) => `${kind} ${canonicalName(word)}`),
    );
    expect(names).toEqual([...new Set(names)]);
  });

  test.each(NG_KEYS.filter(({ kind }) => kind === "key").map(({ name }) => name))(
    "has a reader for %s",
    (name) => {
      const canonical = canonicalName(name);
      expect(READ_ELSEWHERE.includes(canonical) || Object.hasOwn(KEY_READERS, canonical)).toBe(true);
    },
  );

  test("documents every key that has a reader", () => {
    for (const name of Object.keys(KEY_READERS)) expect(findNgKey("key", name), name).toBeDefined();
  });

  test.each(NG_KEYS.filter(({ kind }) => kind === "flag").map(({ name }) => name))(
    "reads the flag %s",
    (name) => {
      // A flag with a parameter is documented as PREFIX-PARAMETER.
      const example = name
        .replace(/-MODE$/, "-off")
        .replace(/-TAG$/, "-x")
        .replace(/^replace-PART$/, "replace-origin")
        .replace(/^(BUNDLE|OSRTP|rtcp-mux)-OPTION$/, "$1-offer")
        .replace(/^SDES-OPTION$/, "SDES-pad")
        .replace(/^T.38-OPTION$/, "T.38-decode")
        .replace(/-CODEC$/, "-PCMA")
        .replace(/-PART-ATTRIBUTE$/, "-audio-x")
        .replace(/-PART-OLD>NEW$/, "-audio-x>y");
      const bare = parseNgRequest({ command: "offer" });
      const { flags, fromTags, unknownKeys } = parseNgRequest({ command: "offer", flags: [example] });
      expect(unknownKeys).toEqual([]);
      if (readsFlag(example) && /^(RTP|AVP)$/.test(example)) return;
      expect({ flags, fromTags }).not.toEqual({ flags: bare.flags, fromTags: undefined });
    },
  );

  test("finds words in every spelling", () => {
    for (const spelling of ["ICE-lite", "ice lite", "ICE_LITE"]) {
      expect(findNgKey("key", spelling)?.name).toBe("ICE-lite");
    }
    expect(findNgKey("key", "constructor")).toBeUndefined();
  });
});
