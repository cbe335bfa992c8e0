import { type Endpoint, isUnspecified } from "../base/endpoint.ts";
import { hostAddresses } from "../diagnose/facts.ts";

/** Where a control socket takes datagrams: an address, or, where it listens on any, all that the host has. */
export function controlEndpoints(targets: readonly Endpoint[]): Endpoint[] {
  const all = hostAddresses();
  return targets.flatMap((target) => [
    { family: target.family, address: target.address, port: target.port },
    ...(isUnspecified(target)
      ? all.map(({ family, address }) => ({ family, address, port: target.port }))
      : []),
  ]);
}
