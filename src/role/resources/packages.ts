import { type Host, HostError, runOrFail } from "../host/host.ts";
import type { PackagesResource } from "../resource.ts";
import { type Change, HalfDoneError, type Kind, type UndoStep } from "./kind.ts";

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
const REPAIR_TIMEOUT_MS = 300_000;
const UNPACK =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a word of the shell
  'for name; do dpkg --force-depends --unpack /var/cache/apt/archives/"${name%%:*}"_*.deb; done';

/** Debian packages. Versions are the repositories' business. */
export const packages: Kind<PackagesResource> = {
  async plan({ packages: texts, isPresent, withRecommends }, { host }) {
    const names = texts.flatMap((text) => text.split(" ")).filter((name) => name !== "");
    const before = await knownPackages(host);
    const { installed } = before;
    if (isPresent) {
      const missing = names.filter((name) => !installed.has(name));
      return missing.length === 0 ? undefined : installation(host, missing, before, withRecommends === true);
    }
    const present = names.filter((name) => installed.has(name));
    if (present.length === 0) return undefined;
    return {
      summary: `${present.join(", ")} removed`,
      apply: () => changingPackages(host, before, ["remove", ...APT_OPTIONS, "--", ...present]),
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
  before: KnownPackages,
  withRecommends: boolean,
): Change {
  return {
    summary: `${missing.join(", ")} installed`,
    async apply() {
      await apt(host, ["update", "-q"]);
      const recommends = withRecommends ? "--install-recommends" : "--no-install-recommends";
      return changingPackages(host, before, ["install", ...APT_OPTIONS, recommends, "--", ...missing]);
    },
  };
}

/**
 * Lets apt change packages.
 *
 * @returns how that is taken back @throws HalfDoneError with the same for what apt has done before it failed
 */
export async function changingPackages(
  host: Host,
  before: KnownPackages,
  argv: readonly string[],
): Promise<readonly UndoStep[]> {
  try {
    await apt(host, argv);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new HalfDoneError(error, [packagesStep(before, await knownPackages(host))]);
  }
  return [packagesStep(before, await knownPackages(host))];
}

/** What dpkg knows of. */
export interface KnownPackages {
  /** Versions of what is installed, by name. */
  readonly installed: ReadonlyMap<string, string>;
  /** Names of what has been removed, but for its configuration. */
  readonly leftovers: ReadonlySet<string>;
  /** Names of what is neither installed nor gone: an installation has failed. */
  readonly unfinished: ReadonlySet<string>;
  /** Those of them that apt does not touch any more: dpkg was killed while it unpacked them. */
  readonly inconsistent: ReadonlySet<string>;
}

/** All packages that dpkg knows of now. */
export async function knownPackages(host: Host): Promise<KnownPackages> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a format of dpkg-query
  const format = "${db:Status-Abbrev}|${Package}|${Version}\\n";
  const stdout = await runOrFail(host, ["dpkg-query", "--show", `--showformat=${format}`]);
  const installed = new Map<string, string>();
  const leftovers = new Set<string>();
  const unfinished = new Set<string>();
  const inconsistent = new Set<string>();
  for (const line of stdout.split("\n")) {
    const [status = "", name = "", version = ""] = line.split("|");
    if (/^..R/.test(status)) inconsistent.add(name);
    // Waiting for triggers, it is as good as installed.
    if (/^[ih][iWt]/.test(status)) installed.set(name, version);
    else if (/^.[UFH]/.test(status)) unfinished.add(name);
    else if (name !== "") leftovers.add(name);
  }
  return { installed, leftovers, unfinished, inconsistent };
}

/** How what an installation has changed is taken back. */
export function packagesStep(
  before: KnownPackages,
  after: KnownPackages,
): Extract<UndoStep, { kind: "packages" }> {
  const installed = [...after.installed.keys(), ...after.unfinished].filter(
    (name) => !before.installed.has(name) && !before.unfinished.has(name),
  );
  const removed: string[] = [];
  const replaced: string[] = [];
  for (const [name, version] of before.installed) {
    const now = after.installed.get(name);
    if (now === undefined && after.unfinished.has(name)) replaced.push(`${name}=${version}`);
    else if (now === undefined) removed.push(`${name}=${version}`);
    else if (now !== version) replaced.push(`${name}=${version}`);
  }
  return {
    kind: "packages",
    installed,
    knownBefore: installed.filter((name) => before.leftovers.has(name)),
    removed,
    replaced,
  };
}

/** Takes an installation back, and what it leaves. @returns what could not be taken back, in sentences @throws HostError */
export async function undoInstallation(
  host: Host,
  step: Extract<UndoStep, { kind: "packages" }>,
): Promise<string[]> {
  const { problems, leaves } = await removeInstallation(host, step);
  await purge(host, leaves);
  return problems;
}

/**
 * Takes an installation back, save for what others need by now.
 *
 * @returns what could not be taken back, in sentences, and packages that are still to be purged, which deletes accounts
 * @throws HostError
 */
export async function removeInstallation(
  host: Host,
  { installed, knownBefore = [], removed = [], replaced = [] }: Extract<UndoStep, { kind: "packages" }>,
): Promise<{ problems: string[]; leaves: string[] }> {
  const { leaves: halves, known } = await removeInconsistent(host, installed, knownBefore);
  const { installed: now, unfinished } = known;
  const mine = installed.filter((name) => now.has(name) || unfinished.has(name));
  const needed = await neededByOthers(host, mine);
  const going = mine.filter((name) => !needed.has(name));
  const whole = going.filter((name) => !knownBefore.includes(name));
  const deleting = await deletingAccounts(host, whole);
  if (going.length > 0) await removeWhole(host, going);
  await purge(
    host,
    whole.filter((name) => !deleting.includes(name)),
  );
  // Triggers of what failed before it was unpacked, which others wait for.
  await configurePending(host);
  const leaves = [...halves, ...deleting];
  if (removed.length > 0) {
    await apt(host, [
      "install",
      ...APT_OPTIONS,
      "--allow-downgrades",
      "--no-install-recommends",
      "--",
      ...removed,
    ]);
  }
  const problems = [
    ...(needed.size > 0 ? [`other packages need ${[...needed].join(", ")} by now: left installed`] : []),
    ...replaced
      .filter((text) => now.get(text.split("=")[0]!) !== text.slice(text.indexOf("=") + 1))
      .map(
        (text) => `${text.split("=")[0]} keeps its new version: it was ${text.slice(text.indexOf("=") + 1)}`,
      ),
  ];
  return { problems, leaves };
}

/**
 * Takes away what apt does not touch any more, since dpkg was killed while it unpacked it.
 *
 * @returns those that are still to be purged, which deletes accounts, and what dpkg knows of then
 */
async function removeInconsistent(
  host: Host,
  installed: readonly string[],
  knownBefore: readonly string[],
): Promise<{ leaves: string[]; known: KnownPackages }> {
  const known = await knownPackages(host);
  const broken = installed.filter((name) => known.inconsistent.has(name));
  if (broken.length === 0) return { leaves: [], known };
  // Unpacked to the end, from what apt has fetched, no half of a file stays. What depends on them goes next.
  await host.run(["sh", "-c", UNPACK, "sh", ...broken], { timeoutMs: REPAIR_TIMEOUT_MS });
  const leaves = (await deletingAccounts(host, broken)).filter((name) => !knownBefore.includes(name));
  const dpkg = async (action: string, names: readonly string[]): Promise<void> => {
    if (names.length === 0) return;
    const argv = ["dpkg", "--force-remove-reinstreq,depends", action, "--", ...names];
    await runOrFail(host, argv, { timeoutMs: APT_TIMEOUT_MS });
  };
  const isKept = (name: string): boolean => knownBefore.includes(name) || leaves.includes(name);
  await dpkg("--remove", broken.filter(isKept));
  await dpkg(
    "--purge",
    broken.filter((name) => !isKept(name)),
  );
  return { leaves, known: await knownPackages(host) };
}

async function configurePending(host: Host): Promise<void> {
  await host.run(["dpkg", "--force-confold", "--configure", "--pending"], { timeoutMs: REPAIR_TIMEOUT_MS });
}

/** Also what an installation that was ended has left half done. */
async function removeWhole(host: Host, names: readonly string[]): Promise<void> {
  try {
    await apt(host, ["remove", "-y", "-q", "--", ...names]);
  } catch (error) {
    if (!(error instanceof HostError) || !error.message.includes("dpkg was interrupted")) throw error;
    // Before this, dpkg lets nobody do anything. What cannot be configured is going anyway.
    await configurePending(host);
    await apt(host, ["remove", "-y", "-q", "--", ...names]);
  }
}

/** Takes away what removed packages have left. */
export async function purge(host: Host, names: readonly string[]): Promise<void> {
  if (names.length > 0) await apt(host, ["purge", "-y", "-q", "--", ...names]);
}

/** Those of the packages that delete an account when they are purged: Debian's daemon does, whatever belongs to it. */
async function deletingAccounts(host: Host, names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const { stdout } = await host.run(["sh", "-c", DELETES_ACCOUNTS, "sh", ...names]);
  return stdout.split("\n").filter((name) => name !== "");
}

export const DELETES_ACCOUNTS: string =
  'for name; do grep -Eqs "^[^#]*(deluser|delgroup|userdel|groupdel)" "/var/lib/dpkg/info/$name.postrm" && echo "$name"; done; true';

/** Those of the packages without which packages would go that are none of them. */
async function neededByOthers(host: Host, names: readonly string[]): Promise<ReadonlySet<string>> {
  const others = await alsoRemoved(host, names);
  if (others.length === 0) return new Set();
  const links = ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"].map(
    (link) => `--no-${link}`,
  );
  const stdout = await runOrFail(host, [
    "apt-cache",
    "depends",
    "--recurse",
    "--installed",
    ...links,
    "--",
    ...others,
  ]);
  const closure = new Set(stdout.split("\n").filter((line) => /^[^\s<]/.test(line)));
  const needed = new Set(names.filter((name) => closure.has(name)));
  const stillGoing = await alsoRemoved(
    host,
    names.filter((name) => !needed.has(name)),
  );
  // Whatever holds them together, nobody else's package goes.
  return stillGoing.length === 0 ? needed : new Set(names);
}

/** What would go with the packages, and is none of them. */
async function alsoRemoved(host: Host, names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const stdout = await runOrFail(host, ["apt-get", "--simulate", "-q", "remove", "--", ...names]);
  const going = [...stdout.matchAll(/^(?:Remv|Purg) (\S+)/gm)].map(([, name]) => name!);
  return going.filter((name) => !names.includes(name));
}

/** Runs apt-get, waiting for whoever else has the lock. @throws HostError with what apt had to say */
export async function apt(host: Host, argv: readonly string[]): Promise<void> {
  // Without a terminal of its own, dpkg is ended together with apt when their time is over.
  const options = ["-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Use-Pty=0"];
  const { code, stdout, stderr } = await host.run(["apt-get", ...options, ...argv], {
    timeoutMs: APT_TIMEOUT_MS,
  });
  const said = `${stdout}\n${stderr}`;
  // `update` ends well though a repository could not be had.
  if (code === 0 && !(argv[0] === "update" && /^\s*(E|W: Failed to fetch)/m.test(said))) return;
  const reason = complaintsOf(said).slice(0, 4).join("\n") || stderr.trim() || `exit status ${code}`;
  const advice = adviceFor(said);
  throw new HostError(`apt-get ${argv[0]}: ${reason}${advice === undefined ? "" : `\n→ ${advice}`}`);
}

/** What apt and dpkg say is wrong. dpkg gives the reason on the line that follows. */
function complaintsOf(said: string): string[] {
  const lines = said.split("\n");
  const isComplaint = (line: string): boolean => /^\s*(E|W|dpkg: error)/.test(line);
  const complaints = lines.filter(
    (line, at) => isComplaint(line) || (/^\s+\S/.test(line) && /^dpkg: error/.test(lines[at - 1] ?? "")),
  );
  // Errors before warnings: of a repository that is down there are many.
  const isError = (line: string): boolean => !/^\s*W:/.test(line);
  // Before all that, whose wishes cannot be met; "held broken packages", which follows, says nothing.
  const [, unmet = ""] = /unmet dependencies:\n((?:[ \t]+\S.*\n)+)/.exec(said) ?? [];
  const wishes = unmet.split("\n").filter((line) => line !== "");
  return [...wishes, ...complaints.filter(isError), ...complaints.filter((line) => !isError(line))].map(
    (line) => line.trim(),
  );
}

function adviceFor(said: string): string | undefined {
  if (!/Held packages were changed/i.test(said)) return undefined;
  const [, list = ""] = /held packages will be changed:\n((?:[ \t]+.*\n)+)/i.exec(said) ?? [];
  const names = list.trim().split(/\s+/).filter(Boolean);
  return `apt-mark unhold ${names.length === 0 ? "$(apt-mark showhold)" : names.join(" ")}`;
}
