import { Buffer } from "node:buffer";
import { createServer, type Socket } from "node:net";
import type { Log } from "../../observe/log.ts";
import type { ListenTarget } from "../ng/udp-listener.ts";
import { TcpPort } from "../tcp-port.ts";
import type { CliInterpreter } from "./interpreter.ts";

const MAX_CONNECTIONS = 64;
/** A command is a line of at most so many bytes; Call-IDs may be long. */
const MAX_LINE_BYTES = 4096;
/** Who connects and says nothing is cut off. */
const IDLE_MILLISECONDS = 10_000;

/** The port of `rtpengine-ctl`: one command line a connection, its answer, the end. */
export class CliListener {
  readonly #port: TcpPort;

  private constructor(port: TcpPort) {
    this.#port = port;
  }

  /** @throws the system's error when the address cannot be had */
  static async open(target: ListenTarget, interpreter: CliInterpreter, log: Log): Promise<CliListener> {
    // Half open: whoever ends a command by closing its side still reads the answer.
    const server = createServer({ noDelay: true, allowHalfOpen: true });
    server.on("connection", (socket) => serve(socket, interpreter, log));
    return new CliListener(
      await TcpPort.open(server, target, MAX_CONNECTIONS, (error) =>
        log.error("cli", `Command line port: ${error.message}`),
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

function serve(socket: Socket, interpreter: CliInterpreter, log: Log): void {
  const from = `${socket.remoteAddress}:${socket.remotePort}`;
  let received = "";
  let isAnswered = false;
  const reply = (line: string): void => {
    if (isAnswered) return;
    isAnswered = true;
    log.info("cli", "Command", { from, command: line });
    socket.end(Buffer.from(interpreter.answer(line), "latin1"));
  };
  socket.setTimeout(IDLE_MILLISECONDS, () => socket.destroy());
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
