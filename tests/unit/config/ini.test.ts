import { describe, expect, it } from "vitest";
import {
  escapeIniValue,
  iniSection,
  joinIniList,
  parseIni,
  splitIniList,
  unescapeIniValue,
} from "../../../src/wire/ini.ts";

describe("parseIni", () => {
  it("keeps sections, keys and their line numbers in file order", () => {
    const file = parseIni("# head\n[one]\nkey = a b\n\n[two]\n  other=1  \n");
    expect(file.problems).toEqual([]);
    expect(file.sections).toEqual([
      { name: "one", line: 2, entries: [{ key: "key", value: "a b", line: 3 }] },
      { name: "two", line: 5, entries: [{ key: "other", value: "1", line: 6 }] },
    ]);
  });

  it("takes only the first = as separator, so that values may hold more", () => {
    expect(parseIni("[t]\nWebRTC = ICE=force SDES=off").sections[0]?.entries[0]?.value).toBe(
      "ICE=force SDES=off",
    );
  });

  it("treats # within a value as part of it", () => {
    expect(parseIni("[a]\nk = 1 # no comment").sections[0]?.entries[0]?.value).toBe("1 # no comment");
  });

  it("reads lines that end in CR LF and a byte order mark", () => {
    expect(parseIni("\uFEFF[a]\r\nk = v\r\n").sections[0]?.entries).toEqual([
      { key: "k", value: "v", line: 2 },
    ]);
  });

  it("merges sections of one name", () => {
    const section = iniSection(parseIni("[a]\nx=1\n[b]\n[a]\ny=2\n"), "a");
    expect(section?.entries.map((entry) => entry.key)).toEqual(["x", "y"]);
  });

  it("accepts colons, spaces and letters of any script in names", () => {
    expect(parseIni("[interface-rr:0]\nadvertised address = 1\n").problems).toEqual([]);
  });

  it.each([
    ["a word alone", "[a]\nfoo", 2, /neither KEY = VALUE/],
    ["a semicolon comment", "[a]\n; note", 2, /comment starts with #/],
    ["a key before any section", "k = v", 1, /before the first \[section\]/],
    ["an unclosed header", "[a\nk = v", 1, /no section header/],
    ["an empty header", "[]", 1, /no section header/],
    ["a key with brackets", "[a]\na]b = v", 2, /is no key/],
    ["a section name with a control character", "[a\u0001b]", 1, /no section header/],
    ["a value without key", "[a]\n= v", 2, /no key/],
  ])("names the line of %s", (_, text, line, reason) => {
    const [problem] = parseIni(text).problems;
    expect(problem?.line).toBe(line);
    expect(problem?.reason).toMatch(reason);
  });
});

describe("values", () => {
  it("undoes the escapes of strings", () => {
    expect(unescapeIniValue("\\sa\\tb\\n\\\\")).toEqual({ value: " a\tb\n\\" });
  });

  it("refuses an escape that does not exist, and a lone backslash at the end", () => {
    expect(unescapeIniValue("\\d+")).toHaveProperty("reason");
    expect(unescapeIniValue("x\\")).toHaveProperty("reason");
  });

  it("splits lists at semicolons, drops blanks around and empty elements", () => {
    expect(splitIniList(" a ; b;;c ;")).toEqual({ value: ["a", "b", "c"] });
  });

  it("keeps an escaped semicolon inside an element", () => {
    expect(splitIniList("a\\;b;c")).toEqual({ value: ["a;b", "c"] });
  });

  it("writes what it reads", () => {
    expect(unescapeIniValue(escapeIniValue("  a\\b\t "))).toEqual({ value: "  a\\b\t " });
    expect(splitIniList(joinIniList(["a;b", "c\\d"]))).toEqual({ value: ["a;b", "c\\d"] });
  });
});
