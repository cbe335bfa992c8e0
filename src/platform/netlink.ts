import { InvariantError } from "../base/errors.ts";
import { checked, Errno, lastErrno, SystemError } from "./errors.ts";
import * as libc from "./libc.ts";
import { ForeignMemory } from "./memory.ts";
import { closeDescriptor } from "./socket.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOCKADDR_NL_BYTES = 12;
const MSG_DONTWAIT = 0x40;
const BUFFER_BYTES = 16384;
/** Where a message has its sequence number, in words. */
const SEQUENCE_WORD = 2;

/** What a socket is for: `NETLINK_ROUTE`, which needs no privilege, or `NETLINK_XFRM`, which needs CAP_NET_ADMIN. */
export const NetlinkFamily = { Route: 0, Xfrm: 6 } as const;

/** Asks the kernel of things in the network namespace of the thread that made it (netlink(7)), and hears that they changed. */
export class NetlinkSocket {
  readonly #queries: number;
  readonly #changes: number;
  readonly #memory = new ForeignMemory(BUFFER_BYTES);

  /** @param groups whose changes to hear of, a bit each (`RTMGRP_*`, for one) */
  constructor(groups: number, family: number = NetlinkFamily.Route) {
    this.#queries = openNetlink(family, 0);
    this.#changes = openNetlink(family, SOCK_NONBLOCK);
    // sockaddr_nl: family(2) pad(2) port(4) groups(4)
    this.#memory.words32.set([AF_NETLINK, 0, groups]);
    const address = this.#memory.addressOf(0, SOCKADDR_NL_BYTES);
    checked("bind", libc.bind(this.#changes, address, SOCKADDR_NL_BYTES), "netlink");
  }

  /**
   * Sends a query that has one message for an answer; the kernel gives it within the call. What an earlier query has
   * left behind, because it failed, is no answer to this one.
   */
  ask(query: Uint8Array): Uint8Array {
    if (query.length > BUFFER_BYTES) throw new InvariantError("netlink query too long");
    const { words32, bytes } = this.#memory;
    bytes.set(query);
    const sequence = words32[SEQUENCE_WORD];
    const sent = libc.sendto(this.#queries, this.#memory.addressOf(0, query.length), query.length, 0, 0, 0);
    checked("sendto", sent, "netlink");
    const address = this.#memory.addressOf(0, BUFFER_BYTES);
    for (;;) {
      const length = libc.recvfrom(this.#queries, address, BUFFER_BYTES, MSG_DONTWAIT, 0, 0);
      checked("recvfrom", length, "netlink");
      if (words32[SEQUENCE_WORD] === sequence) return bytes.slice(0, length);
    }
  }

  /** Whether something of the groups has changed since the last time. */
  hasChanged(): boolean {
    const address = this.#memory.addressOf(0, BUFFER_BYTES);
    for (let isChanged = false; ; isChanged = true) {
      if (libc.recvfrom(this.#changes, address, BUFFER_BYTES, 0, 0, 0) >= 0) continue;
      const errno = lastErrno();
      if (errno === Errno.EAGAIN) return isChanged;
      // More changes than its queue holds: some were lost, which is a change too.
      if (errno !== Errno.ENOBUFS && errno !== Errno.EINTR)
        throw new SystemError("recvfrom", errno, "netlink");
    }
  }

  close(): void {
    closeDescriptor(this.#queries);
    closeDescriptor(this.#changes);
  }
}

function openNetlink(family: number, flags: number): number {
  return checked("socket", libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, family), "netlink");
}
