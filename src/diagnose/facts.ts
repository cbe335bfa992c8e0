import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { networkInterfaces, release } from "node:os";
import { dirname } from "node:path";
import { type Address, type Endpoint, formatEndpoint, parseAddress } from "../base/endpoint.ts";
import type { Config } from "../config/config.ts";
import type { HostAddress } from "../config/media-interface.ts";
import { type PortClaim, readPortClaims } from "../platform/port-claims.ts";

/** Transport of a port. */
export type Transport = "udp" | "tcp";

/** What became of a trial bind. `in-use-by-rtpengine`: a media proxy answers there, most likely this one's running twin. */
export type BindResult = "ok" | "in-use" | "in-use-by-rtpengine" | "no-such-address" | "not-permitted";

/** Ports from first to last, inclusive. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** What `--config-test` needs to know of the host. Plain answers, so that tests can state them. */
export interface HostFacts {
  readonly hostAddresses: readonly HostAddress[];
  /** Answers for the listeners and (port 0, UDP) the media addresses of the configuration. */
  readonly canBind: (transport: Transport, endpoint: Endpoint) => BindResult;
  /** Effective capabilities of this process: `CAP_NET_ADMIN`… */
  readonly capabilities: ReadonlySet<string>;
  /** Most files that the process may have open. */
  readonly fileDescriptorLimit: number;
  /** Whether the compiled eBPF programs are there. */
  readonly bpfObjectPresent: boolean;
  /** `uname -r`. */
  readonly kernelVersion: string;
  /** `net.ipv4.ip_local_port_range`; absent: unknown. */
  readonly localPortRange?: PortRange;
  /** `net.ipv4.ip_local_reserved_ports`. */
  readonly reservedPorts: readonly PortRange[];
  /** Why a file cannot be written; undefined when it can. */
  readonly writeObstacle: (path: string) => string | undefined;
  /** Media ports that other engines of ours have claimed. */
  readonly portClaims: readonly PortClaim[];
  /** Whether a media proxy answers on one of the NG ports that are in use: the running daemon, most likely. */
  readonly hasTwin: boolean;
}

const CAPABILITY_BITS = {
  CAP_NET_BIND_SERVICE: 10,
  CAP_NET_ADMIN: 12,
  CAP_NET_RAW: 13,
  CAP_SYS_ADMIN: 21,
  CAP_SYS_NICE: 23,
  CAP_SYS_RESOURCE: 24,
  CAP_PERFMON: 38,
  CAP_BPF: 39,
} as const;

/** Addresses of all network interfaces. */
export function hostAddresses(): readonly HostAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, list]) =>
    (list ?? []).flatMap((entry) => {
      const address = parseAddress(entry.address);
      return address === undefined ? [] : [{ interface: name, ...address }];
    }),
  );
}

/** Looks a host name up the way the C library does. Blocks; for start-up only. */
export function resolveHost(name: string): readonly Address[] {
  if (name.startsWith("-")) return [];
  try {
    const output = execFileSync("getent", ["ahosts", name], {
      encoding: "utf8",
      timeout: 10_000,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const found = new Map<string, Address>();
    for (const line of output.split("\n")) {
      const address = parseAddress(line.split(/\s/)[0] ?? "");
      if (address !== undefined) found.set(address.address, address);
    }
    return [...found.values()];
  } catch {
    // Exit status 2: the name is unknown.
    return [];
  }
}

/** Text of a file, undefined when there is none. @throws when it exists and cannot be read */
export function readTextFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Collects the facts for a configuration: binds its ports for a moment, reads `/proc`.
 *
 * @param bpfFolder where the compiled eBPF programs (`*.bpf.o`) would be
 */
export async function gatherFacts(config: Config, bpfFolder: string): Promise<HostFacts> {
  const results = new Map<string, BindResult>();
  const udp = [...config.listenNg, ...config.interfaces.map(({ bind }) => ({ ...bind, port: 0 }))];
  const tcp = [...config.listenTcpNg, ...config.listenCli, ...config.listenHttp];
  for (const endpoint of udp) results.set(bindKey("udp", endpoint), await tryUdp(endpoint));
  for (const endpoint of tcp) results.set(bindKey("tcp", endpoint), await tryTcp(endpoint));
  const hasTwin = await recogniseTwin(config, results);
  const localPortRange = parseRanges(readProc("net/ipv4/ip_local_port_range").replace(/\s+/, "-"))[0];
  return {
    hostAddresses: hostAddresses(),
    canBind: (transport, endpoint) => results.get(bindKey(transport, endpoint)) ?? "ok",
    capabilities: effectiveCapabilities(readFileOr("/proc/self/status", "")),
    fileDescriptorLimit: openFileLimit(readFileOr("/proc/self/limits", "")),
    bpfObjectPresent: hasBpfObject(bpfFolder),
    kernelVersion: release(),
    ...(localPortRange === undefined ? {} : { localPortRange }),
    reservedPorts: parseRanges(readProc("net/ipv4/ip_local_reserved_ports")),
    writeObstacle,
    portClaims: readPortClaims(),
    hasTwin,
  };
}

function bindKey(transport: Transport, endpoint: Endpoint): string {
  return `${transport} ${formatEndpoint(endpoint)}`;
}

/** Parses `32768-60999,7000`. */
export function parseRanges(text: string): readonly PortRange[] {
  return text
    .trim()
    .split(",")
    .flatMap((part) => {
      const match = /^(\d+)(?:-(\d+))?$/.exec(part.trim());
      return match === null ? [] : [{ first: Number(match[1]), last: Number(match[2] ?? match[1]) }];
    });
}

/** The capabilities named in the text of `/proc/PID/status`. */
export function effectiveCapabilities(status: string): ReadonlySet<string> {
  const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  if (hex === undefined) return new Set();
  const bits = BigInt(`0x${hex}`);
  return new Set(
    Object.entries(CAPABILITY_BITS).flatMap(([name, bit]) => ((bits >> BigInt(bit)) & 1n ? [name] : [])),
  );
}

/** The soft limit of open files in the text of `/proc/PID/limits`. */
export function openFileLimit(limits: string): number {
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  return soft === undefined || soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft);
}

function readProc(name: string): string {
  return readFileOr(`/proc/sys/${name}`, "");
}

function readFileOr(path: string, fallback: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return fallback;
  }
}

function writeObstacle(path: string): string | undefined {
  const folder = dirname(path);
  try {
    if (existsSync(path)) {
      if (statSync(path).isDirectory()) return "it is a folder";
      accessSync(path, constants.W_OK);
    } else accessSync(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return `the folder ${folder} does not exist`;
    return code === "EACCES" ? `this user may not write in ${folder}` : `${code}`;
  }
}

function hasBpfObject(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => name.endsWith(".bpf.o"));
  } catch {
    return false;
  }
}

function bindResult(error: NodeJS.ErrnoException): BindResult {
  if (error.code === "EADDRINUSE") return "in-use";
  return error.code === "EACCES" || error.code === "EPERM" ? "not-permitted" : "no-such-address";
}

function tryUdp(endpoint: Endpoint): Promise<BindResult> {
  return new Promise((resolve) => {
    const socket = createSocket({
      type: endpoint.family === 6 ? "udp6" : "udp4",
      ipv6Only: endpoint.family === 6,
    });
    socket.once("error", (error) => socket.close(() => resolve(bindResult(error))));
    socket.bind({ address: endpoint.address, port: endpoint.port, exclusive: true }, () =>
      socket.close(() => resolve("ok")),
    );
  });
}

function tryTcp(endpoint: Endpoint): Promise<BindResult> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve(bindResult(error)));
    server.listen(
      { host: endpoint.address, port: endpoint.port, ipv6Only: endpoint.family === 6, exclusive: true },
      () => server.close(() => resolve("ok")),
    );
  });
}

/** Where an NG port in use answers a ping, the ports in use are taken for the running daemon's own. */
async function recogniseTwin(config: Config, results: Map<string, BindResult>): Promise<boolean> {
  const busy = config.listenNg.filter((endpoint) => results.get(bindKey("udp", endpoint)) === "in-use");
  for (const endpoint of busy) {
    if (!(await answersPing(endpoint))) continue;
    for (const [key, result] of results) if (result === "in-use") results.set(key, "in-use-by-rtpengine");
    return true;
  }
  return false;
}

function answersPing(endpoint: Endpoint): Promise<boolean> {
  const target =
    endpoint.address === "0.0.0.0" ? "127.0.0.1" : endpoint.address === "::" ? "::1" : endpoint.address;
  return new Promise((resolve) => {
    const socket = createSocket(endpoint.family === 6 ? "udp6" : "udp4");
    const timer = setTimeout(() => finish(false), 500);
    const finish = (result: boolean): void => {
      clearTimeout(timer);
      socket.close(() => resolve(result));
    };
    socket.once("error", () => finish(false));
    socket.once("message", (message) => finish(message.includes("pong")));
    socket.send("configtest d7:command4:pinge", endpoint.port, target);
  });
}
