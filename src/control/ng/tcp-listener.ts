import { Buffer } from "node:buffer";
import { createServer, type Socket } from "node:net";
import type { Log } from "../../observe/log.ts";
import { NgStreamSplitter } from "../../wire/ng/stream.ts";
import { TcpPort } from "../tcp-port.ts";
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
  readonly #port: TcpPort;

  private constructor(port: TcpPort) {
    this.#port = port;
  }

  /** @throws the system's error when the address cannot be had */
  static async open(target: ListenTarget, service: NgService, log: Log): Promise<NgTcpListener> {
    const server = createServer({
      noDelay: true,
      // Clients that crashed are found out: their places are needed.
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MILLISECONDS,
    });
    server.on("connection", (socket) => serve(socket, service, log));
    return new NgTcpListener(
      await TcpPort.open(server, target, MAX_CONNECTIONS, (error) =>
        log.error("ng-tcp", `NG over TCP: ${error.message}`),
      ),
    );
  }

  /** Where it listens; port 0 was a wish for any. */
  get port(): number {
    return this.#port.port;
  }

  close(): Promise<void> {
    return this.#port.close();
  }
}

function serve(socket: Socket, service: NgService, log: Log): void {
  const host = socket.remoteAddress ?? "";
  const from = `${host}:${socket.remotePort}`;
  const splitter = new NgStreamSplitter();
  let deadline: NodeJS.Timeout | undefined;
  const stopWaiting = (): void => {
    clearTimeout(deadline);
    deadline = undefined;
  };
  socket.on("close", stopWaiting);
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
