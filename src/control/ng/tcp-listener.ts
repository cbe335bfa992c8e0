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

/** A message that has begun is complete after so long; else whoever sends it keeps a place from others. */
const MESSAGE_MILLISECONDS = 30_000;

/** How long a silent client is trusted to be there before the system asks. */
const KEEP_ALIVE_MILLISECONDS = 60_000;

/** NG over TCP: messages back to back, replies likewise, on as many connections as clients like. */
export class NgTcpListener {
  readonly #server: Server;
  readonly #connections: Set<Socket> = new Set();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @throws the system's error when the address cannot be had */
  static async open(target: ListenTarget, service: NgService, log: Log): Promise<NgTcpListener> {
    const server = createServer({
      noDelay: true,
      // Clients that crashed are found out: their places are needed.
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MILLISECONDS,
    });
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

  /** Where it listens; port 0 was a wish for any. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  close(): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket, service: NgService, log: Log): void {
    const host = socket.remoteAddress ?? "";
    const from = `${host}:${socket.remotePort}`;
    const splitter = new NgStreamSplitter();
    let deadline: NodeJS.Timeout | undefined;
    const stopWaiting = (): void => {
      clearTimeout(deadline);
      deadline = undefined;
    };
    this.#connections.add(socket);
    socket.on("close", () => {
      stopWaiting();
      this.#connections.delete(socket);
    });
    socket.on("error", (error) => log.debug("ng-tcp", `connection: ${error.message}`, { from }));
    socket.on("data", (chunk: Buffer) => {
      try {
        for (const message of splitter.push(chunk)) {
          stopWaiting();
          const reply = service.answer(message, from, host);
          if (reply !== undefined) socket.write(Buffer.from(reply, "latin1"));
          // A small chunk of requests may ask for a great deal: looked at after each.
          if (socket.writableLength > MAX_BACKLOG_BYTES) {
            log.warning("ng-tcp", "Closing connection: the client does not read", { from });
            socket.destroy();
            return;
          }
        }
        if (splitter.isBetweenMessages) stopWaiting();
        else deadline ??= setTimeout(() => socket.destroy(), MESSAGE_MILLISECONDS);
      } catch (error) {
        // Where one message ends cannot be told any more: the connection is of no use.
        log.warning("ng-tcp", `Closing connection: ${String(error)}`, { from });
        socket.end();
      }
    });
  }
}
