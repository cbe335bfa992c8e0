import type { Socket } from "node:dgram";
import type { Family } from "../base/endpoint.ts";
import { trySetTypeOfService } from "./socket.ts";

/**
 * Sets the type of service or traffic class of what a socket of `node:dgram` sends.
 *
 * Node has no call for that on datagram sockets: the descriptor is looked up behind its handle.
 *
 * @returns whether it worked
 */
export function trySetDatagramTos(socket: Socket, family: Family, tos: number): boolean {
  const fd = descriptorOf(socket);
  return fd !== undefined && trySetTypeOfService(fd, family, tos);
}

function descriptorOf(socket: Socket): number | undefined {
  for (const symbol of Object.getOwnPropertySymbols(socket)) {
    const state = (socket as unknown as Record<symbol, unknown>)[symbol];
    const fd = (state as { handle?: { fd?: unknown } } | null)?.handle?.fd;
    if (typeof fd === "number" && fd >= 0) return fd;
  }
  return undefined;
}
