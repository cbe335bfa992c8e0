import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import type { Endpoint } from "../../base/endpoint.ts";
import { type HepPacket, readHep } from "./hep.ts";

/** Packets kept at most: one proves it. */
const MAX_PACKETS = 1000;

/** Stands in for Homer: takes HEP at an address. */
export interface Collector {
  readonly packets: readonly HepPacket[];
  close(): Promise<void>;
}

/** Listens at an address of this host. @throws Error when it is taken */
export function openCollector(at: Endpoint, protocol: string): Promise<Collector> {
  return protocol === "tcp" ? openTcp(at) : openUdp(at);
}

async function openUdp({ family, address, port }: Endpoint): Promise<Collector> {
  const packets: HepPacket[] = [];
  const socket = createSocket(family === 4 ? "udp4" : "udp6");
  socket.on("message", (bytes) => take(packets, bytes));
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, address, resolve);
  });
  return { packets, close: () => new Promise((resolve) => socket.close(resolve)) };
}

/** Of each connection its beginning: the first packet says it all. */
async function openTcp({ address, port }: Endpoint): Promise<Collector> {
  const packets: HepPacket[] = [];
  const server = createServer((socket) => {
    socket.once("data", (bytes: Buffer) => take(packets, bytes));
    socket.on("error", () => undefined);
    socket.unref();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, resolve);
  });
  const close = async (): Promise<void> => {
    server.close();
  };
  return { packets, close };
}

function take(packets: HepPacket[], bytes: Uint8Array): void {
  const packet = readHep(bytes);
  if (packet !== undefined && packets.length < MAX_PACKETS) packets.push(packet);
}
