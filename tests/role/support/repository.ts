import { createHash } from "node:crypto";
import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { BaseRoot } from "./base-root.ts";
import { cached } from "./cache.ts";
import { succeed } from "./command.ts";
import { SUITE } from "./mirror.ts";
import { downloadPackages } from "./packages.ts";

/** What the role installs from Debian itself. */
export const RTPENGINE_PACKAGES: readonly string[] = [
  "rtpengine-daemon",
  "rtpengine-utils",
  "rtpengine-iptables",
  "rtpengine-kernel-dkms",
  "rtpengine-recording-daemon",
];

/** A signed APT repository: a folder to be served (`dists/`, `pool/`). */
export interface Repository {
  readonly folder: string;
  /** The key that signed it, as apt wants it in `signed-by`: `.asc` and `.gpg`. */
  readonly armoredKeyFile: string;
  readonly binaryKeyFile: string;
  /** 40 hexadecimal digits. */
  readonly fingerprint: string;
}

/** What goes into a repository. */
export interface RepositoryContents {
  /** Who signs it, in the key's user identity: two repositories with two owners have two keys. */
  readonly owner: string;
  /** Debian packages; what they depend on comes along. */
  readonly packages?: readonly string[];
  /** Paths of packages built here. */
  readonly files?: readonly string[];
}

/** Gives a repository with these contents; downloads and signs when no run before has. */
export async function buildRepository(base: BaseRoot, contents: RepositoryContents): Promise<Repository> {
  const { owner, packages = [], files = [] } = contents;
  const debs = [...files];
  if (packages.length > 0) {
    const downloads = await downloadPackages(base, packages);
    debs.push(...readdirSync(downloads).map((name) => join(downloads, name)));
  }
  const hash = createHash("sha256").update(JSON.stringify([base.key, owner, [...packages].sort(), "1"]));
  for (const file of files) hash.update(basename(file)).update(readFileSync(file));
  const name = `repository-${hash.digest("hex").slice(0, 16)}`;
  const folder = await cached(name, `Signed repository of ${owner}`, (partial) =>
    fill(partial, base.architecture, owner, debs),
  );
  return {
    folder,
    armoredKeyFile: join(folder, "key.asc"),
    binaryKeyFile: join(folder, "key.gpg"),
    fingerprint: readFileSync(join(folder, "fingerprint"), "utf8").trim(),
  };
}

async function fill(
  folder: string,
  architecture: string,
  owner: string,
  debs: readonly string[],
): Promise<void> {
  const index = join(folder, "dists", SUITE, "main", `binary-${architecture}`);
  mkdirSync(index, { recursive: true });
  mkdirSync(join(folder, "pool"));
  for (const deb of debs) linkSync(deb, join(folder, "pool", basename(deb)));
  const packages = await succeed(["dpkg-scanpackages", "--multiversion", "pool"], {
    cwd: folder,
    timeoutMs: 5 * 60_000,
  });
  writeFileSync(join(index, "Packages"), packages);
  writeFileSync(join(index, "Packages.gz"), gzipSync(packages));
  const release = {
    Origin: owner,
    Label: owner,
    Suite: "stable",
    Codename: SUITE,
    Components: "main",
    Architectures: `all ${architecture}`,
  };
  const settings = Object.entries(release).flatMap(([field, value]) => [
    "-o",
    `APT::FTPArchive::Release::${field}=${value}`,
  ]);
  const text = await succeed(["apt-ftparchive", ...settings, "release", `dists/${SUITE}`], { cwd: folder });
  writeFileSync(join(folder, "dists", SUITE, "Release"), text);
  await sign(folder, owner);
}

/** Signs with a key that is made for this and then thrown away: nobody signs as this owner again. */
async function sign(folder: string, owner: string): Promise<void> {
  // A short path: the agent's socket in it may have no more than 107 characters.
  const home = mkdtempSync(join(tmpdir(), "role-rig-"));
  const gpg = (...args: string[]): Promise<string> =>
    succeed(["gpg", "--homedir", home, "--batch", "--yes", "--quiet", "--no-tty", ...args]);
  try {
    const user = `${owner} <${owner}@role-rig.invalid>`;
    await gpg("--passphrase", "", "--quick-generate-key", user, "ed25519", "sign", "never");
    await gpg("--armor", "--export", "--output", join(folder, "key.asc"));
    await gpg("--export", "--output", join(folder, "key.gpg"));
    const [, fingerprint] = /^fpr:+([0-9A-F]{40}):/m.exec(await gpg("--with-colons", "--list-keys"))!;
    writeFileSync(join(folder, "fingerprint"), `${fingerprint}\n`);
    const release = join(folder, "dists", SUITE, "Release");
    await gpg("--clear-sign", "--output", join(folder, "dists", SUITE, "InRelease"), release);
    await gpg("--armor", "--detach-sign", "--output", `${release}.gpg`, release);
  } finally {
    await succeed(["gpgconf", "--homedir", home, "--kill", "all"]);
    rmSync(home, { recursive: true, force: true });
  }
}
