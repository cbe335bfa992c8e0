import { Buffer } from "node:buffer";
import { InvariantError } from "../base/errors.ts";
import { checked, lastErrno } from "./errors.ts";
import * as libc from "./libc.ts";
import { ForeignMemory } from "./memory.ts";
import { closeDescriptor } from "./socket.ts";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/** Bytes of `sun_path`. */
const PATH_BYTES = 108;
const TEXT_OFFSET = 128;
const MAX_TEXT_BYTES = 4096 - TEXT_OFFSET;

/**
 * The `sockaddr_un` of a socket's name (`unix(7)`); undefined for a name that is none.
 *
 * ```
 *  family(2, host order) path(1..108)
 * ```
 *
 * A path ends with a zero byte; an abstract name, written with `@`, begins with one and ends with the length.
 */
export function unixSockaddr(name: string): Uint8Array | undefined {
  const isAbstract = name.startsWith("@");
  if (!isAbstract && !name.startsWith("/")) return undefined;
  const path = Buffer.from(isAbstract ? `\0${name.slice(1)}` : `${name}\0`);
  if (path.length < 2 || path.length > PATH_BYTES) return undefined;
  return Uint8Array.from([AF_UNIX, 0, ...path]);
}

/** The socket on which a service manager hears of its service (`sd_notify(3)`). Whoever opened it closes it. */
export class ServiceManagerSocket {
  readonly #fd: number;
  readonly #memory: ForeignMemory = new ForeignMemory(TEXT_OFFSET + MAX_TEXT_BYTES);
  readonly #addressBytes: number;

  /**
   * @param name a path, or an abstract name that begins with `@`
   * @throws InvariantError for a name that is none, SystemError when there are no descriptors left
   */
  constructor(name: string) {
    const address = unixSockaddr(name);
    if (address === undefined) throw new InvariantError(`no name of a Unix socket: ${name}`);
    this.#memory.bytes.set(address, 0);
    this.#addressBytes = address.length;
    this.#fd = checked("socket", libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "unix");
  }

  /**
   * Sends assignments, `READY=1` and the like, one a line.
   *
   * @param mayWait whether to wait for a reader that is behind: what is said once must arrive, what is said again and
   *   again need not
   * @returns 0, or the error number
   */
  send(text: string, mayWait: boolean): number {
    const bytes = Buffer.from(text);
    if (bytes.length > MAX_TEXT_BYTES) throw new InvariantError("notification longer than its buffer");
    this.#memory.bytes.set(bytes, TEXT_OFFSET);
    const sent = libc.sendto(
      this.#fd,
      this.#memory.addressOf(TEXT_OFFSET, bytes.length),
      bytes.length,
      MSG_NOSIGNAL | (mayWait ? 0 : MSG_DONTWAIT),
      this.#memory.addressOf(0, this.#addressBytes),
      this.#addressBytes,
    );
    return sent < 0 ? lastErrno() : 0;
  }

  close(): void {
    closeDescriptor(this.#fd);
  }
}
