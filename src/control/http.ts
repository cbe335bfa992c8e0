import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Log } from "../observe/log.ts";
import type { ListenTarget } from "./ng/udp-listener.ts";
import { TcpPort } from "./tcp-port.ts";

/** An answer to GET: content type and body. */
export interface Page {
  readonly type: string;
  readonly body: string;
}

/** Pages by path. */
export type Pages = Readonly<Record<string, () => Page>>;

const DEFAULT_IDLE_SECONDS = 5;
const MAX_CONNECTIONS = 256;

/** HTTP for machines that look after us: `/ping`, `/metrics`. */
export class HttpListener {
  readonly #port: TcpPort;

  private constructor(port: TcpPort) {
    this.#port = port;
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
    return new HttpListener(
      await TcpPort.open(server, target, MAX_CONNECTIONS, (error) =>
        log.error("http", `HTTP: ${error.message}`),
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
