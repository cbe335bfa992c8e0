import { Buffer } from "node:buffer";
import { createSocket, type Socket } from "node:dgram";
import type { Family } from "../../base/endpoint.ts";
import type { Log } from "../../observe/log.ts";
import { Errno, errnoName } from "../../platform/errors.ts";
import { bindSocket, closeDescriptor, openUdpSocket, setBufferSizes } from "../../platform/socket.ts";
import { TextSender } from "../../platform/text-sender.ts";
import type { NgService } from "./service.ts";

/** Where a control port listens. */
export interface ListenTarget {
  readonly address: string;
  readonly family: Family;
  readonly port: number;
}

/** Buffers of a control socket: bursts of large SDPs must fit. */
const BUFFER_BYTES = 4 << 20;

/** NG over UDP: one datagram, one message. Closed by the daemon. */
export class NgUdpListener {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** @throws the system's error when the address cannot be had */
  static async open(target: ListenTarget, service: NgService, log: Log): Promise<NgUdpListener> {
    const socket = createSocket(target.family === 4 ? { type: "udp4" } : { type: "udp6", ipv6Only: true });
    const fd = openUdpSocket(target.family);
    try {
      setBufferSizes(fd, BUFFER_BYTES, BUFFER_BYTES);
      bindSocket(fd, target);
    } catch (error) {
      closeDescriptor(fd);
      throw error;
    }
    // Replies go out past the event loop; should the socket be full, the event loop takes its time.
    const sender = new TextSender(fd, target.family);
    socket.on("message", (datagram, from) => {
      const reply = service.answer(datagram, `${from.address}:${from.port}`, from.address);
      if (reply === undefined) return;
      const errno = sender.send(reply, from.address, from.port);
      if (errno === Errno.EAGAIN) socket.send(Buffer.from(reply, "latin1"), from.port, from.address);
      else if (errno !== 0)
        log.warning("ng-send", `NG reply not sent: ${errnoName(errno)}`, { to: from.address });
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      // The event loop owns the descriptor from here on.
      socket.bind({ fd }, () => {
        socket.off("error", reject);
        resolve();
      });
    });
    socket.on("error", (error) => log.error("ng-socket", `NG socket: ${error.message}`));
    return new NgUdpListener(socket);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(resolve));
  }
}
