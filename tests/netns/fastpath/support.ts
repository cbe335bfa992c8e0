import { execFileSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import koffi from "koffi";
import * as libc from "../../../src/platform/libc.ts";
import { ForeignMemory } from "../../../src/platform/memory.ts";

const CLONE_NEWNET = 0x40000000;
const setns = koffi.load("libc.so.6").func("setns", "int", ["int", "int"]);

const ip = (...args: string[]): string => execFileSync("ip", args, { encoding: "utf8" });

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCKADDR_LL_BYTES = 20;

/** Sends whole Ethernet frames by one interface. */
export class Cable {
  readonly #fd: number = libc.socket(AF_PACKET, SOCK_RAW, 0);
  readonly #memory = new ForeignMemory(4096);
  readonly #hardware: Uint8Array;

  /** @param hardware of the interface at the other end, which frames go to that name nobody */
  constructor(interfaceIndex: number, hardware: string) {
    if (this.#fd < 0) throw new Error("socket: no packet socket");
    this.#hardware = Uint8Array.from(hardware.split(":"), (byte) => Number.parseInt(byte, 16));
    // sockaddr_ll: family(2) protocol(2) interface(4) type(2) kind(1) length(1) address(8)
    this.#memory.words32.set([AF_PACKET, interfaceIndex, 0, 0, 0]);
  }

  send(frame: Uint8Array): void {
    if (frame.subarray(0, 6).every((byte) => byte === 0)) frame.set(this.#hardware);
    this.#memory.bytes.set(frame, SOCKADDR_LL_BYTES);
    const bytes = this.#memory.addressOf(SOCKADDR_LL_BYTES, frame.length);
    const to = this.#memory.addressOf(0, SOCKADDR_LL_BYTES);
    if (libc.sendto(this.#fd, bytes, frame.length, 0, to, SOCKADDR_LL_BYTES) !== frame.length)
      throw new Error("sendto: the frame was not sent");
  }

  close(): void {
    closeSync(this.#fd);
  }
}

interface Addresses {
  readonly ours: string;
  readonly theirs: string;
}

/** A network of phones behind a cable: a namespace that a veth pair joins to ours. */
export class PhoneNetwork {
  readonly #name: string;
  readonly device: string;

  /** @param addresses ours and theirs on the cable, with prefix length */
  constructor(number: number, addresses: readonly Addresses[]) {
    this.#name = `rts-${process.pid}-${number}`;
    this.device = `ve${number}`;
    ip("netns", "add", this.#name);
    this.#plugIn(addresses);
  }

  /** Takes the cable away and puts another one in its place, with the same index at our end. */
  remake(addresses: readonly Addresses[]): void {
    const [, index] = /^(\d+):/.exec(ip("-o", "link", "show", this.device))!;
    ip("link", "delete", this.device);
    this.#plugIn(addresses, ["index", index!]);
  }

  #plugIn(addresses: readonly Addresses[], options: readonly string[] = []): void {
    ip("link", "add", this.device, ...options, "type", "veth", "peer", "name", "phone", "netns", this.#name);
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

  /** Where frames can be put on the cable by a phone that is not bound to any rules. */
  cable(): Cable {
    const [, index] = /^(\d+):/.exec(this.ip("-o", "link", "show", "phone"))!;
    const [, hardware] = /link\/ether (\S+)/.exec(ip("-o", "link", "show", this.device))!;
    return this.within(() => new Cable(Number(index), hardware!));
  }

  close(): void {
    ip("link", "delete", this.device);
    ip("netns", "delete", this.#name);
  }
}
