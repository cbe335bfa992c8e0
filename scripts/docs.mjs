#!/usr/bin/env node
// Writes docs/reference/*.md and the Ansible role from the tables in src. With --check: writes nothing, fails on a
// difference.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { optionsReference } from "../src/config/help.ts";
import { cliReference } from "../src/control/cli/reference.ts";
import { dropReasonsReference, metricsReference } from "../src/observe/reference.ts";
import { emitRole, RECIPE, readTemplates } from "../src/role/index.ts";
import { conformanceReference } from "../src/wire/ng/conformance.ts";
import { peerBlocksReference } from "../tests/conformance/peer-blocks.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pages = [
  { path: "docs/reference/options.md", text: optionsReference() },
  { path: "docs/reference/cli.md", text: cliReference() },
  { path: "docs/reference/metrics.md", text: metricsReference() },
  { path: "docs/reference/drop-reasons.md", text: dropReasonsReference() },
  { path: "docs/reference/conformance.md", text: conformanceReference() + peerBlocksReference() },
];
const ROLE = "deploy/ansible/roles/rtpengine";
for (const [path, text] of emitRole(RECIPE, readTemplates())) pages.push({ path: `${ROLE}/${path}`, text });

let stale = 0;
const wanted = new Set(pages.map(({ path }) => path));
for (const name of filesIn(ROLE)) {
  if (wanted.has(`${ROLE}/${name}`)) continue;
  if (process.argv.includes("--check")) {
    stale++;
    process.stderr.write(`${ROLE}/${name} is nothing that the role makes: run node scripts/docs.mjs\n`);
  } else rmSync(join(root, ROLE, name));
}
for (const { path, text } of pages) {
  const file = join(root, path);
  if (!process.argv.includes("--check")) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    continue;
  }
  let current = "";
  try {
    current = readFileSync(file, "utf8");
  } catch {
    // A missing page is a stale page.
  }
  if (current === text) continue;
  stale++;
  process.stderr.write(`${path} is stale: run node scripts/docs.mjs\n`);
}
process.exitCode = stale === 0 ? 0 : 1;

function filesIn(folder) {
  try {
    return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(root, folder).length + 1));
  } catch {
    return [];
  }
}
