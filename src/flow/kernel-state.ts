import type { Micros } from "../base/brand.ts";
import type { FlowId } from "./flow.ts";
import {
  type FlowStates,
  MAX_SOURCES,
  SOURCE_WORDS,
  SourceNumber,
  SourceWord,
  STATE_WORDS,
  StateWord,
} from "./flow-state.ts";

/**
 * Layout of what the kernel's program counts, in memory that it shares with main: `struct state` of
 * `bpf/fastpath.bpf.c`, one record per `flowId`. Numbers are 64-bit integers in two words, the lower one first.
 *
 * **Writers: the kernel**, each field by one atomic operation or under the lock of its source; main zeroes a record
 * that the program cannot reach, and hands sources over before it can.
 *
 * A flow's sequence numbers are followed by one of the two, worker or kernel: whoever carries it. Each counts what
 * it has carried; what was lost follows from the numbers of the one and the sum of both.
 */
export const KERNEL_STATE_BYTES = 464;
const KERNEL_STATE_WORDS: number = KERNEL_STATE_BYTES / 4;

/** Offsets of 64-bit fields in words from the start of a record. */
const KernelWord = {
  packetsIn: 0,
  bytesIn: 2,
  packetsOut: 4,
  bytesOut: 6,
  lastSeen: 8,
  /** 32 bits. */
  sourceCount: 10,
  sources: 12,
} as const;

const KERNEL_SOURCE_WORDS = 26;

/** Offsets in words from the start of a source; those up to `window` are 64 bits wide. */
const KernelSourceWord = {
  lock: 0,
  packets: 2,
  bytes: 4,
  reordered: 6,
  duplicates: 8,
  expectedBefore: 10,
  lastSeen: 12,
  jitter: 14,
  window: 16,
  ssrc: 18,
  cycles: 19,
  highestSequence: 20,
  firstSequence: 21,
  restartSequence: 22,
  lastPayloadType: 23,
  lastTimestamp: 24,
} as const;

/** The kernel has no fractions: jitter is in 4096ths of a timestamp unit. */
const JITTER_SCALE = 4096;

/** Words of a source that is handed back to a worker: see `HandoverWord`. */
export const HANDOVER_WORDS = 16;

/** Where a source stands, as main tells a worker that takes a flow back. Offsets in words; times and sums in two. */
export const HandoverWord = {
  ssrc: 0,
  cycles: 1,
  highestSequence: 2,
  firstSequence: 3,
  restartSequence: 4,
  windowLow: 5,
  windowHigh: 6,
  lastPayloadType: 7,
  lastTimestamp: 8,
  /** Float64s, in words. */
  lastSeen: 10,
  jitter: 12,
  expectedBefore: 14,
} as const;

/** What the kernel has counted of one flow. */
export interface KernelCounters {
  readonly packetsIn: number;
  readonly bytesIn: number;
  readonly packetsOut: number;
  readonly bytesOut: number;
  readonly lastSeen: Micros;
}

/** Where a source stands, as whoever follows it knows. */
export interface KernelSource {
  readonly ssrc: number;
  readonly packets: number;
  readonly bytes: number;
  readonly reordered: number;
  readonly duplicates: number;
  readonly expectedBefore: number;
  readonly lastSeen: Micros;
  readonly jitterTicks: number;
  readonly cycles: number;
  readonly highestSequence: number;
  readonly firstSequence: number;
  readonly lastPayloadType: number;
  readonly lastTimestamp: number;
}

/** The kernel's records of all flows. */
export class KernelStates {
  #words: Int32Array;
  /** 1 while the kernel follows the flow's sequence numbers. */
  readonly #isFollowing: Uint8Array;

  /** @param words the whole map, as main sees it */
  constructor(words: Int32Array) {
    this.#words = words;
    this.#isFollowing = new Uint8Array(Math.floor(words.length / KERNEL_STATE_WORDS));
  }

  /** Keeps what was counted when the memory goes away. */
  detach(): void {
    this.#words = this.#words.slice();
  }

  /** Whether the kernel follows the flow's sequence numbers. */
  isFollowing(flowId: FlowId): boolean {
    return this.#isFollowing[flowId] === 1;
  }

  /** Zeroes a record. Only while the program cannot reach it. */
  clear(flowId: FlowId): void {
    this.#words.fill(0, flowId * KERNEL_STATE_WORDS, (flowId + 1) * KERNEL_STATE_WORDS);
    this.#isFollowing[flowId] = 0;
  }

  packetsIn(flowId: FlowId): number {
    return this.#number(flowId * KERNEL_STATE_WORDS + KernelWord.packetsIn);
  }

  bytesIn(flowId: FlowId): number {
    return this.#number(flowId * KERNEL_STATE_WORDS + KernelWord.bytesIn);
  }

  packetsOut(flowId: FlowId): number {
    return this.#number(flowId * KERNEL_STATE_WORDS + KernelWord.packetsOut);
  }

  bytesOut(flowId: FlowId): number {
    return this.#number(flowId * KERNEL_STATE_WORDS + KernelWord.bytesOut);
  }

  lastSeen(flowId: FlowId): Micros {
    return this.#number(flowId * KERNEL_STATE_WORDS + KernelWord.lastSeen) as Micros;
  }

  /** How many sources the kernel knows. */
  sourceCount(flowId: FlowId): number {
    return Math.min(this.#words[flowId * KERNEL_STATE_WORDS + KernelWord.sourceCount]!, MAX_SOURCES);
  }

  /** One of the sources the kernel knows. */
  source(flowId: FlowId, index: number): KernelSource {
    const at = this.#sourceAt(flowId, index);
    const word = (field: number): number => this.#words[at + field]!;
    const number = (field: number): number => this.#number(at + field);
    return {
      ssrc: word(KernelSourceWord.ssrc) >>> 0,
      packets: number(KernelSourceWord.packets),
      bytes: number(KernelSourceWord.bytes),
      reordered: number(KernelSourceWord.reordered),
      duplicates: number(KernelSourceWord.duplicates),
      expectedBefore: number(KernelSourceWord.expectedBefore),
      lastSeen: number(KernelSourceWord.lastSeen) as Micros,
      jitterTicks: number(KernelSourceWord.jitter) / JITTER_SCALE,
      cycles: word(KernelSourceWord.cycles),
      highestSequence: word(KernelSourceWord.highestSequence),
      firstSequence: word(KernelSourceWord.firstSequence),
      lastPayloadType: word(KernelSourceWord.lastPayloadType),
      lastTimestamp: word(KernelSourceWord.lastTimestamp) >>> 0,
    };
  }

  /** Gives the kernel the sources that the worker knows, as far as it does not follow them already. */
  take(flowId: FlowId, states: FlowStates): void {
    const first = this.isFollowing(flowId) ? this.sourceCount(flowId) : 0;
    const count = Math.min(states.words[flowId * STATE_WORDS + StateWord.sourceCount]!, MAX_SOURCES);
    for (let index = first; index < count; index++) this.#take(flowId, index, states);
    Atomics.store(this.#words, flowId * KERNEL_STATE_WORDS + KernelWord.sourceCount, count);
    this.#isFollowing[flowId] = 1;
  }

  /** Takes the sources back, after the program has lost its way to the flow: for a worker, `HANDOVER_WORDS` each. */
  giveBack(flowId: FlowId): Int32Array {
    const count = this.sourceCount(flowId);
    const words = new Int32Array(count * HANDOVER_WORDS);
    const numbers = new Float64Array(words.buffer);
    for (let index = 0; index < count; index++) {
      const at = this.#sourceAt(flowId, index);
      const to = index * HANDOVER_WORDS;
      const copy = (handover: number, field: number): void => {
        words[to + handover] = this.#words[at + field]!;
      };
      copy(HandoverWord.ssrc, KernelSourceWord.ssrc);
      copy(HandoverWord.cycles, KernelSourceWord.cycles);
      copy(HandoverWord.highestSequence, KernelSourceWord.highestSequence);
      copy(HandoverWord.firstSequence, KernelSourceWord.firstSequence);
      copy(HandoverWord.restartSequence, KernelSourceWord.restartSequence);
      copy(HandoverWord.windowLow, KernelSourceWord.window);
      copy(HandoverWord.windowHigh, KernelSourceWord.window + 1);
      copy(HandoverWord.lastPayloadType, KernelSourceWord.lastPayloadType);
      copy(HandoverWord.lastTimestamp, KernelSourceWord.lastTimestamp);
      const source = this.source(flowId, index);
      numbers[(to + HandoverWord.lastSeen) / 2] = source.lastSeen;
      numbers[(to + HandoverWord.jitter) / 2] = source.jitterTicks;
      numbers[(to + HandoverWord.expectedBefore) / 2] = source.expectedBefore;
    }
    this.#isFollowing[flowId] = 0;
    return words;
  }

  /** Its sums stay: they count what the kernel has carried, ever. */
  #take(flowId: FlowId, index: number, { words, numbers }: FlowStates): void {
    const from = flowId * STATE_WORDS + StateWord.sources + index * SOURCE_WORDS;
    const at = this.#sourceAt(flowId, index);
    const copy = (field: number, source: number): void => {
      this.#words[at + field] = words[from + source]!;
    };
    copy(KernelSourceWord.ssrc, SourceWord.ssrc);
    copy(KernelSourceWord.cycles, SourceWord.cycles);
    copy(KernelSourceWord.highestSequence, SourceWord.highestSequence);
    copy(KernelSourceWord.firstSequence, SourceWord.firstSequence);
    copy(KernelSourceWord.restartSequence, SourceWord.restartSequence);
    copy(KernelSourceWord.window, SourceWord.windowLow);
    copy(KernelSourceWord.window + 1, SourceWord.windowHigh);
    copy(KernelSourceWord.lastPayloadType, SourceWord.lastPayloadType);
    copy(KernelSourceWord.lastTimestamp, SourceWord.lastTimestamp);
    const number = (field: number): number => numbers[from / 2 + field]!;
    this.#store(at + KernelSourceWord.lastSeen, number(SourceNumber.lastSeen));
    this.#store(at + KernelSourceWord.jitter, number(SourceNumber.jitter) * JITTER_SCALE);
    this.#store(at + KernelSourceWord.expectedBefore, number(SourceNumber.expectedBefore));
  }

  #sourceAt(flowId: FlowId, index: number): number {
    return flowId * KERNEL_STATE_WORDS + KernelWord.sources + index * KERNEL_SOURCE_WORDS;
  }

  /** Read whole, although the kernel may be counting on. */
  #number(at: number): number {
    const words = this.#words;
    for (;;) {
      const high = words[at + 1]! >>> 0;
      const low = words[at]! >>> 0;
      if (words[at + 1]! >>> 0 === high) return high * 2 ** 32 + low;
    }
  }

  #store(at: number, value: number): void {
    const whole = Math.round(value);
    this.#words[at] = whole;
    this.#words[at + 1] = Math.floor(whole / 2 ** 32);
  }
}
