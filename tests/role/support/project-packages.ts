import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Architecture, OWN_ARCHITECTURE } from "./base-root.ts";
import { succeed } from "./command.ts";
import { withProgress } from "./progress.ts";
import { ownFolder } from "./run-folder.ts";

const BUILD = fileURLToPath(new URL("../../../scripts/build-deb.mjs", import.meta.url));

const built: Partial<Record<Architecture, Promise<string>>> = {};

/**
 * This project's packages, built from what is checked out; once a process.
 *
 * @param architecture this machine's by default
 * @returns their folder
 */
export function projectPackages(architecture: Architecture = OWN_ARCHITECTURE): Promise<string> {
  built[architecture] ??= build(architecture);
  return built[architecture];
}

async function build(architecture: Architecture): Promise<string> {
  const folder = join(ownFolder("packages"), "dist");
  mkdirSync(folder, { recursive: true });
  await withProgress(`This project's packages, ${architecture}`, () =>
    succeed([process.execPath, BUILD, "--arch", architecture, "--out", folder, "--level", "1"], {
      timeoutMs: 300_000,
    }).then(() => undefined),
  );
  if (!readdirSync(folder).some((name) => name.endsWith(".deb")))
    throw new Error(`${folder} has no packages`);
  return folder;
}
