import { assert } from "../base/errors.ts";
import type { EndpointLearning, Flow, FlowId, LocalSocket, PayloadTypePolicy, Sink } from "./flow.ts";
import { writeEndpoint } from "./packed-endpoint.ts";

/**
 * Layout of a compiled `Flow`: what the packet loop reads of it, in shared memory.
 *
 * Each slot has two halves and a selector (0: none, 1 or 2: that half). Main writes the half that is not selected,
 * then stores the selector: a worker sees the old flow or the new one, never half. Writer: main only.
 *
 * ```
 *  words   0..3   flags · endpoint epoch · number of sinks · generation
 *          4..5   confirmFrom (float64)
 *          6..10  expected endpoint
 *         11..15  receivedFrom (port 0)
 *         16..19  known payload types, one bit each
 *         20..51  clock rate of each payload type, one byte each: index into the table of rates
 *         52..87  the first two sinks, of 18 words
 *         88      latch epoch
 * ```
 */
export const RECORD_BYTES = 360;
export const RECORD_WORDS: number = RECORD_BYTES / 4;

/** Offsets in words from the start of a half. */
export const RecordWord = {
  flags: 0,
  endpointEpoch: 1,
  sinkCount: 2,
  generation: 3,
  expected: 6,
  receivedFrom: 11,
  knownPayloadTypes: 16,
  sinks: 52,
  latchEpoch: 88,
} as const;

/** `confirmFrom`, in numbers from the start of a half. */
export const RECORD_CONFIRM_FROM_NUMBER = 2;
/** First clock rate index, in bytes from the start of a half. */
export const RECORD_CLOCK_RATES_BYTE = 80;

/** Bits of `RecordWord.flags`; the lowest three hold `LEARNING_MODES`' index. */
export const RecordFlag = {
  LearningMask: 7,
  Strict: 8,
  Handover: 16,
  Asymmetric: 32,
  ExpectedReachable: 64,
  HasExpected: 128,
  HasReceivedFrom: 256,
  BlocksUnknown: 512,
  /** Carries RTCP only: RTCP may confirm its source. */
  RtcpOnly: 1024,
  /** No tier carries it: every packet is dropped and counted. */
  Refused: 2048,
  /** Neither RTP nor RTCP: relayed unread. */
  Opaque: 4096,
  /** What it sends may come back to it. */
  LoopChecked: 8192,
} as const;

/** Index in the flags of each mode of learning. */
export const LearningMode = { Off: 0, Immediate: 1, Delayed: 2, Heuristic: 3, Safe: 4 } as const;

const LEARNING_MODES: Readonly<Record<EndpointLearning, number>> = {
  off: LearningMode.Off,
  immediate: LearningMode.Immediate,
  delayed: LearningMode.Delayed,
  heuristic: LearningMode.Heuristic,
  safe: LearningMode.Safe,
};

/** Sinks that a flow may have: each branch of a forked call takes two, one for RTP and one for RTCP. */
export const MAX_SINKS = 16;
/** Sinks within the record; nearly every flow has no more. The others lie apart, in memory that is touched by those who have them. */
export const NEAR_SINKS = 2;
export const SINK_WORDS = 18;
const FAR_WORDS: number = (MAX_SINKS - NEAR_SINKS) * SINK_WORDS;

/** Offsets in words from the start of a sink. */
export const SinkWord = {
  flags: 0,
  fromAddressIndex: 1,
  fromPort: 2,
  fromFlowId: 3,
  /** Epoch of that slot when the flow was compiled: another one means that the port was given away. */
  fromEpoch: 4,
  followsFlowId: 5,
  followsEpoch: 6,
  tos: 7,
  to: 8,
  blockedPayloadTypes: 13,
} as const;

export const SinkFlag = { CarriesRtp: 1, CarriesRtcp: 2, HasTo: 4, WaitsForPeer: 8 } as const;

/** What compiling needs to know of the tables around a flow. */
export interface RecordContext {
  /** The flow slot that belongs to a socket of ours; -1 when it is not allocated. */
  flowIdOf(local: LocalSocket): number;
  /** How often a slot has been given out. */
  epochOf(flowId: FlowId): number;
  /** Index of a clock rate in the shared table. */
  clockRateIndex(rateHz: number): number;
}

/** The halves of all slots, through the views that both sides use. */
export class FlowRecords {
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly numbers: Float64Array<SharedArrayBuffer>;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly selectors: Int32Array<SharedArrayBuffer>;
  readonly #farBase: number;

  constructor(halves: SharedArrayBuffer, selectors: SharedArrayBuffer) {
    this.words = new Int32Array(halves);
    this.numbers = new Float64Array(halves);
    this.bytes = new Uint8Array(halves);
    this.selectors = new Int32Array(selectors);
    this.#farBase = this.selectors.length * 2 * RECORD_WORDS;
  }

  static allocate(capacity: number): { halves: SharedArrayBuffer; selectors: SharedArrayBuffer } {
    return {
      halves: new SharedArrayBuffer(capacity * 2 * (RECORD_BYTES + FAR_WORDS * 4)),
      selectors: new SharedArrayBuffer(capacity * 4),
    };
  }

  /** First word of the third sink of a half. */
  farSinks(record: number): number {
    return this.#farBase + (record / RECORD_WORDS) * FAR_WORDS;
  }

  /** First word of the selected half; -1 when the slot carries no flow. */
  current(flowId: number): number {
    const half = Atomics.load(this.selectors, flowId);
    return half === 0 ? -1 : (flowId * 2 + half - 1) * RECORD_WORDS;
  }

  /**
   * Writes a flow into the half that is not selected, then selects it. The caller has made sure that no worker
   * still reads that half.
   */
  publish(flow: Flow, context: RecordContext, isRefused: boolean): void {
    const next = Atomics.load(this.selectors, flow.flowId) === 1 ? 2 : 1;
    const base = (flow.flowId * 2 + next - 1) * RECORD_WORDS;
    this.words.fill(0, base, base + RECORD_WORDS);
    const flags = flagsOf(flow) | (isRefused ? RecordFlag.Refused : 0);
    this.words[base + RecordWord.flags] = flags;
    this.words[base + RecordWord.endpointEpoch] = flow.source.endpointEpoch;
    this.words[base + RecordWord.latchEpoch] = flow.source.latchEpoch;
    this.words[base + RecordWord.generation] = flow.generation;
    this.numbers[base / 2 + RECORD_CONFIRM_FROM_NUMBER] = flow.source.confirmFrom;
    writeEndpoint(this.words, base + RecordWord.expected, flow.source.expected);
    const { receivedFrom } = flow.source;
    writeEndpoint(this.words, base + RecordWord.receivedFrom, receivedFrom && { ...receivedFrom, port: 0 });
    this.#writePayloadTypes(base, flow.payloadTypes, context);
    if (!isRefused) this.#writeSinks(base, flow.sinks, context);
    Atomics.store(this.selectors, flow.flowId, next);
  }

  /** Stops a flow. */
  withdraw(flowId: FlowId): void {
    Atomics.store(this.selectors, flowId, 0);
  }

  #writePayloadTypes(base: number, policy: PayloadTypePolicy, context: RecordContext): void {
    writeBits(this.words, base + RecordWord.knownPayloadTypes, policy.known);
    policy.known.forEach((payloadType, index) => {
      const rate = context.clockRateIndex(policy.clockRatesHz?.[index] ?? 0);
      this.bytes[base * 4 + RECORD_CLOCK_RATES_BYTE + payloadType] = rate;
    });
  }

  #writeSinks(base: number, sinks: readonly Sink[], context: RecordContext): void {
    assert(sinks.length <= MAX_SINKS, "more sinks than a record holds");
    this.words[base + RecordWord.sinkCount] = sinks.length;
    sinks.forEach((sink, index) => {
      const at =
        index < NEAR_SINKS
          ? base + RecordWord.sinks + index * SINK_WORDS
          : this.farSinks(base) + (index - NEAR_SINKS) * SINK_WORDS;
      this.words.fill(0, at, at + SINK_WORDS);
      const fromFlowId = context.flowIdOf(sink.from);
      assert(
        fromFlowId >= 0,
        `sink sends from ${sink.from.address}:${sink.from.port}, which is not allocated`,
      );
      const { words } = this;
      words[at + SinkWord.flags] = sinkFlags(sink);
      words[at + SinkWord.fromAddressIndex] = sink.from.addressIndex;
      words[at + SinkWord.fromPort] = sink.from.port;
      words[at + SinkWord.fromFlowId] = fromFlowId;
      words[at + SinkWord.fromEpoch] = context.epochOf(fromFlowId as FlowId);
      words[at + SinkWord.followsFlowId] = sink.follows;
      words[at + SinkWord.followsEpoch] = context.epochOf(sink.follows);
      words[at + SinkWord.tos] = sink.tos & 0xff;
      if (sink.to?.family === sink.from.family) writeEndpoint(words, at + SinkWord.to, sink.to);
      writeBits(words, at + SinkWord.blockedPayloadTypes, sink.blockedPayloadTypes);
    });
  }
}

function flagsOf(flow: Flow): number {
  const { source, sinks } = flow;
  return (
    LEARNING_MODES[source.learning] |
    (source.isStrict ? RecordFlag.Strict : 0) |
    (source.allowsHandover ? RecordFlag.Handover : 0) |
    (source.isAsymmetric ? RecordFlag.Asymmetric : 0) |
    (source.isExpectedReachable ? RecordFlag.ExpectedReachable : 0) |
    (source.expected !== undefined ? RecordFlag.HasExpected : 0) |
    (source.receivedFrom !== undefined ? RecordFlag.HasReceivedFrom : 0) |
    (flow.payloadTypes.blocksUnknown ? RecordFlag.BlocksUnknown : 0) |
    (flow.content === "opaque" ? RecordFlag.Opaque : 0) |
    (flow.detectsLoops ? RecordFlag.LoopChecked : 0) |
    (sinks.length > 0 && sinks.every((sink) => sink.carries === "rtcp") ? RecordFlag.RtcpOnly : 0)
  );
}

function sinkFlags(sink: Sink): number {
  const hasTo = sink.to !== undefined && sink.to.family === sink.from.family && sink.to.port !== 0;
  return (
    (sink.carries === "rtcp" ? 0 : SinkFlag.CarriesRtp) |
    (sink.carries === "rtp" ? 0 : SinkFlag.CarriesRtcp) |
    (hasTo ? SinkFlag.HasTo : 0) |
    (sink.waitsForPeer ? SinkFlag.WaitsForPeer : 0)
  );
}

/** Sets a bit for each payload type, 0..127. */
function writeBits(words: Int32Array, at: number, payloadTypes: readonly number[]): void {
  for (const payloadType of payloadTypes) {
    assert(payloadType >= 0 && payloadType <= 127, `payload type ${payloadType}`);
    words[at + (payloadType >> 5)]! |= 1 << (payloadType & 31);
  }
}

/** Whether the bit of a payload type is set. */
export function hasBit(words: Int32Array, at: number, payloadType: number): boolean {
  return ((words[at + (payloadType >> 5)]! >>> (payloadType & 31)) & 1) !== 0;
}
