import { DropReason } from "../../flow/reasons.ts";
import { Errno, SystemError } from "../../platform/errors.ts";
import { AF_INET, AF_INET6 } from "../../platform/socket-address.ts";
import { swap16 } from "./checksum.ts";
import type { Step } from "./packet.ts";
import { BATCH_LENGTH, RelayLoop } from "./relay-loop.ts";
import type { SetupAddress, WorkerSetup } from "./setup.ts";
import { SteeredSender } from "./steered-sender.ts";

/** `IP_ORIGDSTADDR` and `IPV6_ORIGDSTADDR`: control messages with the address a datagram was sent to. */
const IP_ORIGDSTADDR = 20;
const IPV6_ORIGDSTADDR = 74;
/** Tokens of the two sockets among the worker's events. */
export const IPV4_TOKEN = 0;
export const IPV6_TOKEN = 1;

const PORTS = 65536;

/** Relays what is steered to the worker's two sockets: one batch holds packets of many calls. */
export class SteeredLoop extends RelayLoop {
  readonly #sockets: readonly [number, number];
  readonly #isReady: [boolean, boolean] = [false, false];
  readonly #flowsByPort: Int32Array;
  readonly #addresses: readonly SetupAddress[];

  constructor(setup: WorkerSetup, steps: readonly Step[]) {
    const { backend } = setup;
    if (backend.kind !== "steered") throw new TypeError("setup is not for the steered backend");
    super(setup, steps, (buffers, tables) => {
      return new SteeredSender(setup.addresses, backend.outlets, buffers, tables);
    });
    this.#sockets = [backend.ipv4, backend.ipv6];
    this.#flowsByPort = new Int32Array(setup.tables.flowsByPort);
    this.#addresses = setup.addresses;
  }

  override round(timeoutMs: number): void {
    const ready = this.#isReady;
    const mayWait = !ready[0] && !ready[1] && !this.hasCommands;
    if (mayWait) this.#wait(timeoutMs);
    if (ready[0]) ready[0] = this.#relayBatch(this.#sockets[0]);
    if (ready[1]) ready[1] = this.#relayBatch(this.#sockets[1]);
    this.runCommands();
  }

  #wait(timeoutMs: number): void {
    const { epollEvents } = this;
    const count = epollEvents.wait(this.setup.epoll, timeoutMs);
    for (let index = 0; index < count; index++) {
      const token = epollEvents.token(index);
      if (token === IPV4_TOKEN) this.#isReady[0] = true;
      else if (token === IPV6_TOKEN) this.#isReady[1] = true;
      else this.clearWakeup();
    }
  }

  /** @returns whether there may be more */
  #relayBatch(fd: number): boolean {
    const count = this.batch.receive(fd);
    if (count <= 0) {
      if (count === 0 || count === -Errno.EAGAIN) return false;
      if (count === -Errno.EINTR) return true;
      throw new SystemError("recvmmsg", -count);
    }
    this.enter();
    for (let index = 0; index < count; index++) {
      const flowId = this.#flowOf(index);
      if (flowId >= 0) this.relay(index, flowId);
      else this.dropOrphan(DropReason.NoFlow);
    }
    this.leave();
    return count === BATCH_LENGTH;
  }

  /** The flow whose local address and port the datagram was sent to; -1: none. */
  #flowOf(index: number): number {
    const words = this.batch.meta.words32;
    // cmsghdr: length (8 bytes), level, type, then the sockaddr.
    const at = this.batch.controlOffset(index) >> 2;
    const head = words[at + 4]!;
    const type = words[at + 3]!;
    const isIpv4 = type === IP_ORIGDSTADDR && (head & 0xffff) === AF_INET;
    if (!isIpv4 && !(type === IPV6_ORIGDSTADDR && (head & 0xffff) === AF_INET6)) return -1;
    const address = isIpv4 ? this.#ipv4Index(words[at + 5]!) : this.#ipv6Index(words, at + 6);
    if (address < 0) return -1;
    return Atomics.load(this.#flowsByPort, address * PORTS + swap16(head >>> 16)) - 1;
  }

  #ipv4Index(address: number): number {
    const addresses = this.#addresses;
    for (let index = 0; index < addresses.length; index++) {
      const local = addresses[index]!;
      if (local.family === 4 && local.words[0] === address) return index;
    }
    return -1;
  }

  #ipv6Index(words: Int32Array, at: number): number {
    const addresses = this.#addresses;
    for (let index = 0; index < addresses.length; index++) {
      const local = addresses[index]!;
      if (
        local.family === 6 &&
        local.words[0] === words[at] &&
        local.words[1] === words[at + 1] &&
        local.words[2] === words[at + 2] &&
        local.words[3] === words[at + 3]
      ) {
        return index;
      }
    }
    return -1;
  }
}
