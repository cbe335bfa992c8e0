import type { Micros } from "../../src/base/brand.ts";
import { ProxyError } from "../../src/base/errors.ts";
import type {
  Dataplane,
  FastpathReading,
  FlowReading,
  InterfaceReading,
  KernelFlowReading,
  PortRequest,
  ReservedSocket,
  TotalsReading,
  WorkerReading,
} from "../../src/dataplane/index.ts";
import type { Flow, FlowId } from "../../src/flow/flow.ts";

/** A data plane without sockets: it keeps the books and lets tests say what packets have done. */
export class FakeDataplane implements Dataplane {
  readonly flows: Map<number, Flow> = new Map();
  readonly ports: Map<string, ReservedSocket> = new Map();
  readonly seen: Map<number, Micros> = new Map();
  /** What `read` says of a flow beside the usual nothing. */
  readonly readings: Map<number, Partial<FlowReading>> = new Map();
  /** What `interfaces` says. */
  interfaceReadings: InterfaceReading[] = [];
  /** What `totals` says. */
  totalsReading: TotalsReading = {
    packets: 0,
    bytes: 0,
    errors: 0,
    drops: [],
    kernel: { packets: 0, bytes: 0, errors: 0 },
  };
  readonly sent: { from: number; to: string; bytes: number }[] = [];
  /** Ports to hand out at most. */
  capacity: number = Number.POSITIVE_INFINITY;
  #nextFlow = 0;

  /** What `fastpath` says. */
  fastpathReading: FastpathReading = {
    isActive: false,
    reason: "forwarding in the kernel is switched off",
    attachments: [],
    flows: 0,
    refusals: {},
  };

  /** What `kernelFlows` says. */
  kernelFlowReadings: KernelFlowReading[] = [];

  kernelFlows(): KernelFlowReading[] {
    return this.kernelFlowReadings;
  }

  fastpath(): FastpathReading {
    return this.fastpathReading;
  }

  reserve(requests: readonly PortRequest[]): ReservedSocket[][] {
    const wanted = requests.reduce((sum, { count }) => sum + count, 0);
    if (this.ports.size + wanted > this.capacity)
      throw new ProxyError("E_PORTS_EXHAUSTED", "Ran out of ports");
    return requests.map((request) => this.#take(request));
  }

  #take({ media, count }: PortRequest): ReservedSocket[] {
    const { address, family } = media.bind;
    let port = media.portMin;
    while (this.ports.has(`${address} ${port}`) || this.ports.has(`${address} ${port + 1}`)) port += 2;
    return Array.from({ length: count }, (_, at) => {
      const flowId = this.#nextFlow++ as FlowId;
      const socket: ReservedSocket = { family, address, port: port + at, addressIndex: 0, flowId, media };
      this.ports.set(`${address} ${socket.port}`, socket);
      return socket;
    });
  }

  release(sockets: readonly ReservedSocket[]): void {
    for (const { address, port, flowId } of sockets) {
      if (!this.ports.delete(`${address} ${port}`)) throw new Error(`port ${port} released twice`);
      this.flows.delete(flowId);
      this.seen.delete(flowId);
    }
  }

  apply(flows: readonly Flow[]): void {
    for (const flow of flows) this.flows.set(flow.flowId, flow);
  }

  withdraw(flowIds: readonly FlowId[]): void {
    for (const id of flowIds) this.flows.delete(id);
  }

  read(flowId: FlowId): FlowReading {
    return {
      packetsIn: 0,
      bytesIn: 0,
      packetsOut: 0,
      bytesOut: 0,
      drops: [],
      firstSeen: this.lastSeen(flowId),
      lastSeen: this.lastSeen(flowId),
      isConfirmed: false,
      sources: [],
      tier: "none",
      ...this.readings.get(flowId),
    };
  }

  lastSeen(flowId: FlowId): Micros {
    return this.seen.get(flowId) ?? (0 as Micros);
  }

  send(from: { port: number }, to: { address: string; port: number }, bytes: Uint8Array): void {
    this.sent.push({ from: from.port, to: `${to.address}:${to.port}`, bytes: bytes.length });
  }

  interfaces(): InterfaceReading[] {
    return this.interfaceReadings;
  }

  workers(): WorkerReading[] {
    return [{ index: 0, batches: 3, packets: 7 }];
  }

  totals(): TotalsReading {
    return this.totalsReading;
  }

  async close(): Promise<void> {}
}
