import { InvariantError } from "../base/errors.ts";
import { checked, Errno, lastErrno, SystemError } from "./errors.ts";
import * as libc from "./libc.ts";
import { ForeignMemory, type KeptAddress } from "./memory.ts";

const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLLIN = 1;
const EFD_NONBLOCK = 0o4000;
const EFD_CLOEXEC = 0o2000000;

/** `struct epoll_event` is packed on x64 only (`epoll_ctl(2)`): data at 4 there, at 8 elsewhere. */
const IS_PACKED: boolean = process.arch === "x64";
const EVENT_WORDS: number = IS_PACKED ? 3 : 4;
const DATA_WORD: number = IS_PACKED ? 1 : 2;

const scratch: ForeignMemory = new ForeignMemory(64);

/** An epoll instance. The caller closes it. */
export function openEpoll(): number {
  return checked("epoll_create1", libc.epollCreate1(EPOLL_CLOEXEC));
}

/** Waits for `fd` to become readable; `token` comes back with each event. Any thread may call it. */
export function watchReadable(epoll: number, fd: number, token: number): void {
  scratch.words32.fill(0, 0, 4);
  scratch.words32[0] = EPOLLIN;
  scratch.words32[DATA_WORD] = token;
  checked("epoll_ctl", libc.epollCtl(epoll, EPOLL_CTL_ADD, fd, scratch.addressOf(0, 16)));
}

/** Stops waiting for `fd`. Events that a thread already fetched are still in its hands. */
export function unwatch(epoll: number, fd: number): void {
  checked("epoll_ctl", libc.epollCtl(epoll, EPOLL_CTL_DEL, fd, scratch.addressOf(0, 16)));
}

/** A wake-up for a thread that sits in `epoll_wait`. The caller closes it. */
export function openWakeup(): number {
  return checked("eventfd", libc.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
}

/** Makes a wake-up readable. */
export function wake(fd: number): void {
  scratch.words32[8] = 1;
  scratch.words32[9] = 0;
  libc.write(fd, scratch.addressOf(32, 8), 8);
}

/** Makes a wake-up unreadable again. */
export function clearWakeup(fd: number): void {
  libc.read(fd, scratch.addressOf(40, 8), 8);
}

/** The events of one `epoll_wait`, read in place. Allocates nothing after construction. */
export class EpollEvents {
  readonly #memory: ForeignMemory;
  #address: KeptAddress = null;
  readonly #capacity: number;

  constructor(capacity: number) {
    if (capacity < 1) throw new InvariantError("epoll events: no room");
    this.#capacity = capacity;
    this.#memory = new ForeignMemory(capacity * 16);
    this.#address = this.#memory.addressOf(0, capacity * EVENT_WORDS * 4);
  }

  /**
   * Waits.
   *
   * @param timeoutMs -1: for ever; 0: not at all
   * @returns how many events there are; 0 when interrupted
   */
  wait(epoll: number, timeoutMs: number): number {
    const count = libc.epollWait(epoll, this.#address as number, this.#capacity, timeoutMs);
    if (count >= 0) return count;
    const errno = lastErrno();
    if (errno === Errno.EINTR) return 0;
    throw new SystemError("epoll_wait", errno);
  }

  /** The token that `watchReadable` was given for event `index`. */
  token(index: number): number {
    return this.#memory.words32[index * EVENT_WORDS + DATA_WORD]!;
  }
}
