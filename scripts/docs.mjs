#!/usr/bin/env node
// Writes docs/reference/*.md from the tables in src. With --check: writes nothing, fails on a difference.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { optionsReference } from "../src/config/help.ts";
import { cliReference } from "../src/control/cli/reference.ts";
import { dropReasonsReference, metricsReference } from "../src/observe/reference.ts";
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

let stale = 0;
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
