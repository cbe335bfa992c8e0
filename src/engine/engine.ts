import type { Micros } from "../base/brand.ts";
import type { Clock } from "../base/clock.ts";
import { ProxyError } from "../base/errors.ts";
import { CALL_ERRORS, CallError } from "../call/errors.ts";
import { flowsOf } from "../call/flows.ts";
import type { InterfaceTable, RefusedEndpoint } from "../call/interfaces.ts";
import type { Call } from "../call/model.ts";
import { commit } from "../call/negotiate/commit.ts";
import { type Plan, plan } from "../call/negotiate/plan.ts";
import type { PortNeed } from "../call/negotiate/ports.ts";
import { type RemovalKeys, removeBranch, removeDue, socketsOf } from "../call/remove.ts";
import { type CloseReason, dueOn, type Timeouts } from "../call/timeouts.ts";
import type { Dataplane, PortRequest, ReservedSocket } from "../dataplane/index.ts";
import type { Flow } from "../flow/flow.ts";
import type { NgRequest } from "../wire/ng/request.ts";
import type { SessionDescription } from "../wire/sdp/model.ts";
import { pierceNats } from "./pierce.ts";
import { type CallReport, reportCall } from "./report.ts";
import { type EngineSettings, type HostLoad, type LimitReason, limitReached } from "./settings.ts";
import { TimerWheel } from "./timer-wheel.ts";

/** A call that has ended. */
export interface CallRecord {
  readonly report: CallReport;
  readonly reason: CloseReason;
  readonly endedAt: Micros;
}

/** Whoever wants to know of calls. Called after the fact; must not throw. */
export interface EngineObserver {
  callCreated(call: Call): void;
  callUpdated(call: Call): void;
  callEnded(record: CallRecord): void;
  /** ICE attributes that an SDP carried and ours does not. */
  iceStripped(count: number): void;
  /** Ports that a call gave up because a party has moved too often. */
  portsOutgrown(count: number): void;
  /** Endpoints that an SDP named and that we send nothing to. */
  endpointsRefused(call: Call, endpoints: readonly RefusedEndpoint[]): void;
}

export interface EngineOptions {
  readonly dataplane: Dataplane;
  readonly interfaces: InterfaceTable;
  readonly settings: EngineSettings;
  readonly clock: Clock;
  readonly observer: EngineObserver;
  readonly hostLoad: () => HostLoad;
  readonly write: (description: SessionDescription) => string;
  /** 12 hex digits. */
  readonly instanceId: string;
  readonly softwareId: string;
}

/** How often an unheard peer's NAT is opened anew. */
const PIERCE_INTERVAL_MICROS = 1_000_000;

/** The live calls. Every change is plan → reserve → commit → apply, in one turn, or nothing at all. */
export class Engine {
  readonly settings: EngineSettings;
  /** Whether new calls are refused, whatever the limits, so that the last of the calls there are ends it all. */
  isDraining: boolean = false;
  readonly #options: EngineOptions;
  readonly #calls = new Map<string, Call>();
  readonly #timers: TimerWheel;
  #turn = 0;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.settings = options.settings;
    this.#timers = new TimerWheel(options.clock.now());
  }

  /** Marks our own descriptions (`loop-protect`): 12 hex digits. */
  get instanceId(): string {
    return this.#options.instanceId;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Deadlines that are set: one a call. */
  get timers(): number {
    return this.#timers.size;
  }

  calls(): IterableIterator<Call> {
    return this.#calls.values();
  }

  find(callId: string): Call | undefined {
    return this.#calls.get(callId);
  }

  report(call: Call): CallReport {
    return reportCall(call, this.#options.dataplane);
  }

  /** What keeps out a new call now. */
  limit(): LimitReason | undefined {
    if (this.isDraining) return "Draining";
    return limitReached(this.settings, this.#calls.size, this.#options.hostLoad());
  }

  /**
   * Works an offer or answer into its call.
   *
   * @param from name or address of whoever asks
   * @returns the SDP for the other party
   * @throws CallError with the text for the client
   */
  transact(request: NgRequest, sdp: SessionDescription, from: string): SessionDescription {
    const { clock, observer, write, instanceId, softwareId } = this.#options;
    const known = this.#calls.get(request.callId!);
    const negotiation = plan(known, request, sdp, {
      now: clock.now(),
      interfaces: this.#options.interfaces,
      turn: this.#turn++,
      learning: this.settings.endpointLearning,
      distrustsSdp: this.settings.distrustsSdp,
      defaultTos: this.settings.defaultTos,
      from,
    });
    const reserved = this.#reserve(negotiation, known);
    let outcome: ReturnType<typeof commit>;
    try {
      outcome = commit(negotiation, reserved, { instanceId, softwareId, write });
    } catch (cause) {
      this.#options.dataplane.release(reserved.flat());
      throw cause instanceof CallError ? cause : CALL_ERRORS.rewriteFailed(cause);
    }
    this.#apply(outcome.flows, reserved.flat(), known);
    this.#options.dataplane.release(outcome.released);
    this.#calls.set(outcome.call.callId, outcome.call);
    this.#check(outcome.call);
    if (negotiation.strippedIceAttributes > 0) observer.iceStripped(negotiation.strippedIceAttributes);
    if (outcome.outgrownPorts > 0) observer.portsOutgrown(outcome.outgrownPorts);
    const { refusedEndpoints } = negotiation;
    if (refusedEndpoints.length > 0) observer.endpointsRefused(outcome.call, refusedEndpoints);
    if (known) observer.callUpdated(outcome.call);
    else observer.callCreated(outcome.call);
    return outcome.sdp;
  }

  /** Publishes flows. When that fails the old ones come back, and the new ports go. */
  #apply(flows: readonly Flow[], reserved: readonly ReservedSocket[], known: Call | undefined): void {
    const { dataplane } = this.#options;
    try {
      dataplane.apply(flows);
    } catch (cause) {
      try {
        if (known) dataplane.apply(flowsOf(known, this.#options.interfaces));
      } finally {
        dataplane.release(reserved);
      }
      throw cause;
    }
  }

  /** Ports that run out end the call, as upstream does: half a call helps nobody. */
  #reserve(negotiation: Plan, known: Call | undefined): ReservedSocket[][] {
    const requests = negotiation.needs.map((need) => this.#requestFor(need, negotiation.draft.callId));
    try {
      return this.#options.dataplane.reserve(requests);
    } catch (cause) {
      if (!(cause instanceof ProxyError) || cause.code !== "E_PORTS_EXHAUSTED") throw cause;
      if (known) this.#end(known, "terminated");
      throw CALL_ERRORS.ranOutOfPorts(cause);
    }
  }

  #requestFor(need: PortNeed, callId: string): PortRequest {
    const media = this.#options.interfaces.addresses(need.interfaceName, need.family)[0];
    if (!media)
      throw CALL_ERRORS.ranOutOfPorts(`interface ${need.interfaceName} has no IPv${need.family} address`);
    return { media, count: need.portCount, callId };
  }

  /**
   * Deletes a call or a branch of it, now or after a delay.
   *
   * @param report what the call has done, where it was read just now
   * @returns false when the keys match nothing
   */
  remove(call: Call, keys: RemovalKeys, delaySeconds: number | undefined, report?: CallReport): boolean {
    const { clock } = this.#options;
    const delayMicros = (delaySeconds ?? this.settings.deleteDelaySeconds) * 1e6;
    const removal = removeBranch(call, keys, delayMicros, clock.now());
    if (!removal) return false;
    if (removal.kind === "gone") this.#end(call, "delete", report);
    else this.#replace(removal.call, removal.released);
    return true;
  }

  /** Ends a call at once. */
  terminate(call: Call): void {
    this.#end(call, "terminated");
  }

  /** Marks a call for full logging, or not. */
  setDebug(call: Call, isDebugged: boolean): void {
    this.#calls.set(call.callId, { ...call, isDebugged });
  }

  /** Lets timeouts that were changed count for the calls there are. */
  settingsChanged(): void {
    for (const call of [...this.#calls.values()]) this.#check(call);
  }

  /** Looks after the calls whose time has come. Cheap when there are none. */
  tick(): void {
    const now = this.#options.clock.now();
    for (const callId of this.#timers.due(now)) {
      const call = this.#calls.get(callId);
      if (call) this.#check(call);
    }
  }

  /** Ends all calls. */
  close(): void {
    for (const call of [...this.#calls.values()]) this.#end(call, "terminated");
  }

  #check(call: Call): void {
    const { clock, dataplane, interfaces } = this.#options;
    const due = dueOn(call, this.#timeouts(), (flowId) => dataplane.lastSeen(flowId), clock.now());
    switch (due.kind) {
      case "close":
        this.#end(call, due.reason);
        break;
      case "remove-parties": {
        const { call: rest, released } = removeDue(call, clock.now());
        if (rest.monologues.some((monologue) => monologue !== undefined)) this.#replace(rest, released);
        else this.#end(call, "delete");
        break;
      }
      default: {
        const nextPierce = clock.now() + PIERCE_INTERVAL_MICROS;
        const isPiercing = pierceNats(call, dataplane, interfaces);
        const nextCheck = isPiercing ? Math.min(due.nextCheck, nextPierce) : due.nextCheck;
        this.#timers.set(call.callId, nextCheck as Micros);
      }
    }
  }

  #timeouts(): Timeouts {
    const { timeoutSeconds, silentTimeoutSeconds, offerTimeoutSeconds, finalTimeoutSeconds } = this.settings;
    return {
      timeoutMicros: timeoutSeconds * 1e6,
      silentMicros: silentTimeoutSeconds * 1e6,
      offerMicros: offerTimeoutSeconds * 1e6,
      finalMicros: finalTimeoutSeconds * 1e6,
    };
  }

  #replace(call: Call, released: readonly ReservedSocket[]): void {
    const { dataplane, observer, interfaces } = this.#options;
    this.#calls.set(call.callId, call);
    dataplane.apply(flowsOf(call, interfaces));
    dataplane.release(released);
    this.#check(call);
    observer.callUpdated(call);
  }

  #end(call: Call, reason: CloseReason, report: CallReport = this.report(call)): void {
    const { dataplane, observer, clock } = this.#options;
    this.#calls.delete(call.callId);
    this.#timers.clear(call.callId);
    dataplane.release(socketsOf(call));
    observer.callEnded({ report, reason, endedAt: clock.now() });
  }
}
