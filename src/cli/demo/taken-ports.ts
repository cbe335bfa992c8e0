import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { type Endpoint, formatEndpoint } from "../../base/endpoint.ts";
import { describePortOwner } from "../../platform/port-owner.ts";
import type { DemoArguments } from "./arguments.ts";

/** Says which of the daemon's ports somebody else has, who, and what to do; undefined when all are free. */
export async function explainTakenPort(args: DemoArguments): Promise<string | undefined> {
  const wanted = [
    { option: "listen-ng", protocol: "udp", endpoint: args.ng.endpoint },
    { option: "listen-ng", protocol: "tcp", endpoint: args.ng.endpoint },
    { option: "listen-cli", protocol: "tcp", endpoint: args.cli.endpoint },
    { option: "listen-http", protocol: "tcp", endpoint: args.http.endpoint },
  ] as const;
  for (const { option, protocol, endpoint } of wanted) {
    const code = await refusal(protocol, endpoint);
    if (code === undefined) continue;
    const where = `${protocol.toUpperCase()} ${formatEndpoint(endpoint)}`;
    if (code !== "EADDRINUSE")
      return `${where} cannot be had: ${code}. Choose another: --${option}=ADDRESS:PORT`;
    const free = await nextFree(protocol, endpoint);
    const advice = `npm start -- --${option}=${formatEndpoint(free)}`;
    return `${where} is taken by ${describePortOwner(protocol, endpoint)}.\nStop it, or choose another port: ${advice}`;
  }
  return undefined;
}

async function nextFree(protocol: "udp" | "tcp", taken: Endpoint): Promise<Endpoint> {
  for (let port = taken.port + 1; port < 65_536; port++) {
    if ((await refusal(protocol, { ...taken, port })) === undefined) return { ...taken, port };
  }
  return taken;
}

/** Binds and lets go again. @returns the system's code where that is refused */
function refusal(protocol: "udp" | "tcp", { address, port, family }: Endpoint): Promise<string | undefined> {
  return new Promise((resolve) => {
    const refused = (error: NodeJS.ErrnoException): void => resolve(error.code ?? error.message);
    if (protocol === "udp") {
      const socket = createSocket(family === 6 ? { type: "udp6", ipv6Only: true } : { type: "udp4" });
      socket.once("error", refused);
      socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve(undefined)));
    } else {
      const server = createServer();
      server.once("error", refused);
      server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(undefined)));
    }
  });
}
