import { ProxyError } from "../base/errors.ts";
import type { InterfaceReading } from "../dataplane/index.ts";
import { claimPorts, conflictingClaim, type PortClaim, readPortClaims } from "../platform/port-claims.ts";

/** Another engine on this host has our media ports, and neither could see which of them the other uses. */
export class PortConflictError extends ProxyError {
  constructor(own: Omit<PortClaim, "pid">, other: PortClaim) {
    super(
      "E_PORT_CONFLICT",
      `Another engine (process ${other.pid}) has ports ${other.portMin}-${other.portMax} of ${own.address} for media, ` +
        `which overlap ours, ${own.portMin}-${own.portMax}. ` +
        "Choose another range with --port-min and --port-max, or another --interface",
    );
  }
}

/**
 * Claims the media ports of all interfaces, so that no second engine of ours takes them by accident: ports that are
 * steered have no socket that a bind would run into.
 *
 * @throws PortConflictError
 */
export async function claimMediaPorts(
  interfaces: readonly InterfaceReading[],
): Promise<{ close(): Promise<void> }[]> {
  const wanted = new Map<string, Omit<PortClaim, "pid">>();
  for (const { media, backend } of interfaces) {
    const { portMin, portMax, bind } = media;
    const claim = { address: bind.address, portMin, portMax, isSteered: backend === "steered" };
    wanted.set(`${bind.address} ${portMin} ${portMax}`, claim);
  }
  const others = readPortClaims();
  for (const claim of wanted.values()) {
    const conflict = conflictingClaim(claim, others, process.pid);
    if (conflict) throw new PortConflictError(claim, conflict);
  }
  return Promise.all([...wanted.values()].map(claimPorts));
}
