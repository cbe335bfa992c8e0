import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { succeed } from "./command.ts";
import { withProgress } from "./progress.ts";
import { ownFolder } from "./run-folder.ts";

const BUILD = fileURLToPath(new URL("../../../scripts/build-deb.mjs", import.meta.url));

let built: Promise<string> | undefined;

/** This project's packages for this machine, built from what is checked out; once a process. @returns their folder */
export function projectPackages(): Promise<string> {
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  const folder = join(ownFolder("packages"), "dist");
  mkdirSync(folder, { recursive: true });
  const architecture = (await succeed(["dpkg", "--print-architecture"])).trim();
  await withProgress("This project's packages", () =>
    succeed([process.execPath, BUILD, "--arch", architecture, "--out", folder, "--level", "1"], {
      timeoutMs: 300_000,
    }).then(() => undefined),
  );
  if (!readdirSync(folder).some((name) => name.endsWith(".deb")))
    throw new Error(`${folder} has no packages`);
  return folder;
}
