import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BaseRoot } from "./base-root.ts";
import { cached } from "./cache.ts";
import { succeed } from "./command.ts";
import { debianSources } from "./mirror.ts";
import { nowDoing } from "./progress.ts";

/**
 * Gives a folder with Debian packages and with all they depend on that the base root has not.
 *
 * What they only recommend is left out unless it is named: apt passes over a recommendation that it cannot find.
 */
export async function downloadPackages(base: BaseRoot, names: readonly string[]): Promise<string> {
  const wanted = [...new Set(names)].sort();
  const key = createHash("sha256")
    .update(JSON.stringify([base.key, wanted, "1"]))
    .digest("hex")
    .slice(0, 16);
  return cached(`packages-${key}`, `Debian packages (${wanted.join(" ")})`, async (folder) => {
    const apt = aptIn(base, folder);
    nowDoing("package lists");
    await apt(["update"]);
    nowDoing("downloads");
    await apt(["install", "--yes", "--download-only", "--no-install-recommends", ...wanted]);
    for (const name of readdirSync(folder)) {
      if (!name.endsWith(".deb")) rmSync(join(folder, name), { recursive: true });
    }
  });
}

/** This machine's apt, made to believe that the base root is what is installed. */
function aptIn(base: BaseRoot, folder: string): (args: readonly string[]) => Promise<void> {
  const lists = join(folder, "lists");
  const sources = join(folder, "sources.list");
  mkdirSync(join(lists, "partial"), { recursive: true });
  mkdirSync(join(folder, "partial"), { recursive: true });
  writeFileSync(sources, debianSources().join("\n"));
  const settings = [
    `Dir::State::status=${join(base.path, "var/lib/dpkg/status")}`,
    `Dir::State::extended_states=${join(base.path, "var/lib/apt/extended_states")}`,
    `Dir::State::Lists=${lists}`,
    `Dir::Etc::sourcelist=${sources}`,
    "Dir::Etc::sourceparts=-",
    `APT::Architecture=${base.architecture}`,
    `APT::Architectures=${base.architecture}`,
    "Dir::Etc::preferencesparts=-",
    `Dir::Cache::archives=${folder}`,
    "Dir::Cache::pkgcache=",
    "Dir::Cache::srcpkgcache=",
    "Acquire::Languages=none",
    // The folder is root's own; apt's user could not write to it and would complain.
    "APT::Sandbox::User=root",
    "Acquire::Retries=3",
  ];
  return async (args) => {
    const options = settings.flatMap((setting) => ["-o", setting]);
    await succeed(["apt-get", "-qq", ...options, ...args], { timeoutMs: 15 * 60_000 });
  };
}
