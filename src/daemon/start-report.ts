import { formatEndpoint } from "../base/endpoint.ts";
import type { InterfaceReading } from "../dataplane/index.ts";
import type { Log } from "../observe/log.ts";
import { hasAddress } from "../platform/socket.ts";
import type { Daemon } from "./daemon.ts";

/** Says where the daemon listens, and where and how it relays. */
export function logStart({ listening, dataplane }: Pick<Daemon, "listening" | "dataplane">, log: Log): void {
  const places = listening.map(({ option, target }) => `${option} ${formatEndpoint(target)}`);
  log.notice("start", `Listeners: ${places.join(", ")}`);
  const interfaces = dataplane.interfaces();
  for (const one of interfaces) log.notice("start", `Media: ${describeInterface(one)}`);
  const [first] = interfaces;
  if (first) log.notice("start", `Packets: ${describeTier(first, dataplane.workers().length)}`);
  for (const { media } of interfaces) {
    if (hasAddress(media.bind)) continue;
    log.warning(
      "interface",
      "The host lacks the address of this interface: offers that need it fail until it has it",
      { interface: media.name, address: media.bind.address },
    );
  }
}

function describeInterface({ media }: InterfaceReading): string {
  const { name, bind, advertised, portMin, portMax } = media;
  const shown = advertised.address === bind.address ? "" : ` advertised as ${advertised.address}`;
  return `${name}/${bind.address}${shown}, ports ${portMin}-${portMax}`;
}

function describeTier({ backend, reason }: InterfaceReading, workers: number): string {
  const threads = `${workers} worker${workers === 1 ? "" : "s"}`;
  const how = backend === "steered" ? "steered" : "plain sockets";
  return `${how}, ${threads}${reason === "" ? "" : `; ${reason}`}`;
}
