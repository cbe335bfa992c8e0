import { describe, expect, test } from "vitest";
import { parseFlagString } from "../../../../src/wire/ng/flag-string.ts";

describe("parseFlagString", () => {
  test("reads bare flags and values", () => {
    expect(parseFlagString("  strict-source  label=callee x= a=b=c ")).toEqual([
      { key: "strict-source", value: undefined },
      { key: "label", value: "callee" },
      { key: "x", value: undefined },
      { key: "a", value: "b=c" },
    ]);
  });

  test("reads brackets as lists, or as dictionaries when the first element has a value", () => {
    expect(
      parseFlagString("via=x codec=[strip=[PCMA G722] mask=[EVS] accept=PCMU] rtcp-mux=[offer]"),
    ).toEqual([
      { key: "via", value: "x" },
      { key: "codec", value: { strip: ["PCMA", "G722"], mask: ["EVS"], accept: "PCMU" } },
      { key: "rtcp-mux", value: ["offer"] },
    ]);
  });

  test("reads lists in lists", () => {
    expect(parseFlagString("medias=[[type=audio codecs=[opus]] [type=video]] s=[[a b] [c d]]")).toEqual([
      { key: "medias", value: [{ type: "audio", codecs: ["opus"] }, { type: "video" }] },
      {
        key: "s",
        value: [
          ["a", "b"],
          ["c", "d"],
        ],
      },
    ]);
  });

  test("minds neither spaces inside of brackets nor brackets that are not closed or closed twice", () => {
    expect(parseFlagString("replace=[  origin  ] to=[a b")).toEqual([
      { key: "replace", value: ["origin"] },
      { key: "to", value: ["a", "b"] },
    ]);
    expect(parseFlagString("replace=[origin]]] debug")).toEqual([
      { key: "replace", value: ["origin"] },
      { key: "debug", value: undefined },
    ]);
  });

  test("leaves out what has no place in a dictionary", () => {
    expect(parseFlagString("codec=[strip=[a] stray mask=]")).toEqual([
      { key: "codec", value: { strip: ["a"], mask: "" } },
    ]);
  });

  test("keeps an equals sign in a list that began without one", () => {
    expect(parseFlagString("l=[a b=c]")).toEqual([{ key: "l", value: ["a", "b=c"] }]);
  });

  test("does not follow brackets without end", () => {
    expect(parseFlagString(`a=${"[".repeat(100_000)}`)).toHaveLength(1);
    expect(parseFlagString(`a=${"[b=".repeat(50_000)}`)).toHaveLength(1);
  });
});
