import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { execute, type Outcome } from "./command.ts";
import type { Machine } from "./machine.ts";
import type { Network } from "./network.ts";
import { ownFolder, removeFolder } from "./run-folder.ts";

/** How to run a program of Ansible's. */
export interface AnsibleOptions {
  readonly timeoutMs?: number;
  readonly cwd?: string;
  /** Settings by environment variable: `ANSIBLE_ROLES_PATH` and the like. */
  readonly env?: Readonly<Record<string, string>>;
  /** A group of the inventory that all hosts are in. */
  readonly group?: string;
  /** What the inventory says of all hosts. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** An inventory that reaches these hosts as `voip`, who becomes root, as the seed's author does. */
export function inventory(hosts: readonly Machine[]): string {
  const lines = hosts.map((host) => {
    const variables = {
      ansible_host: host.address,
      ansible_user: "voip",
      ansible_become: "true",
      ansible_python_interpreter: "/usr/bin/python3",
      ansible_ssh_common_args: `'${host.sshOptions.join(" ")}'`,
    };
    const words = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    return [host.name, ...words].join(" ");
  });
  return `${lines.join("\n")}\n`;
}

/**
 * Runs `ansible` or `ansible-playbook` on `devstack`, against these hosts.
 *
 * @param argv without the inventory: `["ansible-playbook", "site.yml"]`
 */
export async function ansible(
  network: Network,
  hosts: readonly Machine[],
  argv: readonly [program: string, ...args: string[]],
  { timeoutMs = 170_000, cwd, env, group, variables = {} }: AnsibleOptions = {},
): Promise<Outcome> {
  const folder = ownFolder("ansible");
  try {
    const file = join(folder, "hosts");
    const members = group === undefined ? [] : [`[${group}]`, ...hosts.map(({ name }) => name), ""];
    writeFileSync(file, inventory(hosts) + members.join("\n"));
    mkdirSync(join(folder, "group_vars"));
    writeFileSync(join(folder, "group_vars", "all.yml"), stringify(variables));
    const [program, ...args] = argv;
    const settings = {
      // Nothing of the user's own: no configuration (a file that is not there), no sockets or copies of earlier runs.
      ANSIBLE_CONFIG: join(folder, "none.cfg"),
      ANSIBLE_HOME: folder,
      ANSIBLE_LOCAL_TEMP: join(folder, "tmp"),
      ANSIBLE_SSH_CONTROL_PATH_DIR: join(folder, "cp"),
      ANSIBLE_NOCOLOR: "1",
      ANSIBLE_PIPELINING: "1",
      ...env,
    };
    return await execute(network.inNamespace("devstack", [program, "-i", file, ...args]), {
      timeoutMs,
      env: settings,
      ...(cwd !== undefined && { cwd }),
    });
  } finally {
    removeFolder(folder);
  }
}
