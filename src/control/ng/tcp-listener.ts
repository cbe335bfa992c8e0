import { Buffer } from "node:buffer";
import { createServer, type Server, type Socket } from "node:net";
import type { Log } from "../../observe/log.ts";
import { NgStreamSplitter } from "../../wire/ng/stream.ts";
import type { NgService } from "./service.ts";
import type { ListenTarget } from "./udp-listener.ts";

/** Connections at a time; more are refused. */
const MAX_CONNECTIONS = 1024;

/** Replies that may wait for a client that does not read, bytes; then it is cut off. */
const MAX_BACKLOG_BYTES = 8 << 20;

/** NG over TCP: messages back to back, replies likewise, on as many connections as clients like. */
export class NgTcpListener {
  readonly #server: Server;
  readonly #connections: Set<Socket> = new Set();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @throws the system's error when the address cannot be had */
  static async open(target: ListenTarget, service: NgService, log: Log): Promise<NgTcpListener> {
    const server = createServer({ noDelay: true });
    const listener = new NgTcpListener(server);
    server.maxConnections = MAX_CONNECTIONS;
    server.on("connection", (socket) => listener.#serve(socket, service, log));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port: target.port, host: target.address, ipv6Only: target.family === 6 }, () => {
        server.off("error", reject);
        resolve();
      });
    });
    server.on("error", (error) => log.error("ng-tcp", `NG over TCP: ${error.message}`));
    return listener;
  }

  close(): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket, service: NgService, log: Log): void {
    const host = socket.remoteAddress ?? "";
    const from = `${host}:${socket.remotePort}`;
    const splitter = new NgStreamSplitter();
    this.#connections.add(socket);
    socket.on("close", () => this.#connections.delete(socket));
    socket.on("error", (error) => log.debug("ng-tcp", `connection: ${error.message}`, { from }));
    socket.on("data", (chunk: Buffer) => {
      try {
        for (const message of splitter.push(chunk)) {
          const reply = service.answer(message, from, host);
          if (reply !== undefined) socket.write(Buffer.from(reply, "latin1"));
        }
        if (socket.writableLength > MAX_BACKLOG_BYTES) socket.destroy();
      } catch (error) {
        // Where one message ends cannot be told any more: the connection is of no use.
        log.warning("ng-tcp", `Closing connection: ${String(error)}`, { from });
        socket.end();
      }
    });
  }
}
