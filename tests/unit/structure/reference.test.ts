import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { OPTIONS } from "../../../src/config/options.ts";
import { CLI_COMMANDS } from "../../../src/control/cli/commands.ts";
import { cliReference } from "../../../src/control/cli/reference.ts";
import { DROP_REASON_NAMES } from "../../../src/flow/reasons.ts";
import { dropReasonsReference } from "../../../src/observe/reference.ts";
import { conformanceReference, TESTS_OF_WORD } from "../../../src/wire/ng/conformance.ts";
import { NG_KEYS } from "../../../src/wire/ng/keys.ts";
import { UPSTREAM_COMMIT } from "../../conformance/peer-blocks.ts";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8").replace(/\s+/g, " ");
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

describe("the README", () => {
  it("has the numbers of the tables", () => {
    const options = OPTIONS.filter(({ status }) => status === "implemented" || status === "mapped");
    const idle = OPTIONS.filter(({ status }) => status === "without-effect");
    const works = (verbs: boolean) =>
      NG_KEYS.filter(({ kind, status }) => (kind === "command") === verbs && status === "implemented").length;
    const verbs = NG_KEYS.filter(({ kind }) => kind === "command").length;
    const built = CLI_COMMANDS.filter(({ isBuilt }) => isBuilt !== false);
    const text = read("README.md");
    for (const claim of [
      `${works(true)} of ${verbs} NG verbs`,
      `${works(false)} of ${NG_KEYS.length - verbs} NG words`,
      `${options.length} of ${OPTIONS.length} options`,
      `${idle.length} have nothing to rule here`,
      `${built.length} of ${CLI_COMMANDS.length} commands`,
    ])
      expect(text).toContain(claim);
  });

  it("names the upstream version that the pages name", () => {
    for (const page of ["README.md", "docs/reference/cli.md", "docs/reference/conformance.md"])
      expect(read(page), page).toContain(UPSTREAM_COMMIT);
  });

  it("names every folder of src, tests and docs", () => {
    const layout = read("README.md").split("## Layout")[1]!.split("```")[1]!;
    for (const parent of ["src", "tests", "docs"]) {
      for (const { name } of readdirSync(join(ROOT, parent), { withFileTypes: true }).filter((one) =>
        one.isDirectory(),
      ))
        expect(layout, parent).toContain(`${name}/`);
    }
  });
});
