import { createSocket, type Socket } from "node:dgram";
import type { Address, Endpoint } from "../base/endpoint.ts";
import { ProxyError } from "../base/errors.ts";

/** RTP or RTCP (RFC 3550 §11). */
export type Component = "rtp" | "rtcp";

/** What comes in on a phone's ports. */
export type OnDatagram = (component: Component, bytes: Uint8Array, from: Endpoint) => void;

/** The ports of a phone: an even one for RTP, the next one for RTCP. */
export interface MediaSockets {
  readonly rtp: Endpoint;
  readonly rtcp: Endpoint;
  send(component: Component, bytes: Uint8Array, to: Endpoint): void;
  close(): Promise<void>;
}

/** How to open a phone's ports. */
export type OpenMediaSockets = (local: Address, onDatagram: OnDatagram) => Promise<MediaSockets>;

/** Ports to choose from, inclusive: above the range that engines use unless told (30000 to 40000). */
const FIRST_PORT = 42_000;
const LAST_PORT = 59_999;
const ATTEMPTS = 100;

/**
 * Opens a pair of ports with `node:dgram`.
 *
 * @param random gives numbers from 0 up to but not including 1
 * @throws ProxyError when no pair is free
 */
export function dgramSockets(random: () => number): OpenMediaSockets {
  return async (local, onDatagram) => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const port = FIRST_PORT + 2 * Math.floor((random() * (LAST_PORT - FIRST_PORT + 1)) / 2);
      const rtp = await bind({ ...local, port });
      if (rtp === undefined) continue;
      const rtcp = await bind({ ...local, port: port + 1 });
      if (rtcp !== undefined) return pair(local, port, rtp, rtcp, onDatagram);
      await closed(rtp);
    }
    throw new ProxyError("E_PHONE_PORTS", `no free pair of ports on ${local.address}`);
  };
}

function pair(local: Address, port: number, rtp: Socket, rtcp: Socket, onDatagram: OnDatagram): MediaSockets {
  const { family } = local;
  for (const [component, socket] of [
    ["rtp", rtp],
    ["rtcp", rtcp],
  ] as const) {
    socket.on("message", (bytes, from) => {
      onDatagram(component, bytes, { family, address: from.address, port: from.port });
    });
    // ICMP errors of an unconnected socket concern no one: what is not heard is counted at the other side.
    socket.on("error", () => undefined);
  }
  return {
    rtp: { ...local, port },
    rtcp: { ...local, port: port + 1 },
    send: (component, bytes, to) => {
      (component === "rtp" ? rtp : rtcp).send(bytes, to.port, to.address, () => undefined);
    },
    close: async () => {
      await Promise.all([closed(rtp), closed(rtcp)]);
    },
  };
}

/** @returns undefined when somebody else has the port */
function bind(local: Endpoint): Promise<Socket | undefined> {
  const socket = createSocket(local.family === 4 ? { type: "udp4" } : { type: "udp6", ipv6Only: true });
  return new Promise((resolve, reject) => {
    socket.once("error", (error: NodeJS.ErrnoException) => {
      socket.close();
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    socket.bind({ address: local.address, port: local.port, exclusive: true }, () => {
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(resolve));
}
