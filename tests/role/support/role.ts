import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { ansible } from "./ansible.ts";
import type { ChangedFile } from "./changed-files.ts";
import { execute, type Outcome } from "./command.ts";
import type { Host } from "./host.ts";
import type { Machine } from "./machine.ts";
import type { Network } from "./network.ts";
import { ownFolder, removeFolder } from "./run-folder.ts";

/** Folder of the emitted role. */
export const ROLES: string = fileURLToPath(new URL("../../../deploy/ansible/roles", import.meta.url));
const CLI = fileURLToPath(new URL("../../../src/cli/rtpengine-role.ts", import.meta.url));

/** Values of the role's variables. */
export type Variables = Readonly<Record<string, unknown>>;

/** Upstream's daemon of Debian's packages, in user space: containers have no modules. Alone, without our tools. */
export const DEBIAN_DAEMON: Variables = {
  rtpengine_apt_source: "debian",
  rtpengine_kernel_module: false,
  rtpengine_tools: false,
};

/** The same with this project's tools beside it. @param packages folder with this project's packages */
export function debianDaemonWithTools(packages: string): Variables {
  return { ...DEBIAN_DAEMON, rtpengine_tools: true, rtpengine_deb_dir: packages };
}

/** What differs from a fresh host, but for what the role itself keeps there: its journal, what the daemon was last told. */
export function changedFilesOf(host: Host): ChangedFile[] {
  return host.changedFiles().filter(({ path }) => !path.startsWith("/var/lib/rtpengine-role"));
}

const MINUTES_MS = 900_000;

/** Runs `rtpengine-role COMMAND` on `devstack`, against a host over SSH, as `voip` with sudo. */
export async function roleCommand(
  network: Network,
  host: Machine,
  words: readonly string[],
  variables: Variables = {},
): Promise<Outcome> {
  const folder = ownFolder("applier");
  try {
    const file = join(folder, "vars.yml");
    writeFileSync(file, stringify(variables));
    const argv = [
      ...[process.execPath, CLI, ...words],
      ...["--host", host.address, "--user", "voip", "--vars", file],
      ...sshWords(host.sshOptions),
    ];
    return await execute(network.inNamespace("devstack", argv), { timeoutMs: MINUTES_MS });
  } finally {
    removeFolder(folder);
  }
}

/** The host's SSH options as `rtpengine-role` takes them. */
function sshWords(options: readonly string[]): string[] {
  const words: string[] = [];
  for (let at = 0; at < options.length; at += 2) {
    const [name, value] = [options[at]!, options[at + 1]!];
    if (name === "-i") words.push("--key", value);
    else if (name === "-o") words.push("--ssh-option", value);
  }
  return words;
}

/** Runs a playbook with the emitted role, as an operator would: `ansible-playbook site.yml`. */
export async function playbook(
  network: Network,
  host: Machine,
  variables: Variables,
  words: readonly string[] = [],
): Promise<Outcome> {
  const folder = ownFolder("playbook");
  try {
    mkdirSync(folder, { recursive: true });
    symlinkSync(ROLES, join(folder, "roles"));
    const play = [{ hosts: "all", roles: [{ role: "rtpengine", vars: variables }] }];
    writeFileSync(join(folder, "site.yml"), stringify(play));
    return await ansible(network, [host], ["ansible-playbook", "site.yml", ...words], {
      cwd: folder,
      timeoutMs: MINUTES_MS,
    });
  } finally {
    removeFolder(folder);
  }
}

/** Text of a file on a host, read from outside. */
export function fileOn(host: Host, path: string): string {
  return readFileSync(join(host.rootPath, path), "utf8");
}
