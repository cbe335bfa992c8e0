import { accessSync, constants, readFileSync } from "node:fs";
import { ENVIRONMENT } from "./command.ts";

/** Programs the rig calls, and the Debian package that brings each. */
export const PROGRAMS: Readonly<Record<string, string>> = {
  mmdebstrap: "mmdebstrap",
  "systemd-nspawn": "systemd-container",
  ansible: "ansible-core",
  "ansible-playbook": "ansible-core",
  "ansible-lint": "ansible-lint",
  yamllint: "yamllint",
  ssh: "openssh-client",
  "ssh-keygen": "openssh-client",
  gpg: "gnupg",
  "apt-get": "apt",
  "apt-ftparchive": "apt-utils",
  "dpkg-scanpackages": "dpkg-dev",
  ip: "iproute2",
  flock: "util-linux",
  mount: "mount",
  nsenter: "util-linux",
  setpriv: "util-linux",
  tcpdump: "tcpdump",
  unshare: "util-linux",
};

/** What the rig looks at before it starts; tests put others in its place. */
export interface Surroundings {
  readonly isRoot: boolean;
  has(program: string): boolean;
  /** Text of `/proc/filesystems`. */
  readonly fileSystems: string;
}

/**
 * Says what keeps hosts from being started here: a sentence each, with the command that mends it.
 *
 * @returns nothing when all is there
 */
export function missingRequirements(
  here: Surroundings = surroundings(),
  programs: Readonly<Record<string, string>> = PROGRAMS,
): string[] {
  const sentences: string[] = [];
  if (!here.isRoot) {
    sentences.push(
      "The role's tests make namespaces, mounts and hosts and so need root: sudo npm run test:role",
    );
  }
  for (const [program, debianPackage] of Object.entries(programs)) {
    if (here.has(program)) continue;
    sentences.push(
      `The role's tests need \`${program}\`: apt-get install --no-install-recommends ${debianPackage}`,
    );
  }
  const modules = { overlay: "modprobe overlay", cgroup2: "a kernel built with CONFIG_CGROUPS" };
  for (const [fileSystem, remedy] of Object.entries(modules)) {
    if (here.fileSystems.split(/\s+/).includes(fileSystem)) continue;
    sentences.push(`The role's tests need the file system "${fileSystem}" in the kernel: ${remedy}`);
  }
  return sentences;
}

/** Refuses to go on where hosts cannot be started. A test that cannot run must not look like one that passed. */
export function checkRequirements(programs?: Readonly<Record<string, string>>): void {
  const sentences = missingRequirements(surroundings(), programs);
  if (sentences.length > 0) throw new Error(sentences.join("\n"));
}

function surroundings(): Surroundings {
  return {
    isRoot: process.getuid?.() === 0,
    has: isProgram,
    fileSystems: readFileSync("/proc/filesystems", "utf8"),
  };
}

function isProgram(name: string): boolean {
  return (ENVIRONMENT.PATH ?? "").split(":").some((folder) => {
    try {
      accessSync(`${folder}/${name}`, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
