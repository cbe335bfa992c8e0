import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BaseRoot } from "./base-root.ts";
import { cached } from "./cache.ts";
import { succeed } from "./command.ts";
import { downloadPackages } from "./packages.ts";
import { buildRepository, type Repository, RTPENGINE_PACKAGES } from "./repository.ts";

/** How the vendor names what Debian calls `rtpengine-…`. */
const PREFIX = "ngcp-";
const RENAMED = ["rtpengine-daemon", "rtpengine-utils"];

/**
 * What stands in for the vendor's repository: Debian's packages under the vendor's names, with units and scripts
 * named accordingly, signed by a key of its own.
 */
export async function vendorRepository(base: BaseRoot): Promise<Repository> {
  const downloads = await downloadPackages(base, RTPENGINE_PACKAGES);
  const folder = await cached(
    `vendor-packages-${base.key}`,
    "Packages under a vendor's names",
    async (partial) => {
      mkdirSync(partial, { recursive: true });
      for (const name of RENAMED) {
        const file = readdirSync(downloads).find((entry) => entry.startsWith(`${name}_`))!;
        await repack(join(downloads, file), partial);
      }
    },
  );
  const files = readdirSync(folder).map((name) => join(folder, name));
  return buildRepository(base, { owner: "vendor", packages: RTPENGINE_PACKAGES, files });
}

async function repack(file: string, into: string): Promise<void> {
  const root = join(into, "root");
  await succeed(["dpkg-deb", "-R", file, root]);
  for (const [path, text] of texts(root)) writeFileSync(path, rename(text));
  for (const [from, to] of renames(root)) renameSync(from, to);
  rmSync(join(root, "DEBIAN", "md5sums"), { force: true });
  await succeed(["dpkg-deb", "--root-owner-group", "-b", root, into]);
  rmSync(root, { recursive: true });
}

const rename = (text: string): string =>
  text
    .replace(/(?<![\w/.-])rtpengine-(daemon|utils|iptables-setup)/g, `${PREFIX}rtpengine-$1`)
    .replace(
      /(\/(?:init\.d|default|system|sbin)\/)rtpengine-(daemon|iptables-setup)/g,
      `$1${PREFIX}rtpengine-$2`,
    );

/** Control files, scripts and units: what names packages and units. */
function texts(root: string): [string, string][] {
  const names = ["DEBIAN/control", "DEBIAN/conffiles", "DEBIAN/postinst", "DEBIAN/prerm", "DEBIAN/postrm"];
  names.push("lib/systemd/system/rtpengine-daemon.service", "usr/sbin/rtpengine-iptables-setup");
  return names.flatMap((name): [string, string][] => {
    try {
      return [[join(root, name), readFileSync(join(root, name), "utf8")]];
    } catch {
      return [];
    }
  });
}

function renames(root: string): [string, string][] {
  const paths = ["lib/systemd/system/rtpengine-daemon.service", "usr/sbin/rtpengine-iptables-setup"];
  paths.push("etc/default/rtpengine-daemon", "etc/init.d/rtpengine-daemon");
  rmSync(join(root, "lib/systemd/system/rtpengine.service"), { force: true });
  return paths
    .map((path): [string, string] => [
      join(root, path),
      join(root, path.replace("/rtpengine-", `/${PREFIX}rtpengine-`)),
    ])
    .filter(([from]) => {
      try {
        readFileSync(from);
        return true;
      } catch {
        return false;
      }
    });
}
