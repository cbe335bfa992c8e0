import { InvariantError } from "../base/errors.ts";
import { lastErrno } from "./errors.ts";
import * as libc from "./libc.ts";
import { ForeignMemory, type KeptAddress } from "./memory.ts";

/*
 * struct mmsghdr (64-bit Linux, the same on x64 and arm64), 64 bytes:
 *    0 name pointer   8 name length (4)  16 vector pointer  24 vector length
 *   32 control pointer                   40 control length  48 flags (4)  56 message length (4)
 */
const MESSAGE_BYTES = 64;
const NAME_LENGTH_WORD = 2;
const CONTROL_LENGTH_WORD = 10;
const FLAGS_WORD = 12;
const MESSAGE_LENGTH_WORD = 14;
const VECTOR_BYTES = 16;
const NAME_BYTES = 32;
const CONTROL_BYTES = 64;

const MSG_TRUNC = 0x20;
const MSG_DONTWAIT = 0x40;

/**
 * Datagrams taken off a socket in one system call, read in place. Allocates nothing after construction.
 *
 * `payload` holds them at `index × stride`; `meta` the source `sockaddr` at `sourceOffset(index)` and the
 * first control message at `controlOffset(index)`. All of it is overwritten by the next `receive`.
 */
export class ReceiveBatch {
  readonly capacity: number;
  /** Bytes from one datagram's buffer to the next; also the longest datagram. */
  readonly stride: number;
  readonly payload: ForeignMemory;
  readonly meta: ForeignMemory;
  #address: KeptAddress = null;
  readonly #namesAt: number;
  readonly #controlAt: number;
  /** How many headers the last call has changed. */
  #used: number;

  /** @param extraBytes room behind the datagrams in `payload`, for the caller's own */
  constructor(capacity: number, stride: number, extraBytes: number) {
    if (capacity < 1 || stride < 64 || stride % 8 !== 0) throw new InvariantError("receive batch: bad size");
    this.capacity = capacity;
    this.stride = stride;
    this.payload = new ForeignMemory(capacity * stride + extraBytes);
    this.#namesAt = capacity * (MESSAGE_BYTES + VECTOR_BYTES);
    this.#controlAt = this.#namesAt + capacity * NAME_BYTES;
    this.meta = new ForeignMemory(this.#controlAt + capacity * CONTROL_BYTES);
    this.#address = this.meta.addressOf(0, capacity * MESSAGE_BYTES);
    this.#used = capacity;
    for (let index = 0; index < capacity; index++) this.#prepare(index);
  }

  #prepare(index: number): void {
    const { meta, payload, stride, capacity } = this;
    const message = index * MESSAGE_BYTES;
    const vector = capacity * MESSAGE_BYTES + index * VECTOR_BYTES;
    meta.writePointer(message, meta.addressOf(this.sourceOffset(index), NAME_BYTES));
    meta.writePointer(message + 16, meta.addressOf(vector, VECTOR_BYTES));
    meta.writePointer(message + 24, 1);
    meta.writePointer(message + 32, meta.addressOf(this.controlOffset(index), CONTROL_BYTES));
    meta.writePointer(vector, payload.addressOf(index * stride, stride));
    meta.writePointer(vector + 8, stride);
  }

  /** @returns how many datagrams came (0: none waits), or the negative error number */
  receive(fd: number): number {
    const words = this.meta.words32;
    for (let index = 0; index < this.#used; index++) {
      const word = index * (MESSAGE_BYTES / 4);
      words[word + NAME_LENGTH_WORD] = NAME_BYTES;
      words[word + CONTROL_LENGTH_WORD] = CONTROL_BYTES;
    }
    const count = libc.recvmmsg(fd, this.#address as number, this.capacity, MSG_DONTWAIT, 0);
    this.#used = Math.max(count, 0);
    return count < 0 ? -lastErrno() : count;
  }

  /** Bytes of datagram `index`. */
  length(index: number): number {
    return this.meta.words32[index * (MESSAGE_BYTES / 4) + MESSAGE_LENGTH_WORD]!;
  }

  /** Whether the datagram was longer than its buffer. */
  isTruncated(index: number): boolean {
    return (this.meta.words32[index * (MESSAGE_BYTES / 4) + FLAGS_WORD]! & MSG_TRUNC) !== 0;
  }

  sourceOffset(index: number): number {
    return this.#namesAt + index * NAME_BYTES;
  }

  controlOffset(index: number): number {
    return this.#controlAt + index * CONTROL_BYTES;
  }
}

/** Room for the headers a datagram brings along: IPv6 (40) and UDP (8). */
const HEADER_BYTES = 64;
const VECTORS_PER_MESSAGE = 2;

/**
 * Datagrams that leave in one system call: up to 64 bytes of header each, then payload that stays where it
 * is. Allocates nothing after construction.
 *
 * The caller writes destination and header into `meta` at `destinationOffset` and `headerOffset`, then calls
 * `set`. Payload must stay unchanged until `send` has returned.
 */
export class SendBatch {
  readonly capacity: number;
  readonly meta: ForeignMemory;
  readonly #payloadAddress: number;
  readonly #payloadBytes: number;
  #address: KeptAddress = null;
  readonly #vectorsAt: number;
  readonly #namesAt: number;
  readonly #headersAt: number;

  constructor(capacity: number, payload: ForeignMemory) {
    if (capacity < 1) throw new InvariantError("send batch: no room");
    this.capacity = capacity;
    this.#payloadAddress = payload.address;
    this.#payloadBytes = payload.byteLength;
    this.#vectorsAt = capacity * MESSAGE_BYTES;
    this.#namesAt = this.#vectorsAt + capacity * VECTORS_PER_MESSAGE * VECTOR_BYTES;
    this.#headersAt = this.#namesAt + capacity * NAME_BYTES;
    this.meta = new ForeignMemory(this.#headersAt + capacity * HEADER_BYTES);
    this.#address = this.meta.addressOf(0, capacity * MESSAGE_BYTES);
    for (let index = 0; index < capacity; index++) this.#prepare(index);
  }

  #prepare(index: number): void {
    const { meta } = this;
    const message = index * MESSAGE_BYTES;
    const vector = this.#vectorsAt + index * VECTORS_PER_MESSAGE * VECTOR_BYTES;
    meta.writePointer(message, meta.addressOf(this.destinationOffset(index), NAME_BYTES));
    meta.writePointer(message + 16, meta.addressOf(vector, VECTORS_PER_MESSAGE * VECTOR_BYTES));
    meta.writePointer(message + 24, VECTORS_PER_MESSAGE);
    meta.writePointer(vector, meta.addressOf(this.headerOffset(index), HEADER_BYTES));
  }

  /**
   * Fills in the lengths of message `index` and where its payload is.
   *
   * @throws InvariantError when something lies outside its buffer
   */
  set(
    index: number,
    nameLength: number,
    headerLength: number,
    payloadOffset: number,
    payloadLength: number,
  ): void {
    if (
      index >= this.capacity ||
      nameLength > NAME_BYTES ||
      headerLength > HEADER_BYTES ||
      payloadOffset < 0 ||
      payloadLength < 0 ||
      payloadOffset + payloadLength > this.#payloadBytes
    ) {
      throw new InvariantError("send batch: outside its buffers");
    }
    const words = this.meta.words32;
    words[index * (MESSAGE_BYTES / 4) + NAME_LENGTH_WORD] = nameLength;
    const vector = (this.#vectorsAt + index * VECTORS_PER_MESSAGE * VECTOR_BYTES) >> 2;
    words[vector + 2] = headerLength;
    const address = this.#payloadAddress + payloadOffset;
    words[vector + 4] = address | 0;
    words[vector + 5] = (address / 0x1_0000_0000) | 0;
    words[vector + 6] = payloadLength;
  }

  /** @returns how many of the messages from `first` to `end` were sent, or the negative error number */
  send(fd: number, first: number, end: number): number {
    if (first < 0 || end > this.capacity || first >= end) throw new InvariantError("send batch: bad range");
    const start = this.#address as number;
    // The sum is a new number: only after a refused message.
    const address = first === 0 ? start : start + first * MESSAGE_BYTES;
    const sent = libc.sendmmsg(fd, address, end - first, MSG_DONTWAIT);
    return sent < 0 ? -lastErrno() : sent;
  }

  destinationOffset(index: number): number {
    return this.#namesAt + index * NAME_BYTES;
  }

  headerOffset(index: number): number {
    return this.#headersAt + index * HEADER_BYTES;
  }
}
