import { execFileSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import koffi from "koffi";

const CLONE_NEWNET = 0x40000000;
const setns = koffi.load("libc.so.6").func("setns", "int", ["int", "int"]);

const ip = (...args: string[]): string => execFileSync("ip", args, { encoding: "utf8" });

/** A network of phones behind a cable: a namespace that a veth pair joins to ours. */
export class PhoneNetwork {
  readonly #name: string;
  readonly device: string;

  /** @param addresses ours and theirs on the cable, with prefix length */
  constructor(number: number, addresses: readonly { readonly ours: string; readonly theirs: string }[]) {
    this.#name = `rts-${process.pid}-${number}`;
    this.device = `ve${number}`;
    ip("netns", "add", this.#name);
    ip("link", "add", this.device, "type", "veth", "peer", "name", "phone", "netns", this.#name);
    for (const { ours, theirs } of addresses) {
      // Without `nodad` an IPv6 address is tentative for a second or two.
      const nodad = ours.includes(":") ? ["nodad"] : [];
      ip("address", "add", ours, "dev", this.device, ...nodad);
      ip("-n", this.#name, "address", "add", theirs, "dev", "phone", ...nodad);
    }
    ip("link", "set", this.device, "up");
    ip("-n", this.#name, "link", "set", "phone", "up");
    ip("-n", this.#name, "link", "set", "lo", "up");
  }

  /** Runs something there: sockets stay where they were made. */
  within<T>(make: () => T): T {
    const here = openSync("/proc/thread-self/ns/net", "r");
    const there = openSync(`/run/netns/${this.#name}`, "r");
    try {
      if (setns(there, CLONE_NEWNET) !== 0) throw new Error("setns: no way in");
      return make();
    } finally {
      if (setns(here, CLONE_NEWNET) !== 0) process.abort();
      closeSync(here);
      closeSync(there);
    }
  }

  /** Runs `ip` there. */
  ip(...args: string[]): string {
    return ip("-n", this.#name, ...args);
  }

  close(): void {
    ip("link", "delete", this.device);
    ip("netns", "delete", this.#name);
  }
}
