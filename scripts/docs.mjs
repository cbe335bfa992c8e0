#!/usr/bin/env node
// Writes docs/reference/*.md from the tables in src. With --check: writes nothing, fails on a difference.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { optionsReference } from "../src/config/help.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const pages = [{ path: "docs/reference/options.md", text: optionsReference() }];

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
