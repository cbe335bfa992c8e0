import { type FlowStates, STATE_NUMBERS, StateNumber } from "../../flow/flow-state.ts";
import { DropReason } from "../../flow/reasons.ts";
import { Errno } from "../../platform/errors.ts";
import type { ForeignMemory } from "../../platform/memory.ts";
import { SendBatch } from "../../platform/message-batch.ts";

/** What is queued for one descriptor, with the flows to count it on. Allocates nothing after construction. */
export class SendQueue {
  readonly batch: SendBatch;
  count = 0;
  readonly #states: FlowStates;
  readonly #inFlows: Int32Array;
  readonly #outFlows: Int32Array;
  readonly #lengths: Int32Array;

  constructor(capacity: number, buffers: ForeignMemory, states: FlowStates) {
    this.batch = new SendBatch(capacity, buffers);
    this.#states = states;
    this.#inFlows = new Int32Array(capacity);
    this.#outFlows = new Int32Array(capacity);
    this.#lengths = new Int32Array(capacity);
  }

  get isFull(): boolean {
    return this.count === this.batch.capacity;
  }

  /** Adds the message whose destination and header stand in slot `count`. */
  add(
    nameLength: number,
    headerLength: number,
    payloadOffset: number,
    payloadLength: number,
    inFlow: number,
    outFlow: number,
  ): void {
    const { count } = this;
    this.batch.set(count, nameLength, headerLength, payloadOffset, payloadLength);
    this.#inFlows[count] = inFlow;
    this.#outFlows[count] = outFlow;
    this.#lengths[count] = payloadLength;
    this.count = count + 1;
  }

  /** Sends all; what the kernel refuses is counted, one by one, and the rest goes on. */
  flush(fd: number): void {
    const { count } = this;
    let first = 0;
    while (first < count) {
      const sent = this.batch.send(fd, first, count);
      if (sent > 0) {
        for (let index = first; index < first + sent; index++) this.#countSent(index);
        first += sent;
      } else if (sent !== -Errno.EINTR) {
        this.#countFailed(first);
        first++;
      }
    }
    this.count = 0;
  }

  /** Forgets what is queued: there is no descriptor for it any more. */
  discard(): void {
    for (let index = 0; index < this.count; index++) this.#countFailed(index);
    this.count = 0;
  }

  #countSent(index: number): void {
    const { numbers } = this.#states;
    const base = this.#outFlows[index]! * STATE_NUMBERS;
    numbers[base + StateNumber.packetsOut]! += 1;
    numbers[base + StateNumber.bytesOut]! += this.#lengths[index]!;
  }

  #countFailed(index: number): void {
    const { numbers } = this.#states;
    numbers[this.#inFlows[index]! * STATE_NUMBERS + StateNumber.drops + DropReason.SendFailed]! += 1;
  }
}
