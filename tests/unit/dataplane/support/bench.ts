import type { Micros } from "../../../../src/base/brand.ts";
import { type Endpoint, formatEndpoint, parseAddress } from "../../../../src/base/endpoint.ts";
import { Packet, type RelayTables, type Step } from "../../../../src/dataplane/relay/packet.ts";
import { PIPELINE, runPipeline } from "../../../../src/dataplane/relay/pipeline.ts";
import type { Sender } from "../../../../src/dataplane/relay/sender.ts";
import { ClockRates } from "../../../../src/flow/clock-rates.ts";
import type { Flow, FlowId, LocalSocket, Sink, SourcePolicy } from "../../../../src/flow/flow.ts";
import { FlowRecords } from "../../../../src/flow/flow-record.ts";
import { FlowStates, STATE_WORDS } from "../../../../src/flow/flow-state.ts";
import { readEndpoint, writeEndpoint } from "../../../../src/flow/packed-endpoint.ts";
import { DROP_REASON_NAMES } from "../../../../src/flow/reasons.ts";
import { Ring } from "../../../../src/flow/ring.ts";
import { ForeignMemory } from "../../../../src/platform/memory.ts";

const CAPACITY = 16;

/** `1.2.3.4:5` or `[::1]:5`. */
export function endpoint(text: string): Endpoint {
  const at = text.lastIndexOf(":");
  const address = parseAddress(text.slice(0, at).replace(/[[\]]/g, ""));
  if (address === undefined) throw new Error(`no endpoint: ${text}`);
  return { ...address, port: Number(text.slice(at + 1)) };
}

/** The socket of flow `flowId`: port 1000 + flowId of address 0. */
export function localOf(flowId: number): LocalSocket {
  return { family: 4, address: "192.0.2.1", port: 1000 + flowId, addressIndex: 0 };
}

export function makeFlow(
  flowId: number,
  source: Partial<SourcePolicy> = {},
  sinks: readonly Partial<Sink>[] = [],
  changes: Partial<Flow> = {},
): Flow {
  return {
    flowId: flowId as FlowId,
    generation: 1,
    callId: "call",
    local: localOf(flowId),
    content: "rtp",
    detectsLoops: false,
    source: {
      learning: "immediate",
      isStrict: false,
      allowsHandover: false,
      isAsymmetric: false,
      confirmFrom: 3_000_000 as Micros,
      isExpectedReachable: true,
      latchEpoch: 1,
      endpointEpoch: 1,
      ...source,
    },
    payloadTypes: { known: [0, 8], blocksUnknown: false },
    sinks: sinks.map((sink) => ({
      carries: "both",
      from: localOf(1),
      follows: 1 as FlowId,
      tos: 0,
      waitsForPeer: false,
      blockedPayloadTypes: [],
      ...sink,
    })),
    needs: [],
    ...changes,
  };
}

/** The pipeline of a worker without a network: packets go in by a call and come out in `sent`. */
export class PipelineBench implements Sender {
  readonly states: FlowStates;
  readonly records: FlowRecords;
  readonly slotEpochs: Int32Array;
  readonly events: Ring;
  readonly packet: Packet;
  readonly sent: { from: number; port: number; tos: number; to: string }[] = [];
  readonly #rates: ClockRates;

  constructor() {
    const { halves, selectors } = FlowRecords.allocate(CAPACITY);
    this.states = new FlowStates(FlowStates.allocate(CAPACITY));
    this.records = new FlowRecords(halves, selectors);
    this.#rates = new ClockRates(ClockRates.allocate());
    this.slotEpochs = new Int32Array(CAPACITY).fill(1);
    this.events = new Ring(Ring.allocate(1 << 16));
    const { states, records, slotEpochs, events } = this;
    const tables: RelayTables = { states, records, ratesHz: this.#rates.ratesHz, slotEpochs, events };
    this.packet = new Packet(tables, new ForeignMemory(4096), this);
  }

  push(
    _packet: Packet,
    _addressIndex: number,
    port: number,
    fromFlowId: number,
    tos: number,
    destination: Int32Array,
    destinationAt: number,
  ): void {
    const to = formatEndpoint(readEndpoint(destination, destinationAt)!);
    this.sent.push({ from: fromFlowId, port, tos, to });
  }

  flush(): void {}

  apply(flow: Flow, isRefused = false): void {
    this.records.publish(
      flow,
      {
        flowIdOf: (local) => local.port - 1000,
        epochOf: (flowId) => this.slotEpochs[flowId]!,
        clockRateIndex: (rateHz) => this.#rates.indexOf(rateHz),
      },
      isRefused,
    );
  }

  /** Lets a datagram arrive. @returns the name of the reason it was dropped for, or `""` */
  receive(
    flowId: number,
    from: string,
    bytes: Uint8Array,
    now = 1,
    steps: readonly Step[] = PIPELINE,
  ): string {
    const before = this.states.drops(flowId as FlowId);
    const { packet } = this;
    packet.flowId = flowId;
    packet.offset = 0;
    packet.length = bytes.length;
    packet.bytes.fill(0);
    packet.bytes.set(bytes);
    packet.now[0] = now;
    writeEndpoint(packet.source, 0, endpoint(from));
    runPipeline(packet, steps);
    const after = this.states.drops(flowId as FlowId);
    return DROP_REASON_NAMES.filter((_, index) => after[index] !== before[index]).join(" ");
  }

  learned(flowId: number, latchEpoch = 1, endpointEpoch = 1): string {
    const epochs = { latchEpoch, endpointEpoch };
    const { endpoint: found, isConfirmed } = this.states.learned(flowId as FlowId, epochs);
    return found === undefined ? "" : `${formatEndpoint(found)}${isConfirmed ? " confirmed" : ""}`;
  }

  /** First word of a flow's state. */
  stateOf(flowId: number): number {
    return flowId * STATE_WORDS;
  }
}
