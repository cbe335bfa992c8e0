import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BaseRoot } from "./base-root.ts";
import { cached } from "./cache.ts";
import { succeed } from "./command.ts";
import { debianSources } from "./mirror.ts";

/** A bare git repository of upstream's source, and what to build of it. */
export interface UpstreamSource {
  /** Folder that has `rtpengine.git`. */
  readonly folder: string;
  /** A branch. */
  readonly ref: string;
  readonly commit: string;
}

/**
 * Upstream's source as a git repository: the one that `RTPENGINE_TS_SOURCE` names (a path or URL that `git clone`
 * takes), else one made from Debian's source package.
 *
 * @throws where neither can be had
 */
export async function upstreamSource(base: BaseRoot): Promise<UpstreamSource> {
  const { RTPENGINE_TS_SOURCE: given } = process.env;
  const key = given === undefined ? "debian" : Buffer.from(given).toString("hex").slice(-24);
  const folder = await cached(`upstream-${base.key}-${key}`, "Upstream's source", (partial) =>
    given === undefined ? fromDebian(partial) : clone(given, partial),
  );
  const bare = join(folder, "rtpengine.git");
  return {
    folder,
    ref: "master",
    commit: await succeed(["git", "-C", bare, "rev-parse", "master"]).then(trim),
  };
}

const trim = (text: string): string => text.trim();

async function clone(from: string, folder: string): Promise<void> {
  const bare = join(folder, "rtpengine.git");
  await succeed(["git", "clone", "--quiet", "--bare", from, bare], { timeoutMs: 300_000 });
  await succeed(["git", "-C", bare, "update-ref", "refs/heads/master", "HEAD"]);
}

async function fromDebian(folder: string): Promise<void> {
  const sources = join(folder, "sources.list");
  writeFileSync(sources, debianSources().join("\n").replaceAll(/^deb /gm, "deb-src "));
  const options = [
    `Dir::State::Lists=${folder}`,
    `Dir::Etc::sourcelist=${sources}`,
    "Dir::Etc::sourceparts=-",
    "Dir::Cache::pkgcache=",
    "Dir::Cache::srcpkgcache=",
    "APT::Sandbox::User=root",
  ].flatMap((setting) => ["-o", setting]);
  await succeed(["install", "-d", join(folder, "partial")]);
  try {
    await succeed(["apt-get", "-qq", ...options, "update"], { cwd: folder, timeoutMs: 300_000 });
    await succeed(["apt-get", "-qq", ...options, "source", "--download-only", "rtpengine"], { cwd: folder });
  } catch (cause) {
    throw new Error(
      "This machine's mirror has no source package of rtpengine, and RTPENGINE_TS_SOURCE names no git repository of it: set it to one",
      { cause },
    );
  }
  const dsc = readdirSync(folder).find((name) => name.endsWith(".dsc"))!;
  const tree = join(folder, "tree");
  await succeed(["dpkg-source", "--no-check", "-x", join(folder, dsc), tree]);
  const git = (...words: string[]) => succeed(["git", "-C", tree, ...words]);
  await git("init", "--quiet", "--initial-branch=master");
  await git("add", "--all", "--force");
  await git(
    "-c",
    "user.name=test",
    "-c",
    "user.email=test@example.invalid",
    "commit",
    "--quiet",
    "-m",
    "Source",
  );
  await clone(tree, folder);
}
