import { type Address, type Endpoint, isUnspecified } from "../../base/endpoint.ts";
import { formatDiagnostic } from "../../config/diagnostic.ts";
import type { ListenAddress } from "../../config/listen-address.ts";
import { type LoadEnvironment, loadConfig } from "../../config/load.ts";

/** A logical interface as a call uses it. */
export interface MediaAddress {
  /** Logical name. */
  readonly name: string;
  /** Where the daemon's ports are. */
  readonly bind: Address;
  /** What SDP says; the same where nothing else is advertised. */
  readonly advertised: Address;
}

/** The daemon that is verified, as its configuration describes it. */
export interface Target {
  readonly configFile: string;
  readonly ng: readonly Endpoint[];
  readonly cli: readonly Endpoint[];
  readonly http: readonly Endpoint[];
  /** One a logical name, in the file's order; IPv4 where there is a choice. */
  readonly interfaces: readonly MediaAddress[];
  /** -1: nothing is to be forwarded in the kernel. */
  readonly table: number;
  /** Where HEP goes; undefined: nowhere. */
  readonly homer: string | undefined;
  readonly homerProtocol: string;
  /** What this project's engine does not do of it, or would do otherwise; upstream's daemon is not concerned. */
  readonly warnings: readonly string[];
}

/** Reads a configuration file as the daemon does. @returns the problem that keeps a daemon from starting with it */
export function readTarget(
  configFile: string,
  environment: LoadEnvironment,
): Target | { readonly reason: string } {
  const { config, diagnostics } = loadConfig([`--config-file=${configFile}`], environment);
  if (config === undefined) {
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    return { reason: errors.map(formatDiagnostic).join("\n") };
  }
  const byName = new Map<string, MediaAddress>();
  for (const { name, bind, advertised } of config.interfaces) {
    const known = byName.get(name);
    if (known === undefined || (known.bind.family === 6 && bind.family === 4)) {
      byName.set(name, { name, bind, advertised });
    }
  }
  const { options } = config;
  return {
    configFile,
    ng: config.listenNg.map(reachable),
    cli: config.listenCli.map(reachable),
    http: config.listenHttp.map(reachable),
    interfaces: [...byName.values()],
    table: (options.table as number | undefined) ?? -1,
    homer: options.homer as string | undefined,
    homerProtocol: String(options["homer-protocol"] ?? "udp"),
    warnings: diagnostics.filter(({ severity }) => severity === "warning").map(formatDiagnostic),
  };
}

/** Who listens everywhere is reached on this host's own address. */
export function reachable({ family, address, port }: Omit<ListenAddress, "isOptional">): Endpoint {
  if (!isUnspecified({ family, address })) return { family, address, port };
  return { family, address: family === 4 ? "127.0.0.1" : "::1", port };
}

/** Which pairs of interfaces a call is tried between: within the only one, or from the first to each other. */
export function interfacePairs(interfaces: readonly MediaAddress[]): [MediaAddress, MediaAddress][] {
  const [first, ...others] = interfaces;
  if (first === undefined) return [];
  return others.length === 0 ? [[first, first]] : others.map((other) => [first, other]);
}
