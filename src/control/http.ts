import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Log } from "../observe/log.ts";
import type { ListenTarget } from "./ng/udp-listener.ts";

/** An answer to GET: content type and body. */
export interface Page {
  readonly type: string;
  readonly body: string;
}

/** Pages by path. */
export type Pages = Readonly<Record<string, () => Page>>;

const DEFAULT_IDLE_SECONDS = 5;

/** HTTP for machines that look after us: `/ping`, `/metrics`. */
export class HttpListener {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * @param idleSeconds how long an idle connection stays open; 0: 5 seconds
   * @throws the system's error when the address cannot be had
   */
  static async open(
    target: ListenTarget,
    pages: Pages,
    log: Log,
    idleSeconds: number = DEFAULT_IDLE_SECONDS,
  ): Promise<HttpListener> {
    const keepAliveTimeout = (idleSeconds > 0 ? idleSeconds : DEFAULT_IDLE_SECONDS) * 1000;
    const server = createServer({ requestTimeout: 10_000, keepAliveTimeout }, (request, response) => {
      serve(request, response, pages, log);
    });
    server.maxConnections = 256;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port: target.port, host: target.address, ipv6Only: target.family === 6 }, () => {
        server.off("error", reject);
        resolve();
      });
    });
    server.on("error", (error) => log.error("http", `HTTP: ${error.message}`));
    return new HttpListener(server);
  }

  /** Where it listens; port 0 was a wish for any. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

function serve(request: IncomingMessage, response: ServerResponse, pages: Pages, log: Log): void {
  const path = (request.url ?? "/").split("?", 1)[0]!;
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (!page) {
    refuse(response, 404, `No such page. There are: ${Object.keys(pages).join(" ")}`);
    return;
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    refuse(response, 405, "GET only");
    return;
  }
  try {
    const { type, body } = page();
    response.writeHead(200, { "content-type": type, "cache-control": "no-store" });
    response.end(body);
  } catch (error) {
    log.error("http", `${path} failed: ${error instanceof Error ? error.stack : String(error)}`);
    refuse(response, 500, "Internal error");
  }
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  response.end(`${text}\n`);
}
