import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { helpText, optionsReference } from "../../../src/config/help.ts";
import { OPTION_GROUPS } from "../../../src/config/option.ts";
import { findOption, findOptionByLetter, OPTIONS, optionsOfGroup } from "../../../src/config/options.ts";
import { readValue } from "../../../src/config/value.ts";

describe("the option table", () => {
  it("has every name and letter once", () => {
    expect(new Set(OPTIONS.map((option) => option.name)).size).toBe(OPTIONS.length);
    const letters = OPTIONS.flatMap((option) => option.short ?? []);
    expect(new Set(letters).size).toBe(letters.length);
  });

  it("knows at least the 190 options of upstream", () => {
    const upstream = OPTIONS.filter((option) => !option.isOwn && option.group !== "Former options");
    expect(upstream.length).toBeGreaterThanOrEqual(190);
  });

  it("says of everything that does not simply work what happens instead", () => {
    for (const option of OPTIONS)
      expect([option.name, (option.why ?? "") !== ""]).toEqual([
        option.name,
        option.status !== "implemented",
      ]);
  });

  it("explains each option in one sentence", () => {
    for (const option of OPTIONS) expect(option.sentence, option.name).toMatch(/^[A-Za-z`].*\.$/);
  });

  it("has defaults that its own reader accepts", () => {
    for (const option of OPTIONS) {
      if (option.default === undefined || option.default === "") continue;
      for (const value of Array.isArray(option.default) ? option.default : [option.default]) {
        expect(readValue(option, String(value), "file"), option.name).not.toHaveProperty("reason");
      }
    }
  });

  it("leads former names to options that exist", () => {
    for (const option of OPTIONS)
      if (option.replacedBy) expect(findOption(option.replacedBy), option.name).toBeDefined();
  });

  it("finds options by letter as upstream assigns them", () => {
    const letters = "hvLEpftFiSklunNcgGTosamMrwqbxdy";
    for (const letter of letters) expect(findOptionByLetter(letter), letter).toBeDefined();
    expect(findOptionByLetter("T")?.name).toBe("tos");
    expect(findOptionByLetter("t")?.name).toBe("table");
  });

  it("leaves no group empty", () => {
    for (const group of OPTION_GROUPS) expect(optionsOfGroup(group).length, group).toBeGreaterThan(0);
  });
});

describe("generated text", () => {
  it("lists every option in the help, in at most 110 columns where text can wrap", () => {
    const help = helpText();
    for (const option of OPTIONS)
      if (option.group !== "Former options") expect(help).toContain(`--${option.name}`);
    expect(Math.max(...help.split("\n").map((line) => line.length))).toBeLessThanOrEqual(112);
  });

  it("is what the reference page holds", () => {
    const page = new URL("../../../docs/reference/options.md", import.meta.url);
    expect(readFileSync(page, "utf8"), "run node scripts/docs.mjs").toBe(optionsReference());
  });
});
