import { type Host, HostError, runOrFail } from "../host/host.ts";
import type { PackagesResource } from "../resource.ts";
import type { Change, Kind } from "./kind.ts";

/** Files that are there stay as they are: the role has written them. */
export const APT_OPTIONS: readonly string[] = [
  "-y",
  "-q",
  "-o",
  "Dpkg::Options::=--force-confdef",
  "-o",
  "Dpkg::Options::=--force-confold",
];
const APT_TIMEOUT_MS = 1_800_000;

/** Debian packages. Versions are the repositories' business. */
export const packages: Kind<PackagesResource> = {
  async plan({ packages: texts, isPresent, withRecommends }, { host }) {
    const names = texts.flatMap((text) => text.split(" ")).filter((name) => name !== "");
    const installed = await installedPackages(host);
    if (isPresent) {
      const missing = names.filter((name) => !installed.has(name));
      return missing.length === 0
        ? undefined
        : installation(host, missing, installed, withRecommends === true);
    }
    const present = names.filter((name) => installed.has(name));
    if (present.length === 0) return undefined;
    return {
      summary: `${present.join(", ")} removed`,
      async apply() {
        await apt(host, ["remove", ...APT_OPTIONS, "--", ...present]);
        return [];
      },
    };
  },
  task({ packages: names, isPresent, withRecommends }) {
    return {
      "ansible.builtin.apt": {
        // One word for one package: a text with several is split.
        name:
          names.length === 1 && names[0]!.includes("join(' ')")
            ? names[0]!.replace(" | join(' ')", "")
            : names,
        state: isPresent ? "present" : "absent",
        ...(isPresent && { update_cache: true, install_recommends: withRecommends === true }),
      },
      // Checked on a fresh host, no package is known yet: its lists are fetched when it is for real.
      ...(isPresent && { ignore_errors: "{{ ansible_check_mode }}" }),
    };
  },
};

function installation(
  host: Host,
  missing: readonly string[],
  before: ReadonlySet<string>,
  withRecommends: boolean,
): Change {
  return {
    summary: `${missing.join(", ")} installed`,
    async apply() {
      await apt(host, ["update", "-q"]);
      const recommends = withRecommends ? "--install-recommends" : "--no-install-recommends";
      await apt(host, ["install", ...APT_OPTIONS, recommends, "--", ...missing]);
      const after = await installedPackages(host);
      return [{ kind: "packages", installed: [...after].filter((name) => !before.has(name)) }];
    },
  };
}

/** Names of all packages that are installed now. */
export async function installedPackages(host: Host): Promise<ReadonlySet<string>> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a format of dpkg-query
  const format = "${db:Status-Abbrev} ${Package}\\n";
  const stdout = await runOrFail(host, ["dpkg-query", "--show", `--showformat=${format}`]);
  return new Set(
    stdout
      .split("\n")
      .filter((line) => line.startsWith("ii") || line.startsWith("hi"))
      .map((line) => line.split(" ").at(-1)!),
  );
}

/** Runs apt-get, waiting for whoever else has the lock. @throws HostError with what apt had to say */
export async function apt(host: Host, argv: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await host.run(["apt-get", "-o", "DPkg::Lock::Timeout=120", ...argv], {
    timeoutMs: APT_TIMEOUT_MS,
  });
  const errors = `${stdout}\n${stderr}`.split("\n").filter((line) => /^(E|W|dpkg: error)/.test(line.trim()));
  // `update` ends well though a repository could not be had.
  if (code === 0 && !(argv[0] === "update" && errors.some((line) => /^(E|W: Failed to fetch)/.test(line))))
    return;
  throw new HostError(
    `apt-get ${argv[0]}: ${errors.slice(0, 4).join("\n") || stderr.trim() || `exit status ${code}`}`,
  );
}
