import { Buffer } from "node:buffer";
import { createSocket, type Socket } from "node:dgram";
import type { Family } from "../../base/endpoint.ts";
import type { Log } from "../../observe/log.ts";
import { DatagramReceiver } from "../../platform/datagram-receiver.ts";
import { Errno, errnoName } from "../../platform/errors.ts";
import {
  bindSocket,
  closeDescriptor,
  openUdpSocket,
  setBufferSizes,
  trySetTypeOfService,
} from "../../platform/socket.ts";
import { MAX_DATAGRAM_BYTES, TextSender } from "../../platform/text-sender.ts";
import type { NgService } from "./service.ts";

/** Where a control port listens. */
export interface ListenTarget {
  readonly address: string;
  readonly family: Family;
  readonly port: number;
}

/** Datagrams answered in one turn of the event loop, so that timers get theirs. */
const MAX_DRAIN = 64;

/** Buffers of a control socket: bursts of large SDPs must fit. */
const BUFFER_BYTES = 4 << 20;

/** NG over UDP: one datagram, one message. Closed by the daemon. */
export class NgUdpListener {
  readonly #socket: Socket;
  readonly #fd: number;
  readonly #family: Family;

  private constructor(socket: Socket, fd: number, family: Family) {
    this.#socket = socket;
    this.#fd = fd;
    this.#family = family;
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
    const sender = new TextSender(fd, target.family);
    const receiver = new DatagramReceiver(fd);
    const answer = (datagram: Uint8Array, address: string, port: number): void => {
      const reply = service.answer(datagram, `${address}:${port}`, address, MAX_DATAGRAM_BYTES);
      if (reply === undefined) return;
      const errno = sender.send(reply, address, port);
      // A full socket is left to the event loop, which has the time to wait.
      if (errno === Errno.EAGAIN) socket.send(Buffer.from(reply, "latin1"), port, address);
      else if (errno !== 0) log.warning("ng-send", `NG reply not sent: ${errnoName(errno)}`, { to: address });
    };
    socket.on("message", (datagram, from) => {
      answer(datagram, from.address, from.port);
      // Under load more have come meanwhile; they need no turn of the event loop each.
      for (let count = 0; count < MAX_DRAIN; count++) {
        const next = receiver.receive();
        if (next === undefined) return;
        answer(next, receiver.address, receiver.port);
      }
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
    return new NgUdpListener(socket, fd, target.family);
  }

  /** Sets the type-of-service byte of replies. @returns whether the system let us */
  setTos(tos: number): boolean {
    return trySetTypeOfService(this.#fd, this.#family, tos);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(resolve));
  }
}
