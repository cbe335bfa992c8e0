import { ClockRates } from "../../flow/clock-rates.ts";
import { FlowRecords } from "../../flow/flow-record.ts";
import { FlowStates, STATE_NUMBERS, StateNumber } from "../../flow/flow-state.ts";
import { ENDPOINT_WORDS } from "../../flow/packed-endpoint.ts";
import { DropReason } from "../../flow/reasons.ts";
import { Ring, WorkerCommand } from "../../flow/ring.ts";
import { BatchClock } from "../../platform/clock.ts";
import { clearWakeup, EpollEvents } from "../../platform/epoll.ts";
import type { ForeignMemory } from "../../platform/memory.ts";
import { ReceiveBatch } from "../../platform/message-batch.ts";
import { AF_INET, AF_INET6 } from "../../platform/socket-address.ts";
import { swap16 } from "./checksum.ts";
import { Packet, type RelayTables, type Step } from "./packet.ts";
import { runPipeline } from "./pipeline.ts";
import type { Sender } from "./sender.ts";
import { CONTROL_DROPS_BYTE, ControlWord, type SharedTables, type WorkerSetup } from "./setup.ts";
import { takeBack } from "./take-back.ts";

/** Datagrams taken in one system call. */
export const BATCH_LENGTH = 64;
/** Bytes a datagram may have; longer ones are dropped as too long. */
export const BUFFER_BYTES = 2048;
/** Token of the wake-up among the worker's events; others are not negative. */
export const WAKEUP_TOKEN = -1;
const EVENTS_LENGTH = 256;
/** Commands taken between two batches. */
const COMMAND_BUDGET = 64;
/** A `Send` command before its datagram: local address index, port, type of service, destination. */
export const SEND_HEADER_WORDS: number = 3 + ENDPOINT_WORDS;

/** Views on the shared memory, for the thread that calls this. */
export function openTables(shared: SharedTables, events: Ring): RelayTables {
  return {
    states: new FlowStates(shared.states),
    records: new FlowRecords(shared.recordHalves, shared.recordSelectors),
    ratesHz: new ClockRates(shared.clockRates).ratesHz,
    slotEpochs: new Int32Array(shared.slotEpochs),
    events,
  };
}

/**
 * What both backends' loops share: buffers, the packet in hand, the batch counter, commands from main.
 *
 * A subclass says where packets come from.
 */
export abstract class RelayLoop {
  protected readonly setup: WorkerSetup;
  protected readonly batch: ReceiveBatch;
  protected readonly packet: Packet;
  protected readonly sender: Sender;
  protected readonly epollEvents: EpollEvents = new EpollEvents(EVENTS_LENGTH);
  readonly #steps: readonly Step[];
  readonly #clock = new BatchClock();
  readonly #commands: Ring;
  readonly #commandAt: number;
  readonly #control: Int32Array;
  readonly #orphanDrops: Float64Array;
  #batches: number;
  /** How far main has been told of events. */
  #announced = 0;

  constructor(
    setup: WorkerSetup,
    steps: readonly Step[],
    makeSender: (buffers: ForeignMemory, tables: RelayTables) => Sender,
  ) {
    this.setup = setup;
    this.#steps = steps;
    this.batch = new ReceiveBatch(BATCH_LENGTH, BUFFER_BYTES, BUFFER_BYTES);
    // The buffer behind the batch's holds the datagram of a command.
    this.#commandAt = BATCH_LENGTH * BUFFER_BYTES;
    const tables = openTables(setup.tables, new Ring(setup.events));
    this.sender = makeSender(this.batch.payload, tables);
    this.packet = new Packet(tables, this.batch.payload, this.sender);
    this.#commands = new Ring(setup.commands);
    this.#control = new Int32Array(setup.control, 0, 16);
    this.#orphanDrops = new Float64Array(setup.control, CONTROL_DROPS_BYTE);
    this.#batches = Atomics.load(this.#control, ControlWord.batch);
  }

  /** Takes and relays what is there. @param timeoutMs how long to wait for it; -1: for ever */
  abstract round(timeoutMs: number): void;

  get isStopping(): boolean {
    return Atomics.load(this.#control, ControlWord.stop) !== 0;
  }

  /** From here to `leave`, main keeps its hands off the flows and sockets that this worker may be using. */
  protected enter(): void {
    this.#batches = (this.#batches + 1) | 0;
    Atomics.store(this.#control, ControlWord.batch, this.#batches);
    this.#clock.read(this.packet.now);
  }

  protected leave(): void {
    this.sender.flush();
    this.#batches = (this.#batches + 1) | 0;
    Atomics.store(this.#control, ControlWord.batch, this.#batches);
    this.#announceEvents();
  }

  /** Wakes main when events were left since the last time. */
  #announceEvents(): void {
    const { written } = this.packet.events;
    if (written === this.#announced) return;
    this.#announced = written;
    Atomics.add(this.#control, ControlWord.doorbell, 1);
    Atomics.notify(this.#control, ControlWord.doorbell);
  }

  /** Relays datagram `index` of the batch, which arrived for a flow. */
  protected relay(index: number, flowId: number): void {
    const { packet, batch } = this;
    packet.flowId = flowId;
    packet.offset = index * BUFFER_BYTES;
    packet.length = batch.length(index);
    if (batch.isTruncated(index)) {
      packet.states.numbers[flowId * STATE_NUMBERS + StateNumber.drops + DropReason.TooLong]! += 1;
      return;
    }
    this.#readSource(batch.sourceOffset(index) >> 2);
    runPipeline(packet, this.#steps);
  }

  /** Counts a datagram that belongs to no flow. */
  protected dropOrphan(reason: DropReason): void {
    this.#orphanDrops[reason]! += 1;
  }

  /** Packs the `sockaddr` at a word of the batch's memory. */
  #readSource(at: number): void {
    const { source } = this.packet;
    const words = this.batch.meta.words32;
    const head = words[at]!;
    const port = swap16(head >>> 16);
    if ((head & 0xffff) === AF_INET) {
      source[0] = (4 << 16) | port;
      source[1] = words[at + 1]!;
      source[2] = 0;
      source[3] = 0;
      source[4] = 0;
    } else if ((head & 0xffff) === AF_INET6) {
      source[0] = (6 << 16) | port;
      for (let word = 1; word < ENDPOINT_WORDS; word++) source[word] = words[at + 1 + word]!;
    } else {
      source.fill(0);
    }
  }

  /** Does what main asked for. */
  protected runCommands(): void {
    if (this.#commands.isEmpty) return;
    const { bytes } = this.batch.payload;
    this.enter();
    for (let count = 0; count < COMMAND_BUDGET; count++) {
      const length = this.#commands.take(bytes, this.#commandAt);
      if (length < 0) break;
      if (this.#commands.kind === WorkerCommand.Send) {
        this.#send(this.#commands.flowId, length);
        this.sender.flush();
      } else if (this.#commands.kind === WorkerCommand.TakeBack) {
        const words = this.packet.words.subarray(this.#commandAt >> 2, (this.#commandAt + length) >> 2);
        takeBack(this.packet.states, this.#commands.flowId, words);
      }
    }
    this.leave();
  }

  #send(flowId: number, length: number): void {
    const { packet } = this;
    const { words } = packet;
    const at = this.#commandAt >> 2;
    packet.flowId = flowId;
    packet.offset = this.#commandAt + SEND_HEADER_WORDS * 4;
    packet.length = length - SEND_HEADER_WORDS * 4;
    packet.checksum = -1;
    this.sender.push(packet, words[at]!, words[at + 1]!, flowId, words[at + 2]!, words, at + 3);
  }

  /** Whether main has left something in the ring that one turn did not finish. */
  protected get hasCommands(): boolean {
    return !this.#commands.isEmpty;
  }

  protected clearWakeup(): void {
    clearWakeup(this.setup.wakeup);
  }
}
