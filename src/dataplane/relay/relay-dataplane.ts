import type { Micros } from "../../base/brand.ts";
import type { Endpoint } from "../../base/endpoint.ts";
import { assert, InvariantError } from "../../base/errors.ts";
import type { MediaInterface } from "../../base/media-interface.ts";
import { ClockRates } from "../../flow/clock-rates.ts";
import type { Flow, FlowId, LocalSocket } from "../../flow/flow.ts";
import { FlowRecords, type RecordContext } from "../../flow/flow-record.ts";
import { FlowStates, StateNumber } from "../../flow/flow-state.ts";
import type { KernelStates } from "../../flow/kernel-state.ts";
import { packAddress, writeEndpoint } from "../../flow/packed-endpoint.ts";
import { DROP_REASON_NAMES, DropReason, type RefusalReason } from "../../flow/reasons.ts";
import { WorkerCommand } from "../../flow/ring.ts";
import type {
  Dataplane,
  DataplaneEvent,
  FastpathReading,
  FlowReading,
  InterfaceReading,
  KernelFlowReading,
  PortRequest,
  ReservedSocket,
  TotalsReading,
  WorkerReading,
} from "../index.ts";
import type { Backend, BackendAddress } from "./backend.ts";
import { drainEvents } from "./events.ts";
import type { PortTable } from "./port-table.ts";
import { refusalOf } from "./refusal.ts";
import { BUFFER_BYTES, SEND_HEADER_WORDS } from "./relay-loop.ts";
import type { SetupAddress, SharedTables } from "./setup.ts";
import { SlotPool } from "./slot-pool.ts";
import { TrafficBook } from "./traffic-book.ts";
import type { WorkerHandle, WorkerLog } from "./worker-handle.ts";

const PORTS = 65536;

/** Epochs and symmetry of an applied flow. */
type AppliedPolicy = Pick<Flow["source"], "endpointEpoch" | "latchEpoch" | "isAsymmetric">;

const NO_POLICY: AppliedPolicy = { endpointEpoch: 0, latchEpoch: 0, isAsymmetric: false };

function appliedPolicy({ source }: Flow): AppliedPolicy {
  const { endpointEpoch, latchEpoch, isAsymmetric } = source;
  return { endpointEpoch, latchEpoch, isAsymmetric };
}

/** What main remembers of a slot that is in use. */
interface Slot {
  readonly socket: ReservedSocket;
  readonly worker: WorkerHandle;
  /** What `read` needs of the flow that was applied last; the flow itself is not kept, thousands of calls have some. */
  policy: AppliedPolicy | undefined;
  refusal: RefusalReason | undefined;
  /** The worker's batch counter when the flow was last switched: the other half may have been read until then. */
  switchedAt: number;
}

export interface RelayParts {
  readonly interfaces: readonly MediaInterface[];
  readonly addresses: readonly BackendAddress[];
  readonly backend: Backend;
  /** Why not the better backend; empty when it runs. */
  readonly reason: string;
  readonly ports: PortTable;
  readonly capacity: number;
  readonly workers: readonly WorkerHandle[];
  readonly log: WorkerLog;
  readonly onEvent: ((event: DataplaneEvent) => void) | undefined;
  /** What the kernel counts of the same flows; absent: it carries none. */
  readonly kernelStates?: KernelStates | undefined;
  /** Why it carries none; absent when it may. */
  readonly kernelObstacle?: string | undefined;
}

/** The relay tier, as main sees it: owns the flow tables, the ports, the workers and the backend. */
export class RelayDataplane implements Dataplane {
  readonly #parts: RelayParts;
  readonly #tables: SharedTables;
  readonly #states: FlowStates;
  readonly #records: FlowRecords;
  readonly #slotEpochs: Int32Array;
  readonly #flowsByPort: Int32Array;
  readonly #freeSlots: SlotPool;
  readonly #slots = new Map<FlowId, Slot>();
  readonly #recordContext: RecordContext;
  readonly #rates: ClockRates;
  /** Counters of flows that are gone. */
  readonly #retired: { packets: number; bytes: number; drops: number[] };
  /** The same by address and by worker. */
  readonly #retiredByMedia = new Map<MediaInterface, TrafficBook>();
  readonly #retiredByWorker = new Map<WorkerHandle, number>();
  #closing: Promise<void> | undefined;

  constructor(parts: RelayParts) {
    const { capacity } = parts;
    this.#parts = parts;
    const { halves, selectors } = FlowRecords.allocate(capacity);
    this.#tables = {
      states: FlowStates.allocate(capacity),
      recordHalves: halves,
      recordSelectors: selectors,
      clockRates: ClockRates.allocate(),
      slotEpochs: new SharedArrayBuffer(capacity * 4),
      flowsByPort: new SharedArrayBuffer(parts.addresses.length * PORTS * 4),
    };
    this.#states = new FlowStates(this.#tables.states, parts.kernelStates);
    this.#records = new FlowRecords(halves, selectors);
    this.#slotEpochs = new Int32Array(this.#tables.slotEpochs);
    this.#flowsByPort = new Int32Array(this.#tables.flowsByPort);
    this.#freeSlots = new SlotPool(capacity);
    this.#rates = new ClockRates(this.#tables.clockRates);
    this.#recordContext = {
      flowIdOf: (local) => this.flowIdOf(local),
      epochOf: (flowId) => this.#slotEpochs[flowId]!,
      clockRateIndex: (rateHz) => this.#rates.indexOf(rateHz),
    };
    this.#retired = { packets: 0, bytes: 0, drops: DROP_REASON_NAMES.map(() => 0) };
  }

  /** Starts the worker threads; resolves when all relay. */
  async start(realtimePriority: number, cpus: readonly number[]): Promise<void> {
    const { workers, backend, addresses } = this.#parts;
    const setupAddresses: SetupAddress[] = addresses.map((address) => ({
      family: address.family,
      words: packAddress(address),
    }));
    for (const worker of workers) void worker.watchEvents(() => this.#drainEvents(worker));
    await Promise.all(
      workers.map((worker) => {
        const cpu = cpus[worker.index] ?? -1;
        return worker.start(this.#tables, setupAddresses, backend.setupFor(worker), realtimePriority, cpu);
      }),
    );
  }

  reserve(requests: readonly PortRequest[]): ReservedSocket[][] {
    const taken = this.#parts.ports.reserve(requests);
    return taken.map(({ media, addressIndex, ports }, index) => {
      const worker = this.#workerOf(requests[index]!.callId);
      return ports.map((port) => this.#open(media, addressIndex, port, worker));
    });
  }

  #open(media: MediaInterface, addressIndex: number, port: number, worker: WorkerHandle): ReservedSocket {
    const flowId = this.#freeSlots.take();
    this.#states.clear(flowId);
    this.#slotEpochs[flowId]! += 1;
    const socket: ReservedSocket = { ...media.bind, port, addressIndex, flowId, media };
    this.#slots.set(flowId, { socket, worker, policy: undefined, refusal: undefined, switchedAt: 0 });
    Atomics.store(this.#flowsByPort, addressIndex * PORTS + port, flowId + 1);
    this.#parts.backend.attach(worker, addressIndex, port, flowId);
    return socket;
  }

  release(sockets: readonly ReservedSocket[]): void {
    const { backend, ports } = this.#parts;
    assert(new Set(sockets).size === sockets.length, "a socket is released twice");
    const slots = sockets.map(({ flowId, port }) => {
      const slot = this.#slotOf(flowId);
      assert(slot.socket.port === port, `flow ${flowId} does not have port ${port}`);
      return slot;
    });
    for (const { socket, worker } of slots) {
      const { flowId, addressIndex, port } = socket;
      this.#records.withdraw(flowId);
      backend.detach(worker, addressIndex, port, flowId);
      Atomics.store(this.#flowsByPort, addressIndex * PORTS + port, 0);
      this.#slots.delete(flowId);
    }
    // After this no worker holds the descriptors or reads the records.
    const positions = new Map(slots.map(({ worker }) => [worker, worker.position()]));
    for (const [worker, position] of positions) worker.waitPast(position);
    for (const { socket, worker } of slots) {
      this.#retire(socket, worker);
      ports.give(socket.addressIndex, socket.port);
      this.#freeSlots.give(socket.flowId);
    }
  }

  apply(flows: readonly Flow[]): void {
    for (const flow of flows) {
      const slot = this.#slotOf(flow.flowId);
      const refusal = refusalOf(flow);
      slot.worker.waitPast(slot.switchedAt);
      this.#records.publish(flow, this.#recordContext, refusal !== undefined);
      slot.switchedAt = slot.worker.position();
      slot.policy = appliedPolicy(flow);
      slot.refusal = refusal;
    }
  }

  withdraw(flowIds: readonly FlowId[]): void {
    for (const flowId of flowIds) {
      const slot = this.#slotOf(flowId);
      this.#records.withdraw(flowId);
      slot.switchedAt = slot.worker.position();
      slot.policy = undefined;
      slot.refusal = undefined;
    }
  }

  read(flowId: FlowId): FlowReading {
    const { policy, refusal } = this.#slotOf(flowId);
    const states = this.#states;
    const learned = states.learned(flowId, policy ?? NO_POLICY);
    const endpoint = policy?.isAsymmetric === true ? undefined : learned.endpoint;
    return {
      packetsIn: states.packetsIn(flowId),
      bytesIn: states.bytesIn(flowId),
      packetsOut: states.packetsOut(flowId),
      bytesOut: states.bytesOut(flowId),
      drops: states.drops(flowId),
      firstSeen: states.firstSeen(flowId),
      lastSeen: states.lastSeen(flowId),
      ...(endpoint === undefined ? {} : { learned: endpoint }),
      isConfirmed: learned.isConfirmed,
      sources: states.sources(flowId),
      tier: policy === undefined || refusal !== undefined ? "none" : this.#parts.backend.kind,
      ...(refusal === undefined ? {} : { refusal }),
    };
  }

  lastSeen(flowId: FlowId): Micros {
    return this.#states.lastSeen(flowId);
  }

  fastpath(): FastpathReading {
    const reason = this.#parts.kernelObstacle ?? "";
    return { isActive: false, reason, attachments: [], flows: 0, refusals: {} };
  }

  kernelFlows(): KernelFlowReading[] {
    return [];
  }

  /** Flows that have a port. */
  flowIds(): IterableIterator<FlowId> {
    return this.#slots.keys();
  }

  /** The flow that has a socket of ours; -1: none. */
  flowIdOf({ addressIndex, port }: LocalSocket): number {
    return Atomics.load(this.#flowsByPort, addressIndex * PORTS + port) - 1;
  }

  /** Counters of all flows. */
  get states(): FlowStates {
    return this.#states;
  }

  /** RTP clock rates by the index that records have. */
  get clockRatesHz(): Float64Array {
    return this.#rates.ratesHz;
  }

  /** Index of a clock rate, in Hz; 0: unknown. */
  clockRateIndex(rateHz: number): number {
    return this.#recordContext.clockRateIndex(rateHz);
  }

  /** The one source that packets of a flow may have now, whatever it receives on; none while that is open. */
  confirmedSource(flowId: FlowId): Endpoint | undefined {
    const { policy } = this.#slotOf(flowId);
    const { endpoint, isConfirmed } = this.#states.learned(flowId, policy ?? NO_POLICY);
    return isConfirmed ? endpoint : undefined;
  }

  /** Where whoever sends on a flow was seen last to send from, confirmed or not. */
  learnedSource(flowId: FlowId): Endpoint | undefined {
    return this.#states.learned(flowId, this.#slotOf(flowId).policy ?? NO_POLICY).endpoint;
  }

  /** Where packets for whoever sends on a flow go to, by what it has learned. */
  learnedEndpoint(flowId: FlowId): Endpoint | undefined {
    const { policy } = this.#slotOf(flowId);
    return policy?.isAsymmetric === true
      ? undefined
      : this.#states.learned(flowId, policy ?? NO_POLICY).endpoint;
  }

  /**
   * Tells the worker where the sources of a flow stand that the kernel has carried: `HANDOVER_WORDS` each.
   *
   * @returns false when the worker does not keep up, and has to be told later
   */
  takeBack(flowId: FlowId, handover: Int32Array): boolean {
    const { worker } = this.#slotOf(flowId);
    const bytes = new Uint8Array(handover.buffer, handover.byteOffset, handover.byteLength);
    return bytes.length === 0 || worker.command(WorkerCommand.TakeBack, flowId, bytes);
  }

  /** Whether a flow's worker has heard of all that it was told, such as by `takeBack`. */
  hasHeard(flowId: FlowId): boolean {
    return this.#slotOf(flowId).worker.hasTakenCommands;
  }

  /** Events that workers could not tell of, since the start: main did not keep up. */
  get lostEvents(): number {
    return this.#parts.workers.reduce((sum, { events }) => sum + events.lost, 0);
  }

  send(from: LocalSocket, to: Endpoint, bytes: Uint8Array, tos: number): void {
    const flowId = this.flowIdOf(from);
    if (flowId < 0) throw new InvariantError(`send from ${from.address}:${from.port}, which is not reserved`);
    assert(from.family === to.family, "send from one address family to another");
    const header = new Int32Array(SEND_HEADER_WORDS);
    header[0] = from.addressIndex;
    header[1] = from.port;
    header[2] = tos & 0xff;
    writeEndpoint(header, 3, to);
    const message = new Uint8Array(header.byteLength + bytes.length);
    assert(message.length <= BUFFER_BYTES, "datagram longer than a buffer of the relay");
    message.set(new Uint8Array(header.buffer));
    message.set(bytes, header.byteLength);
    const { worker } = this.#slotOf(flowId as FlowId);
    if (!worker.command(WorkerCommand.Send, flowId, message)) {
      this.#parts.log("warning", "relay command lost: the worker does not keep up");
    }
  }

  interfaces(): InterfaceReading[] {
    const { interfaces, ports, backend, reason } = this.#parts;
    const books = new Map(
      interfaces.map((media) => [media, TrafficBook.from(this.#retiredByMedia.get(media))]),
    );
    for (const { socket } of this.#slots.values()) books.get(socket.media)?.add(this.#states, socket.flowId);
    return interfaces.map((media) => {
      const { total, used } = ports.usage(media);
      const book = books.get(media)!;
      const { packetsLost, duplicates, reordered } = book;
      return {
        media,
        portsTotal: total,
        portsUsed: used,
        backend: backend.kind,
        reason,
        ingress: book.ingress(),
        egress: book.egress(),
        packetsLost,
        duplicates,
        reordered,
      };
    });
  }

  workers(): WorkerReading[] {
    const packets = new Map(this.#retiredByWorker);
    for (const { worker, socket } of this.#slots.values()) {
      const count = this.#states.byWorker(socket.flowId, StateNumber.packetsIn);
      packets.set(worker, (packets.get(worker) ?? 0) + count);
    }
    // The counter moves at the beginning and at the end of a batch.
    return this.#parts.workers.map((worker) => ({
      index: worker.index,
      batches: Math.floor((worker.position() >>> 0) / 2),
      packets: packets.get(worker) ?? 0,
    }));
  }

  totals(): TotalsReading {
    let { packets, bytes } = this.#retired;
    const drops = [...this.#retired.drops];
    for (const flowId of this.#slots.keys()) {
      packets += this.#states.packetsIn(flowId);
      bytes += this.#states.bytesIn(flowId);
      addTo(drops, this.#states.drops(flowId));
    }
    for (const worker of this.#parts.workers) addTo(drops, worker.orphanDrops());
    const errors = drops[DropReason.SendFailed]! + drops[DropReason.Fault]!;
    return { packets, bytes, errors, drops, kernel: { packets: 0, bytes: 0, errors: 0 } };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { workers, backend } = this.#parts;
    await Promise.all(workers.map((worker) => worker.stop()));
    for (const worker of workers) this.#drainEvents(worker);
    backend.close();
    for (const worker of workers) worker.close();
  }

  /** Keeps what a flow counted, before its slot is used again. */
  #retire({ flowId, media }: ReservedSocket, worker: WorkerHandle): void {
    let book = this.#retiredByMedia.get(media);
    if (book === undefined) {
      book = new TrafficBook();
      this.#retiredByMedia.set(media, book);
    }
    book.add(this.#states, flowId);
    const packets = this.#states.byWorker(flowId, StateNumber.packetsIn);
    this.#retiredByWorker.set(worker, (this.#retiredByWorker.get(worker) ?? 0) + packets);
    this.#retired.packets += this.#states.packetsIn(flowId);
    this.#retired.bytes += this.#states.bytesIn(flowId);
    addTo(this.#retired.drops, this.#states.drops(flowId));
    this.#states.clear(flowId);
  }

  #drainEvents(worker: WorkerHandle): boolean {
    const { onEvent, log } = this.#parts;
    return drainEvents(worker.events, onEvent, log);
  }

  #slotOf(flowId: FlowId): Slot {
    const slot = this.#slots.get(flowId);
    if (slot === undefined) throw new InvariantError(`flow ${flowId} is not reserved`);
    return slot;
  }

  #workerOf(callId: string): WorkerHandle {
    const { workers } = this.#parts;
    return workers[hashOf(callId) % workers.length]!;
  }
}

function addTo(sums: number[], values: ArrayLike<number>): void {
  for (let index = 0; index < sums.length; index++) sums[index]! += values[index]!;
}

/** FNV-1a, 32 bits: spreads call-ids evenly. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
