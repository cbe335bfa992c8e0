import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "templates");

/** Texts of the role's templates by name; applier and Ansible render the same. */
export function readTemplates(): ReadonlyMap<string, string> {
  const names = readdirSync(FOLDER)
    .filter((name) => name.endsWith(".j2"))
    .sort();
  return new Map(names.map((name) => [name, readFileSync(join(FOLDER, name), "utf8")]));
}
