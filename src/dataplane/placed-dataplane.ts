import type { Micros } from "../base/brand.ts";
import type { Endpoint } from "../base/endpoint.ts";
import type { MediaInterface } from "../base/media-interface.ts";
import type { Flow, FlowId, LocalSocket } from "../flow/flow.ts";
import type { KernelRefusal } from "../flow/reasons.ts";
import { type Circumstances, compileFlow, type KernelPath, receiverOf } from "./fastpath/compile.ts";
import { isSameEntry, type KernelEntry } from "./fastpath/entry.ts";
import type { KernelProgram } from "./fastpath/program.ts";
import type { Routes } from "./fastpath/routes.ts";
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
} from "./index.ts";
import type { RelayDataplane } from "./relay/relay-dataplane.ts";

/** A half of an entry is not written again before the last packet that may be read with it is gone. */
const REWRITE_AFTER_MICROS = 20_000;
const TICK_MS = 200;
/** How often to see whether the program still sits where it was put, in ticks. */
const ATTACHMENT_TICKS = 5;
/** How long the kernel goes on by itself when we do not. */
const EXPIRY_MICROS = 2_000_000;
/** Flows that are looked at because of packets, in a tick; more than that are looked at in the next one. */
const EVENTS_HEEDED = 2000;
/** When every flow has to be looked at again: how long at a time, and how often. */
const SWEEP_MICROS = 10_000;
const SWEEP_EVERY_MS = 20;

/** A flow that is applied, and where it runs. */
interface Placed {
  /** Absent: not for the kernel whatever packets come. Half of all flows are so: they carry RTCP. */
  flow: Flow | undefined;
  /** Flows whose sockets it sends from, or whose parties it sends to. */
  partners: readonly FlowId[];
  /** A partner's port was given up: until it is applied anew, its receiver is none of ours. */
  isCutOff: boolean;
  /** What the kernel has been told; absent: the relay carries it. */
  entry: KernelEntry | undefined;
  refusal: KernelRefusal | undefined;
  /** When the kernel was last told something. */
  switchedAt: number;
}

/** What `PlacedDataplane` is made of. */
export interface PlacementParts {
  readonly relay: RelayDataplane;
  readonly program: KernelProgram;
  readonly routes: Routes;
  readonly interfaces: readonly MediaInterface[];
  readonly hopLimit: number;
  readonly now: () => Micros;
}

/**
 * Places each flow in the lowest tier that can carry it: the kernel once its first valid packet has come and its
 * source is settled, the relay's workers before that and whenever the kernel has to refuse.
 *
 * Ports, learning and everything that is not plain RTP stay with the relay; the kernel only takes packets away
 * that the relay would forward in the same way.
 */
export class PlacedDataplane implements Dataplane {
  readonly #parts: PlacementParts;
  readonly #placed = new Map<FlowId, Placed>();
  /** By flow: the flows that send to its party, or from its socket. */
  readonly #followers = new Map<FlowId, Set<FlowId>>();
  /** Flows to be looked at again at the next tick. */
  readonly #postponed = new Set<FlowId>();
  /** Where sources stand whose workers could not be told yet. */
  readonly #owed = new Map<FlowId, Int32Array>();
  /** When the kernel was last told something of flows that are gone, whose ids may be in use again. */
  readonly #resting = new Map<FlowId, number>();
  /** What is left to look at after a change of routes, say. */
  #sweep: IterableIterator<FlowId> | undefined;
  #sweepTimer: NodeJS.Timeout | undefined;
  #isSweepDue = false;
  #lostEvents = 0;
  #ticks = 0;
  #heeded = 0;
  readonly #circumstances: Circumstances;
  readonly #timer: NodeJS.Timeout;
  #closing: Promise<void> | undefined;
  /** What the kernel has carried of flows that are gone. */
  readonly #retired = { packets: 0, bytes: 0 };

  constructor(parts: PlacementParts) {
    this.#parts = parts;
    const { relay } = parts;
    this.#circumstances = {
      hasReceived: (flowId) => relay.lastSeen(flowId) > 0,
      confirmedSource: (flowId) => relay.confirmedSource(flowId),
      learnedSource: (flowId) => relay.learnedSource(flowId),
      learnedEndpoint: (flowId) => relay.learnedEndpoint(flowId),
      isOurs: (endpoint) => isMediaPort(parts.interfaces, endpoint),
      flowIdOf: (local) => relay.flowIdOf(local),
      clockRateIndex: (rateHz) => relay.clockRateIndex(rateHz),
      path: (local, source, from, to) => this.#path(local, source, from, to),
      hopLimit: parts.hopLimit,
    };
    this.#beat();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  reserve(requests: readonly PortRequest[]): ReservedSocket[][] {
    const reserved = this.#parts.relay.reserve(requests);
    for (const socket of reserved.flat()) {
      this.#parts.program.setPort(socket.addressIndex, socket.port, socket.flowId);
    }
    return reserved;
  }

  release(sockets: readonly ReservedSocket[]): void {
    const { relay, program } = this.#parts;
    const released = new Set(sockets.map(({ flowId }) => flowId));
    for (const { addressIndex, port, flowId } of sockets) {
      program.setPort(addressIndex, port, -1);
      // No worker takes it back: what the kernel knows of lost packets is what is added to the sums.
      program.withdraw(flowId);
      for (const follower of this.#followers.get(flowId) ?? []) {
        if (!released.has(follower)) this.#cutOff(follower);
      }
      this.#forget(flowId);
      this.#retired.packets += program.states.packetsIn(flowId);
      this.#retired.bytes += program.states.bytesIn(flowId);
    }
    relay.release(sockets);
  }

  apply(flows: readonly Flow[]): void {
    this.#parts.relay.apply(flows);
    for (const flow of flows) this.#remember(flow);
    for (const { flowId } of flows) this.#place(flowId);
    for (const { flowId } of flows) this.#placeFollowers(flowId);
  }

  withdraw(flowIds: readonly FlowId[]): void {
    for (const flowId of flowIds) {
      this.#demote(flowId);
      this.#forget(flowId);
    }
    this.#parts.relay.withdraw(flowIds);
    for (const flowId of flowIds) this.#placeFollowers(flowId);
  }

  read(flowId: FlowId): FlowReading {
    const reading = this.#parts.relay.read(flowId);
    const placed = this.#placed.get(flowId);
    if (placed?.entry !== undefined) return { ...reading, tier: "kernel" };
    return { ...reading, kernelRefusal: placed?.refusal ?? "no-flow" };
  }

  lastSeen(flowId: FlowId): Micros {
    return this.#parts.relay.lastSeen(flowId);
  }

  send(from: LocalSocket, to: Endpoint, bytes: Uint8Array, tos: number): void {
    this.#parts.relay.send(from, to, bytes, tos);
  }

  interfaces(): InterfaceReading[] {
    return this.#parts.relay.interfaces();
  }

  workers(): WorkerReading[] {
    return this.#parts.relay.workers();
  }

  totals(): TotalsReading {
    const { states } = this.#parts.program;
    let { packets, bytes } = this.#retired;
    for (const flowId of this.#parts.relay.flowIds()) {
      packets += states.packetsIn(flowId);
      bytes += states.bytesIn(flowId);
    }
    return { ...this.#parts.relay.totals(), kernel: { packets, bytes, errors: 0 } };
  }

  fastpath(): FastpathReading {
    const refusals: Partial<Record<KernelRefusal, number>> = {};
    let flows = 0;
    for (const { entry, refusal } of this.#placed.values()) {
      if (entry !== undefined) flows++;
      else if (refusal !== undefined) refusals[refusal] = (refusals[refusal] ?? 0) + 1;
    }
    return { isActive: true, reason: "", attachments: this.#parts.program.attachments, flows, refusals };
  }

  kernelFlows(): KernelFlowReading[] {
    const readings: KernelFlowReading[] = [];
    for (const { flow, entry } of this.#placed.values()) {
      if (entry === undefined || flow === undefined) continue;
      const { source, from, to, tos, outInterface } = entry;
      const payloadTypes = entry.payloadTypes.map(({ payloadType }) => payloadType);
      const { flowId, callId, local } = flow;
      readings.push({ flowId, callId, local, source, from, to, tos, payloadTypes, outInterface });
    }
    return readings;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#sweepTimer);
    for (const flowId of this.#placed.keys()) this.#demote(flowId);
    // What workers tell until they end must not bring one back.
    this.#placed.clear();
    await this.#parts.relay.close();
    this.#parts.program.close();
    this.#parts.routes.close();
  }

  /** What packets brought about may let a flow move down, or its receiver. */
  hear(event: DataplaneEvent): void {
    if (event.kind !== "validated" && event.kind !== "learned" && event.kind !== "source") return;
    this.#heed(event.flowId);
    if (event.kind === "source") this.#handOver(event.flowId);
    else for (const follower of this.#followers.get(event.flowId) ?? []) this.#heed(follower);
  }

  /** Strangers can bring about events as fast as they can send: they get a share of this thread. */
  #heed(flowId: FlowId): void {
    if (this.#heeded++ < EVENTS_HEEDED) this.#place(flowId);
    else this.#postpone(flowId);
  }

  /** Leaves a flow to the relay until the next tick. */
  #postpone(flowId: FlowId): void {
    const placed = this.#placed.get(flowId);
    if (placed === undefined) return;
    this.#demote(flowId);
    placed.refusal ??= "source-not-settled";
    this.#postponed.add(flowId);
  }

  /** Moves a flow to where it belongs now. */
  #place(flowId: FlowId): void {
    const placed = this.#placed.get(flowId);
    // Whoever makes a flow change all the time gets its share of this thread once a tick.
    if (placed?.flow === undefined || this.#postponed.has(flowId)) return;
    const compiled = placed.isCutOff ? "no-receiver" : compileFlow(placed.flow, this.#circumstances);
    if (typeof compiled === "string") {
      placed.refusal = compiled;
      this.#demote(flowId);
      return;
    }
    placed.refusal = undefined;
    if (placed.entry !== undefined && isSameEntry(placed.entry, compiled)) return;
    if (this.#isUnsettled(flowId, placed)) this.#postpone(flowId);
    else this.#promote(flowId, placed, compiled);
  }

  /** Whether the half to be written may still be read, or the worker does not know yet where sources stand. */
  #isUnsettled(flowId: FlowId, { entry, switchedAt }: Placed): boolean {
    const { now, relay } = this.#parts;
    if (now() - switchedAt < REWRITE_AFTER_MICROS) return true;
    return entry === undefined && (this.#owed.has(flowId) || !relay.hasHeard(flowId));
  }

  #promote(flowId: FlowId, placed: Placed, entry: KernelEntry): void {
    const { program, relay, now } = this.#parts;
    program.refresh(now() + EXPIRY_MICROS, relay.clockRatesHz);
    program.states.take(flowId, relay.states);
    program.publish(flowId, entry);
    placed.entry = entry;
    placed.switchedAt = now();
  }

  /** Lets the relay carry a flow again, from where the kernel leaves off. */
  #demote(flowId: FlowId): void {
    const placed = this.#placed.get(flowId);
    if (placed?.entry === undefined) return;
    const { program, relay, now } = this.#parts;
    program.withdraw(flowId);
    const handover = program.states.giveBack(flowId);
    if (!relay.takeBack(flowId, handover)) this.#owed.set(flowId, handover);
    placed.entry = undefined;
    placed.switchedAt = now();
  }

  /** Gives the kernel a source that has just spoken for the first time. */
  #handOver(flowId: FlowId): void {
    const { program, relay } = this.#parts;
    if (this.#placed.get(flowId)?.entry !== undefined) program.states.take(flowId, relay.states);
  }

  #placeFollowers(flowId: FlowId): void {
    for (const follower of this.#followers.get(flowId) ?? []) this.#place(follower);
  }

  /** Stops a flow that would send from a port, or to a party, that is about to be somebody else's. */
  #cutOff(flowId: FlowId): void {
    const placed = this.#placed.get(flowId);
    if (placed === undefined) return;
    placed.isCutOff = true;
    placed.refusal = "no-receiver";
    this.#demote(flowId);
  }

  #remember(flow: Flow): void {
    const { flowId } = flow;
    const receiver = receiverOf(flow);
    const isRefused = typeof receiver === "string";
    const partners = isRefused ? [] : this.#partnersOf(flow);
    const parts = { flow: isRefused ? undefined : flow, partners, isCutOff: false };
    const known = this.#placed.get(flowId);
    if (known !== undefined) {
      this.#unfollow(flowId, known.partners);
      Object.assign(known, parts);
      if (isRefused) {
        known.refusal = receiver;
        this.#demote(flowId);
      }
    } else {
      const switchedAt = this.#resting.get(flowId) ?? 0;
      const refusal = isRefused ? receiver : "no-packet-yet";
      this.#placed.set(flowId, { ...parts, entry: undefined, switchedAt, refusal });
    }
    for (const partner of partners) {
      const followers = this.#followers.get(partner);
      if (followers === undefined) this.#followers.set(partner, new Set([flowId]));
      else followers.add(flowId);
    }
  }

  #partnersOf({ flowId, sinks }: Flow): FlowId[] {
    const { relay } = this.#parts;
    const ofSinks = sinks.flatMap(({ follows, from }) => [follows, relay.flowIdOf(from) as FlowId]);
    return [...new Set(ofSinks)].filter((partner) => partner !== flowId);
  }

  /** Forgets a flow that the kernel does not carry any more. */
  #forget(flowId: FlowId): void {
    const placed = this.#placed.get(flowId);
    if (placed === undefined) return;
    const { entry, switchedAt, partners } = placed;
    const restsFrom = entry === undefined ? switchedAt : this.#parts.now();
    if (restsFrom > 0) this.#resting.set(flowId, restsFrom);
    this.#unfollow(flowId, partners);
    this.#postponed.delete(flowId);
    this.#owed.delete(flowId);
    this.#placed.delete(flowId);
  }

  #unfollow(flowId: FlowId, partners: readonly FlowId[]): void {
    for (const partner of partners) {
      const followers = this.#followers.get(partner);
      followers?.delete(flowId);
      if (followers?.size === 0) this.#followers.delete(partner);
    }
  }

  #path(local: Endpoint, source: Endpoint, from: Endpoint, to: Endpoint): KernelPath | KernelRefusal {
    const { routes, program } = this.#parts;
    if (routes.hasPolicies) return "ipsec";
    // An address that has moved to another host, say: the stack would not deliver.
    if (!routes.isLocal(local) || !routes.isLocal(from)) return "no-address";
    const incoming = routes.find(local, source);
    const outgoing = routes.find(from, to);
    if (incoming === undefined || outgoing === undefined) return "no-route";
    if (incoming.kind === "other" || outgoing.kind === "other") return "no-route";
    if (incoming.kind !== outgoing.kind) return "same-host";
    const [into, outOf] = [incoming.interfaceIndex, outgoing.interfaceIndex];
    if (!routes.isEthernet(into) || !routes.isEthernet(outOf)) return "no-ethernet";
    if (!program.attach(into)) return "not-attached";
    return { inInterface: into, outInterface: outOf, isLocal: incoming.kind === "local" };
  }

  #tick(): void {
    this.#beat();
    this.#heeded = 0;
    this.#payOwed();
    for (const [flowId, switchedAt] of this.#resting) {
      if (this.#parts.now() - switchedAt >= REWRITE_AFTER_MICROS) this.#resting.delete(flowId);
    }
    const postponed = [...this.#postponed];
    this.#postponed.clear();
    for (const flowId of postponed) this.#place(flowId);
    this.#startSweep();
  }

  #payOwed(): void {
    for (const [flowId, handover] of this.#owed) {
      if (!this.#parts.relay.takeBack(flowId, handover)) return;
      this.#owed.delete(flowId);
    }
  }

  /** Routes have changed, or a party's endpoint may have without our hearing of it: nothing told the kernel is sure. */
  #startSweep(): void {
    const { routes, program, relay } = this.#parts;
    const isChanged = routes.refresh();
    if (isChanged) program.forgetFailures();
    const mayBeLost = isChanged || ++this.#ticks % ATTACHMENT_TICKS === 0;
    if ((mayBeLost && program.forgetLost()) || isChanged) this.#isSweepDue = true;
    const { lostEvents } = relay;
    if (lostEvents !== this.#lostEvents) {
      this.#lostEvents = lostEvents;
      this.#isSweepDue = true;
    }
    if (!this.#isSweepDue || this.#sweep !== undefined) return;
    this.#isSweepDue = false;
    this.#sweep = this.#placed.keys();
    this.#continueSweep();
  }

  /** Thousands of calls are looked at in turns, between which others have the thread. */
  #continueSweep(): void {
    const { now } = this.#parts;
    const until = now() + SWEEP_MICROS;
    while (now() < until) {
      const next = this.#sweep!.next();
      if (next.done === true) {
        this.#sweep = undefined;
        return;
      }
      this.#place(next.value);
      this.#handOver(next.value);
    }
    this.#sweepTimer = setTimeout(() => this.#continueSweep(), SWEEP_EVERY_MS);
    this.#sweepTimer.unref();
  }

  /** Should this process hang or end, the kernel stops by itself. */
  #beat(): void {
    const { program, relay, now } = this.#parts;
    program.refresh(now() + EXPIRY_MICROS, relay.clockRatesHz);
  }
}

/** By the address that sockets have, or by the one that SDP shows: a NAT may bring that one back to us. */
function isMediaPort(interfaces: readonly MediaInterface[], { address, port }: Endpoint): boolean {
  return interfaces.some(
    ({ bind, advertised, portMin, portMax }) =>
      (bind.address === address || advertised.address === address) && port >= portMin && port <= portMax,
  );
}
