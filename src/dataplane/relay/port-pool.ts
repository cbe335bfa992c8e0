import { assert } from "../../base/errors.ts";

/** Takes and gives back one port with the operating system. */
export interface PortHolder {
  /** @returns false when a socket of somebody else has the port */
  acquire(port: number): boolean;
  /** Undoes `acquire`. */
  abandon(port: number): void;
}

/**
 * Free ports of one range, oldest first: a doubly linked list over the port numbers, so that taking one
 * out of the middle costs nothing. Index 0 of the links is the head, `port - min + 1` a port.
 */
class FreeList {
  readonly min: number;
  readonly max: number;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  count = 0;

  constructor(min: number, max: number) {
    assert(min >= 1 && max <= 65535 && min <= max, `port range ${min}-${max}`);
    this.min = min;
    this.max = max;
    this.#next = new Int32Array(max - min + 2);
    this.#previous = new Int32Array(max - min + 2);
  }

  covers(port: number): boolean {
    return port >= this.min && port <= this.max;
  }

  append(port: number): void {
    const node = port - this.min + 1;
    const last = this.#previous[0]!;
    this.#next[last] = node;
    this.#previous[node] = last;
    this.#next[node] = 0;
    this.#previous[0] = node;
    this.count++;
  }

  remove(port: number): void {
    const node = port - this.min + 1;
    const next = this.#next[node]!;
    const previous = this.#previous[node]!;
    this.#next[previous] = next;
    this.#previous[next] = previous;
    this.count--;
  }

  /** The one before `port`; 0: `port` is the oldest. */
  before(port: number): number {
    const node = this.#previous[port - this.min + 1]!;
    return node === 0 ? 0 : node + this.min - 1;
  }

  /** The oldest, or the one after `port`; 0: none. */
  after(port: number): number {
    const node = this.#next[port === 0 ? 0 : port - this.min + 1]!;
    return node === 0 ? 0 : node + this.min - 1;
  }
}

/**
 * The ports of one local address. Several ranges may overlap: a port is owned once, whichever range it was taken
 * from. A port that is given back becomes the last to be taken again, in every range that covers it.
 */
export class PortPool {
  readonly #lists: FreeList[] = [];
  /** 1: in use, or not in any range. */
  readonly #isTaken: Uint8Array = new Uint8Array(65537).fill(1);
  readonly #holder: PortHolder;
  /** How often a port was skipped because somebody else had it. */
  busyCount = 0;

  constructor(holder: PortHolder) {
    this.#holder = holder;
  }

  /**
   * Adds a range, inclusive at both ends. All ranges are added before the first port is taken.
   *
   * @param start where in the range to begin, 0 up to but not including 1
   * @returns the range's number
   */
  addRange(min: number, max: number, start: number): number {
    const list = new FreeList(min, max);
    const size = max - min + 1;
    // Begin with an even port, so that pairs stay together.
    const first = Math.floor(start * size) & ~1;
    for (let index = 0; index < size; index++) {
      const port = min + ((first + index) % size);
      list.append(port);
      this.#isTaken[port] = 0;
    }
    return this.#lists.push(list) - 1;
  }

  total(range: number): number {
    const list = this.#lists[range]!;
    return list.max - list.min + 1;
  }

  used(range: number): number {
    return this.total(range) - this.#lists[range]!.count;
  }

  /** Whether the pool owns the port out of hand. */
  isTaken(port: number): boolean {
    return this.#isTaken[port] === 1;
  }

  /**
   * Takes one port, or an even one and the next.
   *
   * @returns the first port; 0: there is none
   */
  take(range: number, count: 1 | 2): number {
    const list = this.#lists[range]!;
    let port = list.after(0);
    for (let left = list.count; left > 0 && port !== 0; left--) {
      const before = list.before(port);
      if (!this.#isCandidate(list, port, count)) {
        port = list.after(port);
      } else if (this.#acquire(port, count)) {
        return port;
      } else {
        // It went to the end of the list: what came after it now comes after the one before it.
        port = list.after(before);
      }
    }
    return 0;
  }

  /** Gives ports back, with the operating system first. */
  give(port: number): void {
    assert(this.#isTaken[port] === 1, `port ${port} was not taken`);
    this.#holder.abandon(port);
    this.#isTaken[port] = 0;
    for (const list of this.#lists) if (list.covers(port)) list.append(port);
  }

  #isCandidate(list: FreeList, port: number, count: 1 | 2): boolean {
    if (count === 1) return true;
    return port % 2 === 0 && list.covers(port + 1) && this.#isTaken[port + 1] === 0;
  }

  #acquire(port: number, count: 1 | 2): boolean {
    if (!this.#holder.acquire(port)) {
      this.busyCount++;
      this.#postpone(port);
      return false;
    }
    if (count === 2 && !this.#acquireSecond(port)) {
      this.busyCount++;
      this.#holder.abandon(port);
      this.#postpone(port);
      this.#postpone(port + 1);
      return false;
    }
    for (let index = 0; index < count; index++) this.#markTaken(port + index);
    return true;
  }

  #acquireSecond(first: number): boolean {
    try {
      return this.#holder.acquire(first + 1);
    } catch (error) {
      this.#holder.abandon(first);
      throw error;
    }
  }

  #markTaken(port: number): void {
    this.#isTaken[port] = 1;
    for (const list of this.#lists) if (list.covers(port)) list.remove(port);
  }

  /** Somebody else has it: try it last. */
  #postpone(port: number): void {
    for (const list of this.#lists) {
      if (!list.covers(port)) continue;
      list.remove(port);
      list.append(port);
    }
  }
}
