import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/** What the lock file says of a package. */
interface Locked {
  readonly version: string;
  readonly integrity: string;
}

/** Reads a package of the lock file. @throws when it is not there, or has no SHA-512 */
export function lockedPackage(lockFile: string, name: string): Locked {
  const { packages } = JSON.parse(lockFile) as { packages: Record<string, Partial<Locked>> };
  const { version, integrity } = packages[`node_modules/${name}`] ?? {};
  if (version === undefined || !integrity?.startsWith("sha512-")) {
    throw new Error(`package-lock.json has no version with a SHA-512 of ${name}`);
  }
  return { version, integrity };
}

/** Whether bytes are what a lock file's `sha512-…` says. */
export function isIntact(bytes: Uint8Array, integrity: string): boolean {
  return `sha512-${createHash("sha512").update(bytes).digest("base64")}` === integrity;
}

/**
 * The folder of an npm package, as its tarball has it: what `node_modules` holds may have been changed since it was
 * installed, and only the tarball is what the lock file has a hash of.
 */
export function packageFolder(root: string, cache: string, name: string): string {
  const lock = lockedPackage(readFileSync(join(root, "package-lock.json"), "utf8"), name);
  return fetchPackage(cache, name, lock);
}

/** Fetched tarballs and what they held stay for the next time; the tarball is checked every time. */
function fetchPackage(cache: string, name: string, { version, integrity }: Locked): string {
  const id = `${name.replace("@", "").replace("/", "-")}-${version}`;
  const tarball = join(cache, `${id}.tgz`);
  const folder = join(cache, id);
  mkdirSync(cache, { recursive: true });
  if (!existsSync(tarball)) {
    process.stderr.write(`Fetching ${name}@${version} ...\n`);
    // What `npm ci` has fetched is in npm's own cache.
    const options = ["--silent", "--ignore-scripts", "--prefer-offline", "--pack-destination", cache];
    run("npm", ["pack", `${name}@${version}`, ...options]);
  }
  if (!isIntact(readFileSync(tarball), integrity)) {
    rmSync(tarball);
    throw new Error(`${name}@${version} is not what package-lock.json says; its tarball was deleted`);
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(`${folder}.new`, { recursive: true });
  run("tar", ["-xzf", tarball, "-C", `${folder}.new`, "--strip-components=1", "--no-same-owner"]);
  renameSync(`${folder}.new`, folder);
  return folder;
}

/** Runs a program to its end. @returns its output @throws when it fails */
export function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string {
  const result = spawnSync(command, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  if (result.error !== undefined) throw new Error(`${command} cannot be run`, { cause: result.error });
  if (result.status !== 0) throw new Error(`${command} ${args.join(" ")} failed`);
  return result.stdout;
}
