// npm run check: types, lint, boundaries, unit, vectors, property; no root, no network, under a minute.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { installModules, projectNode, ROOT } from "./setup.mjs";

installModules();
const bin = (name) => join(ROOT, "node_modules", ".bin", name);
const env = { ...process.env, PATH: `${join(projectNode(), "..")}:${process.env.PATH}` };
const run = (title, command, args) => {
  const started = Date.now();
  const { status } = spawnSync(command, args, { cwd: ROOT, stdio: "inherit", env });
  process.stderr.write(
    `${status === 0 ? "ok" : "FAILED"}: ${title} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`,
  );
  return status === 0;
};
const results = [
  run("types", bin("tsc"), ["--noEmit"]),
  run("lint", bin("biome"), ["check", "."]),
  run("generated documents", projectNode(), [join(ROOT, "scripts", "docs.mjs"), "--check"]),
  run("unit, vectors, property", bin("vitest"), [
    "run",
    "--project",
    "unit",
    "--project",
    "vectors",
    "--project",
    "property",
  ]),
];
process.exit(results.every(Boolean) ? 0 : 1);
