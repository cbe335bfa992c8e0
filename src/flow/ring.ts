import { assert } from "../base/errors.ts";

/** What a worker tells main. */
export const WorkerEvent = {
  /** First packet that passed every check of its flow. No bytes. */
  Validated: 1,
  /** The peer's endpoint is confirmed or has moved: five words, see `packed-endpoint.ts`. */
  Learned: 2,
  /** A STUN, DTLS or RTCP datagram: source endpoint (five words), then the datagram. */
  Stun: 3,
  Dtls: 4,
  Rtcp: 5,
  Dtmf: 6,
  /** A step threw: the message in UTF-8. */
  Fault: 7,
  /** A synchronization source was seen for the first time. No bytes. */
  Source: 8,
} as const;

/** What main tells a worker. */
export const WorkerCommand = {
  /** Local address index, port, type of service, destination (five words), then the datagram. */
  Send: 1,
  /** The kernel carries the flow no more; where its sources stand: `HANDOVER_WORDS` each. */
  TakeBack: 2,
} as const;

/** Positions count bytes from the start for ever, modulo 2^32. */
const WRITTEN = 0;
const READ = 1;
const LOST = 2;
const DATA_BYTE = 64;
/** Length, kind, flow id. */
const HEADER_BYTES = 12;

/**
 * A queue of messages between two threads, over shared memory: one writes, one reads, nobody waits.
 *
 * A message is there whole or not at all: `WRITTEN` moves after its last byte. When it does not fit it is lost and
 * counted. Neither side allocates.
 */
export class Ring {
  readonly #positions: Int32Array<SharedArrayBuffer>;
  readonly #bytes: Uint8Array<SharedArrayBuffer>;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #mask: number;
  /** Kind of the message that `take` returned last. */
  kind = 0;
  /** Flow of the message that `take` returned last. */
  flowId = 0;

  constructor(buffer: SharedArrayBuffer) {
    this.#positions = new Int32Array(buffer, 0, 3);
    this.#bytes = new Uint8Array(buffer, DATA_BYTE);
    this.#words = new Int32Array(buffer, DATA_BYTE);
    this.#mask = this.#bytes.length - 1;
    assert((this.#bytes.length & this.#mask) === 0, "ring capacity must be a power of two");
  }

  /** @param capacityBytes a power of two, at least 16 */
  static allocate(capacityBytes: number): SharedArrayBuffer {
    assert(capacityBytes >= 16 && (capacityBytes & (capacityBytes - 1)) === 0, "ring capacity");
    return new SharedArrayBuffer(DATA_BYTE + capacityBytes);
  }

  /** Messages that did not fit, since the start. */
  get lost(): number {
    return Atomics.load(this.#positions, LOST) >>> 0;
  }

  /** Where the writer is: it has moved when something was written. */
  get written(): number {
    return Atomics.load(this.#positions, WRITTEN);
  }

  /** Whether a message waits. */
  get isEmpty(): boolean {
    return Atomics.load(this.#positions, READ) === Atomics.load(this.#positions, WRITTEN);
  }

  /**
   * Writer: appends a message of `length` bytes from `source`.
   *
   * @returns false when it did not fit; it is counted
   */
  push(kind: number, flowId: number, source: Uint8Array, offset: number, length: number): boolean {
    const written = this.#positions[WRITTEN]!;
    const used = (written - Atomics.load(this.#positions, READ)) | 0;
    const needed = HEADER_BYTES + ((length + 3) & ~3);
    if (used + needed > this.#bytes.length) {
      Atomics.add(this.#positions, LOST, 1);
      return false;
    }
    const mask = this.#mask;
    this.#words[(written & mask) >> 2] = length;
    this.#words[((written + 4) & mask) >> 2] = kind;
    this.#words[((written + 8) & mask) >> 2] = flowId;
    const start = written + HEADER_BYTES;
    for (let index = 0; index < length; index++) {
      this.#bytes[(start + index) & mask] = source[offset + index]!;
    }
    Atomics.store(this.#positions, WRITTEN, (written + needed) | 0);
    return true;
  }

  /**
   * Reader: takes the oldest message off; its bytes go to `into`, from `offset` (cut off where `into` ends), its
   * kind and flow to the properties of that name.
   *
   * @returns its length; -1 when there is none
   */
  take(into: Uint8Array, offset: number): number {
    const read = this.#positions[READ]!;
    if (read === Atomics.load(this.#positions, WRITTEN)) return -1;
    const mask = this.#mask;
    const length = this.#words[(read & mask) >> 2]!;
    this.kind = this.#words[((read + 4) & mask) >> 2]!;
    this.flowId = this.#words[((read + 8) & mask) >> 2]!;
    const start = read + HEADER_BYTES;
    const kept = Math.min(length, into.length - offset);
    for (let index = 0; index < kept; index++) into[offset + index] = this.#bytes[(start + index) & mask]!;
    Atomics.store(this.#positions, READ, (read + HEADER_BYTES + ((length + 3) & ~3)) | 0);
    return kept;
  }
}
