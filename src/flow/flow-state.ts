import type { Micros } from "../base/brand.ts";
import type { Endpoint } from "../base/endpoint.ts";
import type { FlowId } from "./flow.ts";
import type { KernelSource, KernelStates } from "./kernel-state.ts";
import { ENDPOINT_WORDS, readEndpoint } from "./packed-endpoint.ts";
import { DROP_REASON_NAMES } from "./reasons.ts";

/**
 * Layout of `FlowState`: what a flow has seen, in shared memory, one record per `flowId`.
 *
 * It survives generations (re-INVITEs) and is zeroed when the slot is reserved anew. **Single writer: the worker
 * that carries the flow**, for every field; main only reads, and zeroes a record that no worker can reach. Main's
 * reads may be a packet old. Counters are float64: exact to 2^53. What the kernel counts lies apart
 * (`kernel-state.ts`); `FlowStates` reads both as one.
 *
 * ```
 *  bytes    0..63   numbers: StateNumber
 *          64..255  drops by DropReason, one number each
 *         256..287  words: StateWord
 *         288..407  endpoints: learned, four candidates, the streak's source
 *         416..799  four synchronization sources, 96 bytes each
 * ```
 */
export const STATE_BYTES = 832;
export const STATE_NUMBERS: number = STATE_BYTES / 8;
export const STATE_WORDS: number = STATE_BYTES / 4;

/** Offsets of float64 fields, in numbers from the start of the record. */
export const StateNumber = {
  /** Accepted from the network, whatever became of it then. */
  packetsIn: 0,
  bytesIn: 1,
  /** Sent from this flow's socket; written by the worker that sends, which is the same one. */
  packetsOut: 2,
  bytesOut: 3,
  /** Micros; 0: nothing yet. */
  firstSeen: 4,
  lastSeen: 5,
  /** Packets of synchronization sources beyond the cap. */
  packetsOverCap: 6,
  /** Micros; when a packet was last seen again, on a flow that is checked for loops. */
  loopRepeatedAt: 7,
  /** First of the drop counters. */
  drops: 8,
} as const;

/** Room for drop counters. */
export const DROP_SLOTS = 24;

/** Offsets of 32-bit fields, in words from the start of the record. */
export const StateWord = {
  /** The `SourcePolicy.endpointEpoch` that `learned` belongs to. */
  endpointEpoch: 64,
  /** `LatchFlag` bits. */
  latchFlags: 65,
  /** How well `learned` matches what was signalled: 0 best; `safe` only. */
  learnedRank: 66,
  /** Of the last packet of the streak's source; `safe` only. */
  streakSsrc: 67,
  streakSequence: 68,
  /** Odd while `learned` is being written. */
  learnedVersion: 69,
  /** How many of the synchronization source records are in use. */
  sourceCount: 70,
  /** 1 once `validated` was raised. */
  isValidated: 71,
  /** Where the peer is. */
  learned: 72,
  /** Heuristic: last source seen in each class of match, best first. */
  candidates: 77,
  /** `safe`: the source that might become the peer. */
  streakSource: 97,
  /** The `SourcePolicy.latchEpoch` that `LatchFlag.Confirmed` belongs to. */
  latchEpoch: 102,
  /** How often in a row, each within a second of the one before. */
  loopRepeats: 103,
  /** First synchronization source record. */
  sources: 104,
  /** Where in the window the next hash goes. */
  loopPosition: 200,
  /** Hashes of the packets seen last. */
  loopWindow: 201,
} as const;

/** Bits of `StateWord.latchFlags`. */
export const LatchFlag = { Learned: 1, Confirmed: 2 } as const;

/** Packets that are compared with when looking for a loop. */
export const LOOP_WINDOW = 7;

/** At most this many synchronization sources are accounted separately. */
export const MAX_SOURCES = 4;
export const SOURCE_WORDS = 24;
export const SOURCE_NUMBERS: number = SOURCE_WORDS / 2;

/** Float64 fields of a synchronization source, in numbers from its start. */
export const SourceNumber = {
  packets: 0,
  bytes: 1,
  /** Micros. */
  lastSeen: 2,
  /** RFC 3550 A.8, in RTP clock units, unrounded. */
  jitter: 3,
  reordered: 4,
  duplicates: 5,
  /** Packets expected in sequences that ended by a restart of the sender. */
  expectedBefore: 6,
} as const;

/** 32-bit fields of a synchronization source, in words from its start. */
export const SourceWord = {
  ssrc: 14,
  /** Wraps of the sequence number. */
  cycles: 15,
  highestSequence: 16,
  firstSequence: 17,
  /** Where a sender that jumped would go on, plus one; 0: no jump (RFC 3550 A.1 `bad_seq`). */
  restartSequence: 18,
  /** Bit n of the 64: `highestSequence - n` was received. */
  windowLow: 19,
  windowHigh: 20,
  lastPayloadType: 21,
  lastTimestamp: 22,
} as const;

/** Statistics of one synchronization source on one flow (RFC 3550 §6.4.1, appendix A). */
export interface SourceReading {
  readonly ssrc: number;
  readonly packets: number;
  readonly bytes: number;
  readonly extendedHighestSequenceNumber: number;
  readonly firstSequenceNumber: number;
  /** Expected less received, not below 0. */
  readonly lost: number;
  readonly reordered: number;
  readonly duplicates: number;
  /** RFC 3550 A.8, in RTP clock units. */
  readonly interarrivalJitterTicks: number;
  readonly lastPayloadType: number;
  readonly lastTimestamp: number;
  readonly lastSeen: Micros;
}

const MAX_READ_ATTEMPTS = 1000;

/** The records of all flows, seen through the views that both sides use. */
export class FlowStates {
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly numbers: Float64Array<SharedArrayBuffer>;
  readonly #kernel: KernelStates | undefined;

  /** @param kernel what the kernel counts of the same flows; workers have no use for it */
  constructor(buffer: SharedArrayBuffer, kernel?: KernelStates) {
    this.words = new Int32Array(buffer);
    this.numbers = new Float64Array(buffer);
    this.#kernel = kernel;
  }

  /** Memory for `capacity` flows, all zero; pages that are never touched cost nothing. */
  static allocate(capacity: number): SharedArrayBuffer {
    return new SharedArrayBuffer(capacity * STATE_BYTES);
  }

  /** Zeroes a record. Only while no worker can reach it. */
  clear(flowId: FlowId): void {
    this.numbers.fill(0, flowId * STATE_NUMBERS, (flowId + 1) * STATE_NUMBERS);
    this.#kernel?.clear(flowId);
  }

  packetsIn(flowId: FlowId): number {
    return this.byWorker(flowId, StateNumber.packetsIn) + (this.#kernel?.packetsIn(flowId) ?? 0);
  }

  bytesIn(flowId: FlowId): number {
    return this.byWorker(flowId, StateNumber.bytesIn) + (this.#kernel?.bytesIn(flowId) ?? 0);
  }

  packetsOut(flowId: FlowId): number {
    return this.byWorker(flowId, StateNumber.packetsOut) + (this.#kernel?.packetsOut(flowId) ?? 0);
  }

  bytesOut(flowId: FlowId): number {
    return this.byWorker(flowId, StateNumber.bytesOut) + (this.#kernel?.bytesOut(flowId) ?? 0);
  }

  /** 0: nothing yet. */
  firstSeen(flowId: FlowId): Micros {
    return this.byWorker(flowId, StateNumber.firstSeen) as Micros;
  }

  /** 0: nothing yet. */
  lastSeen(flowId: FlowId): Micros {
    const byWorker = this.byWorker(flowId, StateNumber.lastSeen);
    return Math.max(byWorker, this.#kernel?.lastSeen(flowId) ?? 0) as Micros;
  }

  /** One of `StateNumber`: what the worker alone has seen. */
  byWorker(flowId: FlowId, field: number): number {
    return this.numbers[flowId * STATE_NUMBERS + field]!;
  }

  /** Drop counters by `DropReason`; a copy. */
  drops(flowId: FlowId): number[] {
    const at = flowId * STATE_NUMBERS + StateNumber.drops;
    const drops: number[] = [];
    for (let reason = 0; reason < DROP_REASON_NAMES.length; reason++) drops.push(this.numbers[at + reason]!);
    return drops;
  }

  /** The learned endpoint, read whole although the worker may be writing it. */
  learned(
    flowId: FlowId,
    { endpointEpoch, latchEpoch }: { readonly endpointEpoch: number; readonly latchEpoch: number },
  ): { endpoint: Endpoint | undefined; isConfirmed: boolean } {
    const base = flowId * STATE_WORDS;
    for (let attempt = 0; ; attempt++) {
      const version = Atomics.load(this.words, base + StateWord.learnedVersion);
      const copy = this.words.slice(base + StateWord.learned, base + StateWord.learned + ENDPOINT_WORDS);
      const flags = this.words[base + StateWord.latchFlags]!;
      const epoch = this.words[base + StateWord.endpointEpoch]!;
      const isLatched = this.words[base + StateWord.latchEpoch] === latchEpoch;
      const isWhole =
        (version & 1) === 0 && Atomics.load(this.words, base + StateWord.learnedVersion) === version;
      // A worker that died while writing leaves the version odd for ever.
      if (!isWhole && attempt < MAX_READ_ATTEMPTS) continue;
      const isCurrent = epoch === endpointEpoch;
      return {
        endpoint: isCurrent && (flags & LatchFlag.Learned) !== 0 ? readEndpoint(copy, 0) : undefined,
        isConfirmed: isCurrent && isLatched && (flags & LatchFlag.Confirmed) !== 0,
      };
    }
  }

  /** What is known of each synchronization source; a copy. */
  sources(flowId: FlowId): SourceReading[] {
    const count = Math.min(this.words[flowId * STATE_WORDS + StateWord.sourceCount]!, MAX_SOURCES);
    return Array.from({ length: count }, (_, index) => this.#source(flowId, index));
  }

  #source(flowId: FlowId, index: number): SourceReading {
    const words = flowId * STATE_WORDS + StateWord.sources + index * SOURCE_WORDS;
    const word = (field: number): number => this.words[words + field]!;
    const number = (field: number): number => this.numbers[words / 2 + field]!;
    const carried = {
      ssrc: word(SourceWord.ssrc) >>> 0,
      packets: number(SourceNumber.packets),
      bytes: number(SourceNumber.bytes),
      reordered: number(SourceNumber.reordered),
      duplicates: number(SourceNumber.duplicates),
    };
    const position: SourcePosition = {
      expectedBefore: number(SourceNumber.expectedBefore),
      lastSeen: number(SourceNumber.lastSeen) as Micros,
      jitterTicks: number(SourceNumber.jitter),
      cycles: word(SourceWord.cycles),
      highestSequence: word(SourceWord.highestSequence),
      firstSequence: word(SourceWord.firstSequence),
      lastPayloadType: word(SourceWord.lastPayloadType),
      lastTimestamp: word(SourceWord.lastTimestamp) >>> 0,
    };
    const kernel = this.#kernel;
    if (kernel === undefined || index >= kernel.sourceCount(flowId)) return readingOf(carried, position);
    const inKernel = kernel.source(flowId, index);
    return readingOf(sumOf(carried, inKernel), kernel.isFollowing(flowId) ? inKernel : position);
  }
}

/** What was counted of a source, by whoever carried it. */
type SourceSums = Pick<SourceReading, "ssrc" | "packets" | "bytes" | "reordered" | "duplicates">;

/** Where a source stands, as the one who follows its sequence numbers knows. */
type SourcePosition = Omit<KernelSource, keyof SourceSums>;

function sumOf(worker: SourceSums, kernel: SourceSums): SourceSums {
  return {
    ssrc: worker.ssrc,
    packets: worker.packets + kernel.packets,
    bytes: worker.bytes + kernel.bytes,
    reordered: worker.reordered + kernel.reordered,
    duplicates: worker.duplicates + kernel.duplicates,
  };
}

function readingOf(sums: SourceSums, position: SourcePosition): SourceReading {
  const extended = position.cycles * 65536 + position.highestSequence;
  const expected = position.expectedBefore + extended - position.firstSequence + 1;
  return {
    ...sums,
    extendedHighestSequenceNumber: extended,
    firstSequenceNumber: position.firstSequence,
    lost: Math.max(0, expected - sums.packets),
    interarrivalJitterTicks: position.jitterTicks,
    lastPayloadType: position.lastPayloadType,
    lastTimestamp: position.lastTimestamp,
    lastSeen: position.lastSeen,
  };
}
