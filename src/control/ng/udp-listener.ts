import { Buffer } from "node:buffer";
import { createSocket, type Socket } from "node:dgram";
import type { Family } from "../../base/endpoint.ts";
import type { Log } from "../../observe/log.ts";
import { trySetDatagramTos } from "../../platform/datagram-socket.ts";
import type { NgService } from "./service.ts";

/** Where a control port listens. */
export interface ListenTarget {
  readonly address: string;
  readonly family: Family;
  readonly port: number;
}

/** Receive buffer of a control socket: bursts of large SDPs must fit. */
const RECEIVE_BUFFER_BYTES = 4 << 20;

/** NG over UDP: one datagram, one message. Closed by the daemon. */
export class NgUdpListener {
  readonly #socket: Socket;
  readonly #family: Family;

  private constructor(socket: Socket, family: Family) {
    this.#socket = socket;
    this.#family = family;
  }

  /** @throws the system's error when the address cannot be had */
  static async open(target: ListenTarget, service: NgService, log: Log): Promise<NgUdpListener> {
    const socket = createSocket(target.family === 4 ? { type: "udp4" } : { type: "udp6", ipv6Only: true });
    socket.on("message", (datagram, sender) => {
      const reply = service.answer(datagram, `${sender.address}:${sender.port}`, sender.address);
      if (reply === undefined) return;
      socket.send(Buffer.from(reply, "latin1"), sender.port, sender.address, (error) => {
        if (error) log.warning("ng-send", `NG reply not sent: ${error.message}`, { to: sender.address });
      });
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(target.port, target.address, () => {
        socket.off("error", reject);
        resolve();
      });
    });
    socket.on("error", (error) => log.error("ng-socket", `NG socket: ${error.message}`));
    trySetBuffer(socket);
    return new NgUdpListener(socket, target.family);
  }

  /** Sets the type-of-service byte of replies. @returns whether the system let us */
  setTos(tos: number): boolean {
    return trySetDatagramTos(this.#socket, this.#family, tos);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(resolve));
  }
}

/** More than the system allows is not an error: what it gives is what we have. */
function trySetBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  } catch {
    // The default buffer works, for fewer simultaneous requests.
  }
}
