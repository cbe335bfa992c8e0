import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { HostError, runOrFail } from "../host/host.ts";
import type { DebFileResource } from "../resource.ts";
import type { Kind } from "./kind.ts";
import { APT_OPTIONS, apt, installedPackages } from "./packages.ts";

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
    const isInstalled = status.startsWith("ii");
    if (isInstalled && installed === version) return undefined;
    return {
      summary: `${packageName} ${isInstalled ? `${installed} → ` : ""}${version}`,
      async apply() {
        const before = await installedPackages(host);
        await runOrFail(host, ["install", "-d", "-m", "0755", CACHE]);
        const path = `${CACHE}/${file}`;
        await runOrFail(host, ["sh", "-c", 'cat > "$1"', "sh", path], {
          stdin: await readFile(join(folder, file)),
        });
        await apt(host, [
          "install",
          ...APT_OPTIONS,
          "--allow-downgrades",
          "--no-install-recommends",
          "--",
          path,
        ]);
        await runOrFail(host, ["rm", "-f", "--", path]);
        const after = await installedPackages(host);
        return [{ kind: "packages", installed: [...after].filter((name) => !before.has(name)) }];
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

/** The newest file of a package in a folder; versions are compared as numbers and words, which ours are. */
function findDeb(
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
    .sort(new Intl.Collator("en", { numeric: true }).compare);
  const file = found.at(-1);
  if (file === undefined) {
    throw new HostError(
      `${folder} has no ${packageName}_VERSION${suffix}: run \`npm run build:deb\`, or set rtpengine_deb_dir`,
    );
  }
  return { file, version: file.slice(packageName.length + 1, -suffix.length) };
}
