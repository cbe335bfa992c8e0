import type { Server, Socket } from "node:net";
import type { ListenTarget } from "./ng/udp-listener.ts";

/** A TCP server that listens, with its connections: NG, the command line and HTTP have one each. */
export class TcpPort {
  readonly #server: Server;
  readonly #connections: Set<Socket> = new Set();

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => {
      this.#connections.add(socket);
      socket.on("close", () => this.#connections.delete(socket));
    });
  }

  /**
   * @param server not yet listening
   * @param maxConnections at a time; more are refused
   * @param onError hears of what goes wrong later
   * @throws the system's error when the address cannot be had
   */
  static async open(
    server: Server,
    target: ListenTarget,
    maxConnections: number,
    onError: (error: Error) => void,
  ): Promise<TcpPort> {
    const opened = new TcpPort(server);
    server.maxConnections = maxConnections;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port: target.port, host: target.address, ipv6Only: target.family === 6 }, () => {
        server.off("error", reject);
        resolve();
      });
    });
    server.on("error", onError);
    return opened;
  }

  /** Where it listens; port 0 was a wish for any. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** Ends all connections; resolves when the address is free. */
  close(): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
