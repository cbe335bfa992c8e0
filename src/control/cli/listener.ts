import { Buffer } from "node:buffer";
import { createServer, type Server, type Socket } from "node:net";
import type { Log } from "../../observe/log.ts";
import type { ListenTarget } from "../ng/udp-listener.ts";
import type { CliInterpreter } from "./interpreter.ts";

const MAX_CONNECTIONS = 64;
/** A command is a line of at most so many bytes; Call-IDs may be long. */
const MAX_LINE_BYTES = 4096;
/** Who connects and says nothing is cut off. */
const IDLE_MILLISECONDS = 10_000;

/** The port of `rtpengine-ctl`: one command line a connection, its answer, the end. */
export class CliListener {
  readonly #server: Server;
  readonly #connections: Set<Socket> = new Set();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @throws the system's error when the address cannot be had */
  static async open(target: ListenTarget, interpreter: CliInterpreter, log: Log): Promise<CliListener> {
    // Half open: whoever ends a command by closing its side still reads the answer.
    const server = createServer({ noDelay: true, allowHalfOpen: true });
    const listener = new CliListener(server);
    server.maxConnections = MAX_CONNECTIONS;
    server.on("connection", (socket) => listener.#serve(socket, interpreter, log));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port: target.port, host: target.address, ipv6Only: target.family === 6 }, () => {
        server.off("error", reject);
        resolve();
      });
    });
    server.on("error", (error) => log.error("cli", `Command line port: ${error.message}`));
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

  #serve(socket: Socket, interpreter: CliInterpreter, log: Log): void {
    const from = `${socket.remoteAddress}:${socket.remotePort}`;
    let received = "";
    let isAnswered = false;
    const reply = (line: string): void => {
      if (isAnswered) return;
      isAnswered = true;
      log.info("cli", "Command", { from, command: line });
      socket.end(Buffer.from(interpreter.answer(line), "latin1"));
    };
    this.#connections.add(socket);
    socket.setTimeout(IDLE_MILLISECONDS, () => socket.destroy());
    socket.on("close", () => this.#connections.delete(socket));
    socket.on("error", (error) => log.debug("cli", `connection: ${error.message}`, { from }));
    socket.on("end", () => {
      if (received === "") socket.end();
      else reply(received);
    });
    socket.on("data", (chunk: Buffer) => {
      if (isAnswered) return;
      received += chunk.toString("latin1");
      const newline = received.indexOf("\n");
      if (newline >= 0) reply(received.slice(0, newline));
      else if (received.length > MAX_LINE_BYTES) {
        isAnswered = true;
        log.warning("cli", `Command of more than ${MAX_LINE_BYTES} bytes`, { from });
        socket.end(`Command too long: more than ${MAX_LINE_BYTES} bytes\n`);
      }
    });
  }
}
