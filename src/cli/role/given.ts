import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** Variables that cannot be read. */
export class GivenError extends Error {}

/**
 * The variables of files and of the command line, later ones over earlier ones.
 *
 * @throws GivenError
 */
export function readGiven(files: readonly string[], assignments: readonly string[]): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const file of files) Object.assign(given, readVariableFile(file));
  for (const assignment of assignments) {
    const equals = assignment.indexOf("=");
    if (equals <= 0) throw new GivenError(`${assignment}: a variable is set with NAME=VALUE`);
    const text = assignment.slice(equals + 1);
    given[assignment.slice(0, equals)] = text.includes("{{") ? text : parseYaml(text, assignment);
  }
  return given;
}

function readVariableFile(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new GivenError(`${file} cannot be read: ${(cause as Error).message}`);
  }
  const value = parseYaml(text, file);
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new GivenError(`${file}: it has to hold variables, one \`NAME: VALUE\` a line`);
  }
  return value as Record<string, unknown>;
}

function parseYaml(text: string, where: string): unknown {
  try {
    const value: unknown = parse(text);
    return value ?? "";
  } catch (cause) {
    throw new GivenError(`${where}: ${(cause as Error).message}`);
  }
}
