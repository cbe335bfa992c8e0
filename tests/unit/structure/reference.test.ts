import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CLI_COMMANDS } from "../../../src/control/cli/commands.ts";
import { cliReference } from "../../../src/control/cli/reference.ts";
import { DROP_REASON_NAMES } from "../../../src/flow/reasons.ts";
import { dropReasonsReference } from "../../../src/observe/reference.ts";
import { conformanceReference, TESTS_OF_WORD } from "../../../src/wire/ng/conformance.ts";
import { NG_KEYS } from "../../../src/wire/ng/keys.ts";

const ROOT = join(import.meta.dirname, "../../..");

describe("the reference pages", () => {
  it.each(Object.entries(TESTS_OF_WORD))("name tests of %s that exist", (word, files) => {
    expect(NG_KEYS.some(({ name }) => name === word)).toBe(true);
    for (const file of files) expect(existsSync(join(ROOT, file)), file).toBe(true);
  });

  it("have every word of the NG protocol", () => {
    const page = conformanceReference();
    for (const { name } of NG_KEYS) expect(page).toContain(`\`${name.replaceAll("|", "\\|")}\``);
  });

  it("have every command", () => {
    for (const { words } of CLI_COMMANDS) expect(cliReference()).toContain(`| \`${words}`);
  });

  it("have every drop reason with its sentence", () => {
    const rows = dropReasonsReference()
      .split("\n")
      .filter((line) => line.startsWith("| `"));
    expect(rows.map((row) => row.split("`")[1])).toEqual(DROP_REASON_NAMES);
  });
});
