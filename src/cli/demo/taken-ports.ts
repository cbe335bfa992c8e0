import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { type Endpoint, formatEndpoint } from "../../base/endpoint.ts";
import { describePortOwner } from "../../platform/port-owner.ts";
import { type DemoArguments, demoCommand, LISTENERS, type ListenerName, optionOf } from "./arguments.ts";

type Protocol = "udp" | "tcp";

/** NG is spoken over both. */
const PROTOCOLS: Readonly<Record<ListenerName, readonly Protocol[]>> = {
  ng: ["udp", "tcp"],
  cli: ["tcp"],
  http: ["tcp"],
};

/**
 * Says which of the engine's ports cannot be had, who has them, and with which command the demo would find all of
 * its ports free; undefined when all are.
 *
 * @param avoided ports that are the engine's for something else
 */
export async function explainTakenPorts(
  args: DemoArguments,
  avoided: (port: number) => boolean,
): Promise<string | undefined> {
  const problems: string[] = [];
  const chosen = new Map<ListenerName, Endpoint>();
  const ours = new Set(LISTENERS.map((name) => args[name].endpoint.port));
  for (const name of LISTENERS) {
    const { endpoint } = args[name];
    const found = await problemsOf(name, endpoint);
    if (found.length === 0) continue;
    problems.push(...found.map(({ text }) => text));
    if (found.some(({ isTaken }) => !isTaken)) continue;
    const free = await nextFree(name, endpoint, (port) => ours.has(port) || avoided(port));
    if (free === undefined) continue;
    ours.add(free.port);
    chosen.set(name, free);
  }
  if (problems.length === 0) return undefined;
  const them = problems.length === 1 ? "it" : "them";
  const advice =
    chosen.size === 0
      ? `Choose others: ${LISTENERS.map((name) => `--${optionOf(name)}=ADDRESS:PORT`).join(" ")}`
      : `Stop ${them}, or start with ports that are free:\n  ${demoCommand(args, chosen)}`;
  return [...problems, advice].join("\n");
}

async function problemsOf(
  name: ListenerName,
  endpoint: Endpoint,
): Promise<{ readonly text: string; readonly isTaken: boolean }[]> {
  const found = [];
  for (const protocol of PROTOCOLS[name]) {
    const code = await refusal(protocol, endpoint);
    if (code === undefined) continue;
    const where = `${protocol.toUpperCase()} ${formatEndpoint(endpoint)} (--${optionOf(name)})`;
    const isTaken = code === "EADDRINUSE";
    const why = isTaken
      ? `is taken by ${describePortOwner(protocol, endpoint)}`
      : `cannot be had: ${REASONS[code] ?? code}`;
    found.push({ text: `${where} ${why}.`, isTaken });
  }
  return found;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "ports below 1024 are for root and for processes with CAP_NET_BIND_SERVICE",
  EADDRNOTAVAIL: "this host has no such address",
};

async function nextFree(
  name: ListenerName,
  taken: Endpoint,
  avoided: (port: number) => boolean,
): Promise<Endpoint | undefined> {
  for (let port = taken.port + 1; port < 65_536; port++) {
    if (avoided(port)) continue;
    const endpoint = { ...taken, port };
    const codes = await Promise.all(PROTOCOLS[name].map((protocol) => refusal(protocol, endpoint)));
    if (codes.every((code) => code === undefined)) return endpoint;
  }
  return undefined;
}

/** Binds and lets go again. @returns the system's code where that is refused */
function refusal(protocol: Protocol, { address, port, family }: Endpoint): Promise<string | undefined> {
  return new Promise((resolve) => {
    const refused = (error: NodeJS.ErrnoException): void => resolve(error.code ?? error.message);
    if (protocol === "udp") {
      const socket = createSocket(family === 6 ? { type: "udp6", ipv6Only: true } : { type: "udp4" });
      socket.once("error", (error) => {
        socket.close();
        refused(error);
      });
      socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve(undefined)));
    } else {
      const server = createServer();
      server.once("error", refused);
      server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(undefined)));
    }
  });
}
