import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Config } from "../../../src/config/config.ts";
import { loadConfig } from "../../../src/config/load.ts";
import type { Option } from "../../../src/config/option.ts";
import { OPTIONS } from "../../../src/config/options.ts";
import { escapeIniValue, joinIniList } from "../../../src/wire/ini.ts";

/** An option with the texts of its values: one, or several for a list. */
interface Choice {
  readonly option: Option;
  readonly texts: readonly string[];
}

const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ,:/\\;=#%_-]{0,11}[A-Za-z0-9]$/);
const octet = fc.integer({ min: 1, max: 254 });
const hostPort = fc
  .tuple(octet, fc.integer({ min: 1, max: 65535 }))
  .map(([a, port]) => `192.0.2.${a}:${port}`);

function text(option: Option): fc.Arbitrary<string> {
  switch (option.type) {
    case "flag":
      return fc.constantFrom("true", "false");
    case "integer":
      return fc.integer({ min: option.min ?? -1000, max: option.max ?? 100_000 }).map(String);
    case "float":
      return fc.float({ min: 0, max: 100, noNaN: true }).map(String);
    case "enum":
      return fc.constantFrom(...(option.values ?? [])).map((value) => value.toLowerCase());
    case "listen":
      return fc.oneof(hostPort, fc.integer({ min: 1, max: 65535 }).map(String));
    case "endpoint":
      return hostPort;
    case "redis":
      return fc.tuple(hostPort, octet).map(([endpoint, number]) => `secret@${endpoint}/${number}`);
    case "interface":
      return fc
        .tuple(
          word.map((name) => name.replace(/[^A-Za-z]/g, "x")),
          octet,
        )
        .map(([name, a]) => `${name}/192.0.2.${a}`);
    case "string":
    case "path":
      return word;
  }
}

// These decide which file and sections are read, or whether the rest is read at all.
const STEERING = new Set(["templates", "interfaces-config", "transcode-config", "port-min", "port-max"]);

const choices: fc.Arbitrary<readonly Choice[]> = fc
  .subarray(
    OPTIONS.filter(
      (option) => !option.isCommandLineOnly && option.replacedBy === undefined && !STEERING.has(option.name),
    ),
  )
  .chain((options) =>
    fc.tuple(
      ...options.map((option) =>
        fc
          .array(text(option), { minLength: 1, maxLength: option.isList ? 4 : 1 })
          .map((texts) => ({ option, texts })),
      ),
    ),
  );

function asFile(chosen: readonly Choice[]): string {
  const lines = chosen.map(
    ({ option, texts }) =>
      `${option.name} = ${option.isList ? joinIniList(texts) : escapeIniValue(texts[0]!)}`,
  );
  return ["[rtpengine]", ...lines, ""].join("\n");
}

function asArguments(chosen: readonly Choice[], style: "equals" | "separate"): readonly string[] {
  return chosen.flatMap(({ option, texts }) =>
    texts.flatMap((value) =>
      style === "equals" || option.type === "flag"
        ? [`--${option.name}=${value}`]
        : [`--${option.name}`, value],
    ),
  );
}

/** The configuration without what names its source. */
function content(config: Config | undefined): unknown {
  if (config === undefined) return undefined;
  const { given, notices: _, configFile: __, interfaceOrigins: ___, ...rest } = config;
  return { ...rest, given: new Map([...given].map(([name, one]) => [name, one.value] as const).sort()) };
}

describe("sources of options", () => {
  it("mean the same: any set of options from a file or from the command line is one configuration", () => {
    fc.assert(
      fc.property(choices, fc.constantFrom("equals" as const, "separate" as const), (chosen, style) => {
        const environment = { readFile: () => asFile(chosen), hostAddresses: [] };
        const fromFile = loadConfig(["--config-file=/f"], environment);
        const fromArguments = loadConfig(["--config-file=none", ...asArguments(chosen, style)], environment);
        expect(fromFile.diagnostics.filter((one) => one.severity === "error")).toEqual([]);
        const ignoring = (config: Config | undefined) => {
          const map = content(config) as { given: Map<string, unknown>; options: Record<string, unknown> };
          map.given.delete("config-file");
          return { ...map, options: { ...map.options, "config-file": "" } };
        };
        expect(ignoring(fromArguments.config)).toEqual(ignoring(fromFile.config));
      }),
      { numRuns: 200 },
    );
  });
});
