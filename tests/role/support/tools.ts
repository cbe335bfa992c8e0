import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Host } from "./host.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Puts this checkout's `rtpengine-role` where the packages put it, with its Node. */
export function installTools(host: Host): void {
  const place = join(host.rootPath, "opt/rtpengine-ts");
  const lock = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
    optionalDependencies: Record<string, string>;
  };
  mkdirSync(join(place, "node_modules"), { recursive: true });
  // What these themselves need comes along.
  const modules = [...Object.keys(lock.dependencies), ...Object.keys(lock.optionalDependencies)];
  const copied = [...modules, "a-sync-waterfall", "asap", "commander", "@koromix"];
  for (const path of ["package.json", "bin", "src", ...copied.map((name) => `node_modules/${name}`)]) {
    // The Node of another architecture is not there.
    if (existsSync(join(ROOT, path))) cpSync(join(ROOT, path), join(place, path), { recursive: true });
  }
  symlinkSync("/opt/rtpengine-ts/bin/rtpengine-role", join(host.rootPath, "usr/bin/rtpengine-role"));
}
