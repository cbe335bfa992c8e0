import type { FlowRecords } from "../../flow/flow-record.ts";
import { type FlowStates, StateNumber } from "../../flow/flow-state.ts";
import { ENDPOINT_WORDS } from "../../flow/packed-endpoint.ts";
import type { DropReason } from "../../flow/reasons.ts";
import type { Ring } from "../../flow/ring.ts";
import type { ForeignMemory } from "../../platform/memory.ts";
import { DatagramKind } from "../../wire/demux.ts";
import type { Sender } from "./sender.ts";

/** What a relay step decided. Plain numbers: this is returned once per packet per step. */
export const Verdict = { Continue: 0, Consumed: 1, Drop: 2 } as const;

export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** One step of the pipeline. It must not allocate. */
export type Step = (packet: Packet) => Verdict;

/** What every packet of a worker shares; made once. */
export interface RelayTables {
  readonly states: FlowStates;
  readonly records: FlowRecords;
  /** RTP clock rates by index. */
  readonly ratesHz: Float64Array;
  /** How often each slot has been given out. */
  readonly slotEpochs: Int32Array;
  readonly events: Ring;
}

/**
 * The packet in hand: one object per worker, refilled for each packet. All fields are small integers (offsets,
 * indices, parsed header fields), so that filling it allocates nothing.
 */
export class Packet {
  readonly states: FlowStates;
  readonly records: FlowRecords;
  readonly ratesHz: Float64Array;
  readonly slotEpochs: Int32Array;
  readonly events: Ring;
  readonly sender: Sender;
  /** The buffers that packets lie in, as bytes, and as words of the machine. */
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  /** Time of the batch, microseconds, in element 0: a number here would be boxed. */
  readonly now: Float64Array = new Float64Array(1);
  /** Where it came from, packed. */
  readonly source: Int32Array = new Int32Array(ENDPOINT_WORDS);

  /** First byte in `bytes`; a multiple of 8. */
  offset = 0;
  length = 0;
  flowId = 0;
  /** First word of the flow's state. */
  state = 0;
  /** First word of the flow's compiled record. */
  record = 0;
  kind: DatagramKind = DatagramKind.Unknown;
  /** RTP: payload type and sequence number. */
  payloadType = 0;
  sequenceNumber = 0;
  /** RTP: SSRC, RTCP: that of the sender; as a signed 32-bit integer. */
  ssrc = 0;
  /** Sum of the datagram's 16-bit words for checksums; -1 while unknown. */
  checksum = -1;

  constructor(tables: RelayTables, buffers: ForeignMemory, sender: Sender) {
    this.states = tables.states;
    this.records = tables.records;
    this.ratesHz = tables.ratesHz;
    this.slotEpochs = tables.slotEpochs;
    this.events = tables.events;
    this.sender = sender;
    this.bytes = buffers.bytes;
    this.words = buffers.words32;
  }
}

/** Counts a drop of the packet in hand. */
export function drop(packet: Packet, reason: DropReason): typeof Verdict.Drop {
  packet.states.numbers[packet.state / 2 + StateNumber.drops + reason]! += 1;
  return Verdict.Drop;
}
