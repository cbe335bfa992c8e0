import { type Endpoint, isUnspecified, parseAddress } from "../../base/endpoint.ts";
import type { Host } from "../host/host.ts";
import { ngEndpoint } from "./after-apply.ts";

/**
 * Where other hosts reach a `listen-ng`: one that listens everywhere, at the host's first address.
 *
 * @returns a reason where they cannot @throws HostError
 */
export async function ngFromOutside(
  host: Host,
  listenNg: string,
): Promise<Endpoint | { readonly reason: string }> {
  const ng = ngEndpoint(listenNg);
  const isEverywhere =
    !listenNg.includes(":") || isUnspecified({ family: 4, address: listenNg.replace(/:\d+$/, "") });
  if (isEverywhere) {
    const { stdout } = await host.run(["hostname", "-I"]);
    const address = parseAddress(stdout.trim().split(/\s+/)[0] ?? "");
    return address === undefined
      ? { reason: `${host.name} has no address but loopback` }
      : { ...address, port: ng.port };
  }
  if (ng.address === "127.0.0.1" || ng.address === "::1")
    return { reason: `${listenNg} is reached from this host alone` };
  const literal = parseAddress(ng.address);
  return literal === undefined ? ng : { ...literal, port: ng.port };
}
