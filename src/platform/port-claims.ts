import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";

/** A range of UDP ports on an address that an engine on this host uses for media. */
export interface PortClaim {
  readonly address: string;
  readonly portMin: number;
  readonly portMax: number;
  /** Whether packets for them are steered: then no socket shows which are in use. */
  readonly isSteered: boolean;
  readonly pid: number;
}

const PREFIX = "rtpengine-ts/media";

/**
 * Other engines' claims in this network namespace.
 *
 * A claim is the name of an abstract Unix socket: the kernel keeps those by namespace, lists them to everybody and
 * takes them back when their process ends.
 */
export function readPortClaims(): PortClaim[] {
  return parsePortClaims(readFileSync("/proc/net/unix", "utf8"));
}

/** The claims in the text of `/proc/net/unix`. */
export function parsePortClaims(table: string): PortClaim[] {
  const claims = new Map<string, PortClaim>();
  for (const line of table.split("\n")) {
    const match = /@rtpengine-ts\/media\/([^/]+)\/(\d+)-(\d+)\/(steered|sockets)\/(\d+)/.exec(line);
    if (!match) continue;
    const [name, address, portMin, portMax, backend, pid] = match;
    claims.set(name, {
      address: address!,
      portMin: Number(portMin),
      portMax: Number(portMax),
      isSteered: backend === "steered",
      pid: Number(pid),
    });
  }
  return [...claims.values()];
}

/** Makes a claim known until it is closed or the process ends. */
export async function claimPorts(claim: Omit<PortClaim, "pid">): Promise<{ close(): Promise<void> }> {
  const { address, portMin, portMax, isSteered } = claim;
  const backend = isSteered ? "steered" : "sockets";
  const server: Server = createServer((connection) => connection.destroy());
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(`\0${PREFIX}/${address}/${portMin}-${portMax}/${backend}/${process.pid}`, resolve);
  });
  return { close: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** The claim of another process that cannot live beside this one: the ranges overlap and one of them is steered. */
export function conflictingClaim(
  claim: Omit<PortClaim, "pid">,
  others: readonly PortClaim[],
  ownPid: number,
): PortClaim | undefined {
  return others.find(
    (other) =>
      other.pid !== ownPid &&
      other.address === claim.address &&
      other.portMin <= claim.portMax &&
      claim.portMin <= other.portMax &&
      (other.isSteered || claim.isSteered),
  );
}
