import { fileURLToPath } from "node:url";
import { type Context, type Host, LocalHost, SshHost } from "../../role/index.ts";
import type { RoleRequest } from "./arguments.ts";
import { GivenError, readGiven } from "./given.ts";
import { readInventory } from "./inventory.ts";

/** Where `npm run build:deb` puts the packages. */
const DEB_FOLDER = fileURLToPath(new URL("../../../dist", import.meta.url));

/** How a host is reached, beside its name. */
export interface Access {
  readonly user: string | undefined;
  readonly port: number | undefined;
  readonly keyFile: string | undefined;
  /** Words of `ssh`'s command line. */
  readonly sshArguments: readonly string[];
}

/** A host with its variables. */
export interface RoleTarget {
  /** As `ssh` knows it; undefined: this host. */
  readonly destination: string | undefined;
  readonly given: Context;
  readonly access: Access;
}

/**
 * The hosts that a request is for: those it names, or an inventory's. What an inventory says gives way to files and
 * the command line, as it does to Ansible's `-e`.
 *
 * @throws GivenError
 */
export function targetsOf(request: RoleRequest): RoleTarget[] {
  const own = readGiven(request.variableFiles, request.assignments);
  const withDefaults = (variables: Context): Context => ({
    rtpengine_deb_dir: DEB_FOLDER,
    ...variables,
    ...own,
  });
  if (request.inventory === undefined) {
    const hosts = request.hosts.length === 0 ? [undefined] : request.hosts;
    const access = accessOf({}, request);
    return hosts.map((destination) => ({ destination, given: withDefaults({}), access }));
  }
  const hosts = readInventory(request.inventory);
  const names = hosts.map(({ name }) => name);
  const unknown = request.hosts.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new GivenError(`${request.inventory} has no host ${unknown}; it has ${names.join(", ") || "none"}`);
  }
  const chosen = hosts.filter(({ name }) => request.hosts.length === 0 || request.hosts.includes(name));
  return chosen.map(({ name, variables }) => ({
    destination:
      variables.ansible_connection === "local" ? undefined : String(variables.ansible_host ?? name),
    given: withDefaults(variables),
    access: accessOf(variables, request),
  }));
}

/** How the command line says a host is reached, and where it does not, an inventory. */
export function accessOf(variables: Context, request: RoleRequest): Access {
  const text = (value: unknown): string | undefined => (value === undefined ? undefined : String(value));
  const port = request.port ?? variables.ansible_port;
  return {
    user: request.user ?? text(variables.ansible_user),
    port: port === undefined ? undefined : Number(port),
    keyFile: request.keyFile ?? text(variables.ansible_ssh_private_key_file),
    sshArguments: [
      ...shellWords(text(variables.ansible_ssh_common_args) ?? ""),
      ...shellWords(text(variables.ansible_ssh_extra_args) ?? ""),
      ...request.sshOptions.flatMap((option) => ["-o", option]),
    ],
  };
}

/** Words as a shell would part them: quotes of both kinds, and what stands between them, make one word. */
function shellWords(text: string): string[] {
  const words = text.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single));
}

/** Connects to a target. @param isUnprivileged nobody has to be root there @throws HostError */
export function connect(
  destination: string | undefined,
  access: Access,
  isUnprivileged = false,
): Promise<Host> {
  if (destination === undefined) return Promise.resolve(new LocalHost(process.getuid?.() === 0));
  const { sshArguments, ...rest } = access;
  return SshHost.connect({ destination, isUnprivileged, ...rest, options: sshArguments });
}
