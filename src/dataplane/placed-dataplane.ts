import type { Micros } from "../base/brand.ts";
import type { Endpoint } from "../base/endpoint.ts";
import type { MediaInterface } from "../base/media-interface.ts";
import type { Flow, FlowId, LocalSocket } from "../flow/flow.ts";
import type { KernelRefusal } from "../flow/reasons.ts";
import { type Circumstances, compileFlow, type KernelPath } from "./fastpath/compile.ts";
import type { KernelEntry } from "./fastpath/entry.ts";
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
/** How long the kernel goes on by itself when we do not. */
const EXPIRY_MICROS = 2_000_000;

/** A flow that is applied, and where it runs. */
interface Placed {
  flow: Flow;
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
  /** By flow: the flows that send to its party. */
  readonly #followers = new Map<FlowId, Set<FlowId>>();
  /** Flows to be looked at again at the next tick. */
  readonly #postponed = new Set<FlowId>();
  readonly #circumstances: Circumstances;
  readonly #timer: NodeJS.Timeout;
  /** What the kernel has carried of flows that are gone. */
  readonly #retired = { packets: 0, bytes: 0 };

  constructor(parts: PlacementParts) {
    this.#parts = parts;
    const { relay } = parts;
    this.#circumstances = {
      hasReceived: (flowId) => relay.lastSeen(flowId) > 0,
      confirmedSource: (flowId) => relay.confirmedSource(flowId),
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
    for (const socket of sockets) {
      program.setPort(socket.addressIndex, socket.port, -1);
      this.#forget(socket.flowId);
      this.#retired.packets += program.states.packetsIn(socket.flowId);
      this.#retired.bytes += program.states.bytesIn(socket.flowId);
    }
    relay.release(sockets);
  }

  apply(flows: readonly Flow[]): void {
    this.#parts.relay.apply(flows);
    for (const flow of flows) {
      const known = this.#placed.get(flow.flowId);
      if (known !== undefined) this.#unfollow(known.flow);
      this.#follow(flow);
      if (known !== undefined) known.flow = flow;
      else this.#placed.set(flow.flowId, { flow, entry: undefined, refusal: "no-packet-yet", switchedAt: 0 });
    }
    for (const { flowId } of flows) this.#place(flowId);
  }

  withdraw(flowIds: readonly FlowId[]): void {
    for (const flowId of flowIds) this.#forget(flowId);
    this.#parts.relay.withdraw(flowIds);
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
      if (entry === undefined) continue;
      const { source, from, to, tos, outInterface } = entry;
      const payloadTypes = entry.payloadTypes.map(({ payloadType }) => payloadType);
      const { flowId, callId, local } = flow;
      readings.push({ flowId, callId, local, source, from, to, tos, payloadTypes, outInterface });
    }
    return readings;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const flowId of this.#placed.keys()) this.#demote(flowId);
    await this.#parts.relay.close();
    this.#parts.program.close();
    this.#parts.routes.close();
  }

  /** What packets brought about may let a flow move down, or its receiver. */
  hear(event: DataplaneEvent): void {
    if (event.kind !== "validated" && event.kind !== "learned" && event.kind !== "source") return;
    this.#place(event.flowId);
    if (event.kind === "source") this.#handOver(event.flowId);
    else for (const follower of this.#followers.get(event.flowId) ?? []) this.#place(follower);
  }

  /** Moves a flow to where it belongs now. */
  #place(flowId: FlowId): void {
    const placed = this.#placed.get(flowId);
    if (placed === undefined) return;
    const compiled = compileFlow(placed.flow, this.#circumstances);
    if (typeof compiled === "string") {
      placed.refusal = compiled;
      this.#demote(flowId);
      return;
    }
    placed.refusal = undefined;
    if (placed.entry !== undefined && isSameEntry(placed.entry, compiled)) return;
    if (this.#parts.now() - placed.switchedAt < REWRITE_AFTER_MICROS) {
      this.#demote(flowId);
      placed.refusal = "source-not-settled";
      this.#postponed.add(flowId);
      return;
    }
    this.#promote(placed, compiled);
  }

  #promote(placed: Placed, entry: KernelEntry): void {
    const { program, relay, now } = this.#parts;
    const { flowId } = placed.flow;
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
    relay.takeBack(flowId, program.states.giveBack(flowId));
    placed.entry = undefined;
    placed.switchedAt = now();
  }

  /** Gives the kernel a source that has just spoken for the first time. */
  #handOver(flowId: FlowId): void {
    const { program, relay } = this.#parts;
    if (this.#placed.get(flowId)?.entry !== undefined) program.states.take(flowId, relay.states);
  }

  #forget(flowId: FlowId): void {
    const placed = this.#placed.get(flowId);
    if (placed === undefined) return;
    this.#demote(flowId);
    this.#unfollow(placed.flow);
    this.#postponed.delete(flowId);
    this.#placed.delete(flowId);
  }

  #follow({ flowId, sinks }: Flow): void {
    for (const { follows } of sinks) {
      const followers = this.#followers.get(follows);
      if (followers === undefined) this.#followers.set(follows, new Set([flowId]));
      else followers.add(flowId);
    }
  }

  #unfollow({ flowId, sinks }: Flow): void {
    for (const { follows } of sinks) {
      const followers = this.#followers.get(follows);
      followers?.delete(flowId);
      if (followers?.size === 0) this.#followers.delete(follows);
    }
  }

  #path(local: Endpoint, source: Endpoint, from: Endpoint, to: Endpoint): KernelPath | KernelRefusal {
    const { routes, program } = this.#parts;
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
    if (this.#parts.routes.refresh()) {
      this.#parts.program.forgetFailures();
      for (const flowId of this.#placed.keys()) this.#place(flowId);
    }
    for (const flowId of [...this.#postponed]) {
      this.#postponed.delete(flowId);
      this.#place(flowId);
    }
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

/** Whether the kernel would do the same; a new generation alone changes nothing. */
function isSameEntry(a: KernelEntry, b: KernelEntry): boolean {
  return JSON.stringify({ ...a, generation: 0 }) === JSON.stringify({ ...b, generation: 0 });
}
