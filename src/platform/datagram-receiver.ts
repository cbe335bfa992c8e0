import type { Family } from "../base/endpoint.ts";
import { Errno, lastErrno, SystemError } from "./errors.ts";
import * as libc from "./libc.ts";
import { ForeignMemory } from "./memory.ts";
import { readSockaddr, SOCKADDR_IN6_BYTES } from "./socket-address.ts";

const LENGTH_OFFSET = 32;
const DATA_OFFSET = 64;
const MAX_DATAGRAM_BYTES = 65_535;
/** Senders whose address text is kept. */
const MAX_SENDERS = 64;

/**
 * Takes datagrams that have already arrived out of a non-blocking socket, one call each: a fraction of what
 * the event loop takes for one. The socket belongs to the caller.
 */
export class DatagramReceiver {
  readonly #fd: number;
  readonly #memory: ForeignMemory = new ForeignMemory(DATA_OFFSET + MAX_DATAGRAM_BYTES);
  readonly #senders: Map<number, string> = new Map();
  /** The sender of the datagram received last. */
  address = "";
  port = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * Takes the next datagram.
   *
   * @returns its bytes, valid until the next call; undefined when there is none
   * @throws SystemError
   */
  receive(): Uint8Array | undefined {
    const { bytes, words32 } = this.#memory;
    words32[LENGTH_OFFSET / 4] = SOCKADDR_IN6_BYTES;
    const length = libc.recvfrom(
      this.#fd,
      this.#memory.addressOf(DATA_OFFSET, MAX_DATAGRAM_BYTES),
      MAX_DATAGRAM_BYTES,
      0,
      this.#memory.addressOf(0, SOCKADDR_IN6_BYTES),
      this.#memory.addressOf(LENGTH_OFFSET, 4),
    );
    if (length < 0) {
      const errno = lastErrno();
      if (errno === Errno.EAGAIN || errno === Errno.EINTR || errno === Errno.ECONNREFUSED) return undefined;
      throw new SystemError("recvfrom", errno);
    }
    this.port = (bytes[2]! << 8) | bytes[3]!;
    this.address = this.#senderAddress(words32[LENGTH_OFFSET / 4]! === SOCKADDR_IN6_BYTES ? 6 : 4);
    return bytes.subarray(DATA_OFFSET, DATA_OFFSET + length);
  }

  #senderAddress(family: Family): string {
    if (family === 6) return readSockaddr(this.#memory.bytes, 0)?.address ?? "";
    const key = this.#memory.words32[1]!;
    const known = this.#senders.get(key);
    if (known !== undefined) return known;
    const address = readSockaddr(this.#memory.bytes, 0)?.address ?? "";
    if (this.#senders.size >= MAX_SENDERS) this.#senders.clear();
    this.#senders.set(key, address);
    return address;
  }
}
