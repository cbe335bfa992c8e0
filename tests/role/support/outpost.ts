import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Endpoint } from "../../../src/base/endpoint.ts";
import type { NgClient } from "../../../src/client/index.ts";
import type { Phone, PhoneOptions } from "../../../src/phone/index.ts";
import type { Collector } from "../../../src/role/verify/collector.ts";
import { ENVIRONMENT } from "./command.ts";
import { ADDRESSES, type Network, type Place } from "./network.ts";
import type { Opener, OutpostReply, OutpostRequest } from "./outpost-program.ts";

const PROGRAM = fileURLToPath(new URL("./outpost-program.ts", import.meta.url));

/** An object in another process: its methods answer later, its properties are read by calling them. */
export type Remote<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : () => Promise<T[K]>;
};

/** A phone's wishes, without where it is and what cannot be sent to another process. */
export type PhoneWishes = Omit<PhoneOptions, "local" | "clock" | "random" | "openSockets">;

/**
 * A process in a machine's network namespace, in which phones, proxies and collectors are opened: what they send and
 * hear passes the network as that machine's own would. Close it before the network.
 */
export class Outpost {
  readonly place: Place;
  readonly #process: ChildProcess;
  readonly #pending = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  #count = 0;

  constructor(network: Network, place: Place) {
    this.place = place;
    const line = network.inNamespace(place, [process.execPath, PROGRAM]);
    this.#process = spawn("setpriv", ["--pdeathsig", "KILL", ...line], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      // What phones have counted are maps.
      serialization: "advanced",
      env: ENVIRONMENT,
    });
    this.#process.on("message", (reply: OutpostReply) => this.#take(reply));
    this.#process.once("exit", (code, signal) => {
      for (const { reject } of this.#pending.values()) {
        reject(new Error(`The outpost at ${place} is gone: ${code ?? signal}`));
      }
    });
  }

  /** A phone at this machine's address. */
  phone(wishes: PhoneWishes): Promise<Remote<Phone>> {
    const local = { family: 4, address: ADDRESSES[this.place] } as const;
    return this.#open<Phone>("phone", { ...wishes, local });
  }

  /** A proxy's side of NG. */
  proxy(server: Endpoint): Promise<Remote<NgClient>> {
    return this.#open<NgClient>("ng", { server });
  }

  /** A Homer that takes HEP at this machine's address. */
  collector(port: number, protocol = "udp"): Promise<Remote<Collector>> {
    return this.#open<Collector>("collector", { family: 4, address: ADDRESSES[this.place], port }, protocol);
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, "exit");
    this.#process.disconnect();
    await gone;
  }

  async #open<T>(name: Opener, ...args: readonly unknown[]): Promise<Remote<T>> {
    const object = (await this.#ask({ name, args })) as number;
    const call = (member: string | symbol) =>
      // A remote is no promise, whatever `await` asks it.
      member === "then"
        ? undefined
        : (...args: unknown[]) => this.#ask({ object, name: String(member), args });
    return new Proxy({} as Remote<T>, { get: (_, member) => call(member) });
  }

  #ask(request: Omit<OutpostRequest, "id">): Promise<unknown> {
    const id = ++this.#count;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#process.send({ id, ...request } satisfies OutpostRequest);
    });
  }

  #take(reply: OutpostReply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ("error" in reply) pending?.reject(new Error(reply.error));
    else pending?.resolve(reply.value);
  }
}
