import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { type Endpoint, formatEndpoint } from "../base/endpoint.ts";
import { decodeNgMessage, encodeNgMessage, type NgEncoding, type NgMessage } from "../wire/ng/message.ts";
import type { NgDictionary, NgValue } from "../wire/ng/value.ts";
import { type CallReading, readCall } from "./call-reading.ts";
import { NgClientError, NgLoadLimitError, NgRefusedError, NgTimeoutError } from "./errors.ts";
import {
  type AnswerRequest,
  type CallKeys,
  type DeleteRequest,
  deleteBody,
  keysBody,
  type SessionRequest,
  sessionBody,
} from "./requests.ts";
import { openTcp } from "./tcp-transport.ts";
import type { Transport } from "./transport.ts";
import { openUdp } from "./udp-transport.ts";

/** How a client reaches its engine. */
export interface NgClientOptions {
  /** The engine's `listen-ng` or `listen-tcp-ng`. */
  readonly server: Endpoint;
  /** Default `udp`. */
  readonly transport?: "udp" | "tcp";
  /** Default `bencode`. */
  readonly encoding?: NgEncoding;
  /** How long a request waits for its reply in all; default 5000. */
  readonly timeoutMs?: number;
  /** UDP: when the first repeat goes out; each further one after twice the time. Default 250. */
  readonly retransmitMs?: number;
}

interface Pending {
  readonly command: string;
  readonly bytes: Uint8Array;
  readonly resolve: (body: NgDictionary) => void;
  readonly reject: (error: Error) => void;
  readonly deadline: NodeJS.Timeout;
  repeat: NodeJS.Timeout | undefined;
  /** The last trouble of the transport since it was sent: why nothing may come. */
  trouble: Error | undefined;
}

const latin1 = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1", start, end);

/**
 * Speaks NG to one engine; any number of requests may be under way. Whoever opened it closes it.
 *
 * Text in requests and replies is byte strings (each character one byte), SDP included.
 */
export class NgClient {
  readonly server: Endpoint;
  /** Repeats sent so far. */
  retransmissions = 0;
  readonly #encoding: NgEncoding;
  readonly #timeoutMs: number;
  readonly #retransmitMs: number;
  /** Cookies: a prefix of our own and a counter, so that no two clients share one. */
  readonly #prefix: string = randomBytes(6).toString("hex");
  #counter = 0;
  readonly #pending: Map<string, Pending> = new Map();
  #transport: Transport | undefined;

  private constructor(options: NgClientOptions) {
    this.server = options.server;
    this.#encoding = options.encoding ?? "bencode";
    this.#timeoutMs = options.timeoutMs ?? 5000;
    this.#retransmitMs = options.retransmitMs ?? 250;
  }

  /** @throws NgClientError when there is no connection (TCP only: UDP finds out with the first request) */
  static async open(options: NgClientOptions): Promise<NgClient> {
    const client = new NgClient(options);
    const open = options.transport === "tcp" ? openTcp : openUdp;
    try {
      client.#transport = await open(options.server, {
        message: (bytes) => client.#receive(bytes),
        trouble: (error) => client.#trouble(error),
        lost: (error) => client.#lose("E_NG_CLIENT_CONNECTION", error.message, error),
      });
    } catch (cause) {
      const where = `no connection to ${formatEndpoint(options.server)}`;
      const message = `${where}: ${(cause as Error).message}`;
      throw new NgClientError("E_NG_CLIENT_CONNECTION", "connect", message, { cause });
    }
    return client;
  }

  /** @throws NgClientError */
  async ping(): Promise<void> {
    await this.request("ping", {});
  }

  /** @returns the SDP for the other party. @throws NgClientError */
  async offer(request: SessionRequest): Promise<string> {
    return this.#sdpOf("offer", await this.request("offer", sessionBody(request)));
  }

  /** @returns the SDP for the party that offered. @throws NgClientError */
  async answer(request: AnswerRequest): Promise<string> {
    return this.#sdpOf("answer", await this.request("answer", sessionBody(request)));
  }

  /** Ends a call or a branch. @returns what was known of it. @throws NgClientError */
  async delete(request: DeleteRequest): Promise<CallReading> {
    return readCall(await this.request("delete", deleteBody(request)));
  }

  /** @throws NgClientError */
  async query(keys: CallKeys): Promise<CallReading> {
    return readCall(await this.request("query", keysBody(keys)));
  }

  /** @returns Call-IDs, at most `limit` of them. @throws NgClientError */
  async list(limit?: number): Promise<string[]> {
    const { calls } = await this.request("list", limit === undefined ? {} : { limit });
    return Array.isArray(calls) ? calls.map(String) : [];
  }

  /** @throws NgClientError */
  async statistics(): Promise<NgValue> {
    return (await this.request("statistics", {})).statistics ?? {};
  }

  /**
   * Sends any command.
   *
   * @param body without the command
   * @returns the reply, whose `result` is neither `error` nor `load limit`
   * @throws NgClientError
   */
  request(command: string, body: NgDictionary): Promise<NgDictionary> {
    const transport = this.#transport;
    if (transport === undefined) {
      return Promise.reject(new NgClientError("E_NG_CLIENT_CLOSED", command, "the client is closed"));
    }
    const cookie = `${this.#prefix}_${++this.#counter}`;
    const bytes = encodeNgMessage(cookie, this.#encoding, { command, ...body });
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => this.#expire(cookie), this.#timeoutMs);
      const pending: Pending = {
        command,
        bytes,
        resolve,
        reject,
        deadline,
        repeat: undefined,
        trouble: undefined,
      };
      this.#pending.set(cookie, pending);
      if (transport.isLossy) this.#scheduleRepeat(pending, this.#retransmitMs);
      transport.send(bytes);
    });
  }

  /** Closes the connection; what is under way fails. */
  async close(): Promise<void> {
    const transport = this.#transport;
    this.#lose("E_NG_CLIENT_CLOSED", "the client was closed");
    await transport?.close();
  }

  #sdpOf(command: string, { sdp }: NgDictionary): string {
    if (typeof sdp === "string") return sdp;
    throw new NgClientError("E_NG_CLIENT_REPLY", command, `${command}: the reply has no SDP`);
  }

  #scheduleRepeat(pending: Pending, delayMs: number): void {
    pending.repeat = setTimeout(() => {
      this.retransmissions++;
      this.#transport?.send(pending.bytes);
      this.#scheduleRepeat(pending, delayMs * 2);
    }, delayMs);
  }

  #receive(bytes: Uint8Array): void {
    let message: NgMessage;
    try {
      message = decodeNgMessage(bytes, latin1);
    } catch {
      // A reply to nothing of ours: every request ends by reply or by timeout.
      return;
    }
    const pending = this.#take(message.cookie);
    // Late, or the second reply to a repeated request.
    if (pending === undefined) return;
    const { body } = message;
    const { command } = pending;
    if (body.result === "error") {
      pending.reject(new NgRefusedError(command, textOf(body["error-reason"])));
    } else if (body.result === "load limit") {
      pending.reject(new NgLoadLimitError(command, textOf(body.message)));
    } else pending.resolve(body);
  }

  #take(cookie: string): Pending | undefined {
    const pending = this.#pending.get(cookie);
    if (pending === undefined) return undefined;
    this.#pending.delete(cookie);
    clearTimeout(pending.deadline);
    clearTimeout(pending.repeat);
    return pending;
  }

  #expire(cookie: string): void {
    const pending = this.#take(cookie);
    const server = formatEndpoint(this.server);
    pending?.reject(new NgTimeoutError(pending.command, server, this.#timeoutMs, pending.trouble));
  }

  #trouble(error: Error): void {
    for (const pending of this.#pending.values()) pending.trouble = error;
  }

  #lose(code: "E_NG_CLIENT_CONNECTION" | "E_NG_CLIENT_CLOSED", message: string, cause?: Error): void {
    this.#transport = undefined;
    for (const cookie of [...this.#pending.keys()]) {
      const pending = this.#take(cookie);
      pending?.reject(new NgClientError(code, pending.command, `${pending.command}: ${message}`, { cause }));
    }
  }
}

function textOf(value: NgValue | undefined): string {
  return typeof value === "string" ? value : "no reason given";
}
