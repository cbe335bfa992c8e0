import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { HostError, runOrFail } from "../host/host.ts";
import type { DebFileResource } from "../resource.ts";
import type { Kind } from "./kind.ts";
import { APT_OPTIONS, changingPackages, knownPackages } from "./packages.ts";

/** Where the package lies on the host while it is installed. */
const CACHE = "/var/cache/rtpengine-role";

/** A package of this project, carried over from the control machine. */
export const debFile: Kind<DebFileResource> = {
  async plan({ folder, packageName }, { host }) {
    const architecture = (await runOrFail(host, ["dpkg", "--print-architecture"])).trim();
    const { file, version } = findDeb(folder, packageName, architecture);
    const { code, stdout } = await host.run([
      "dpkg-query",
      "--show",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a format of dpkg-query
      "--showformat=${db:Status-Abbrev}|${Version}",
      packageName,
    ]);
    const [status = "", installed = ""] = code === 0 ? stdout.split("|") : [];
    // Held or not: apt says so when it is to be another version.
    const isInstalled = /^[ih]i/.test(status);
    if (isInstalled && installed === version) return undefined;
    return {
      summary: `${packageName} ${isInstalled ? `${installed} → ` : ""}${version}`,
      async apply() {
        const before = await knownPackages(host);
        await runOrFail(host, ["install", "-d", "-m", "0755", CACHE]);
        const path = `${CACHE}/${file}`;
        try {
          await runOrFail(host, ["sh", "-c", 'cat > "$1"', "sh", path], {
            stdin: await readFile(join(folder, file)),
          });
          // apt would only say that it cannot have what the package depends on.
          const inside = (await runOrFail(host, ["dpkg-deb", "--field", path, "Architecture"])).trim();
          if (inside !== architecture && inside !== "all")
            throw new HostError(
              `${file} is for ${inside}, whatever its name says; this host is ${architecture}`,
            );
          const options = ["--allow-downgrades", "--no-install-recommends"];
          return await changingPackages(host, before, ["install", ...APT_OPTIONS, ...options, "--", path]);
        } finally {
          await host.run(["rm", "-f", "--", path]);
        }
      },
    };
  },
  task({ folder, packageName, notifies = [] }) {
    return {
      "ansible.builtin.include_tasks": { file: "deb_file.yml" },
      vars: {
        __rtpengine_deb: packageName,
        __rtpengine_deb_folder: folder,
        __rtpengine_deb_notify: notifies,
      },
    };
  },
};

/** Numbers by their value, and `~` before all, as Debian compares versions. */
function sortable(name: string): string {
  return name.replace(/[0-9]+/g, (digits) => digits.padStart(9, "0")).replaceAll("~", " ");
}

/** The newest file of a package in a folder; versions are compared as numbers and words, which ours are; Ansible's tasks do the same. */
export function findDeb(
  folder: string,
  packageName: string,
  architecture: string,
): { file: string; version: string } {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (cause) {
    throw new HostError(
      `${folder} has the packages of this project, but cannot be read: run \`npm run build:deb\`, or set rtpengine_deb_dir`,
      { cause },
    );
  }
  const suffix = `_${architecture}.deb`;
  const found = names
    .filter((name) => name.startsWith(`${packageName}_`) && name.endsWith(suffix))
    .sort((a, b) => (sortable(a) < sortable(b) ? -1 : 1));
  const file = found.at(-1);
  if (file === undefined) {
    throw new HostError(
      `${folder} has no ${packageName}_VERSION${suffix}: run \`npm run build:deb\`, or set rtpengine_deb_dir`,
    );
  }
  return { file, version: file.slice(packageName.length + 1, -suffix.length) };
}
