import type { Micros } from "../../../../src/base/brand.ts";
import type { Endpoint } from "../../../../src/base/endpoint.ts";
import type { MediaInterface } from "../../../../src/config/media-interface.ts";
import type { Dataplane, ReservedSocket } from "../../../../src/dataplane/index.ts";
import type { Flow, Sink, SourcePolicy } from "../../../../src/flow/flow.ts";

/** A local address with a port range. */
export function media(address: string, portMin: number, portMax: number, name = "default"): MediaInterface {
  const bind = { family: address.includes(":") ? 6 : 4, address } as const;
  return { name, bind, advertised: bind, portMin, portMax };
}

export const POLICY: SourcePolicy = {
  learning: "immediate",
  isStrict: false,
  allowsHandover: false,
  isAsymmetric: false,
  confirmFrom: 0 as Micros,
  isExpectedReachable: true,
  latchEpoch: 1,
  endpointEpoch: 1,
};

/** A flow that sends what `socket` receives to the peer of `other`. */
export function flowBetween(
  socket: ReservedSocket,
  other: ReservedSocket,
  to: Endpoint | undefined,
  changes: { source?: Partial<SourcePolicy>; sink?: Partial<Sink>; flow?: Partial<Flow> } = {},
): Flow {
  const sink: Sink = {
    carries: "both",
    from: other,
    follows: other.flowId,
    ...(to === undefined ? {} : { to }),
    tos: 0xb8,
    waitsForPeer: false,
    blockedPayloadTypes: [],
    ...changes.sink,
  };
  return {
    flowId: socket.flowId,
    generation: 1,
    callId: "call",
    local: socket,
    content: "rtp",
    detectsLoops: false,
    source: { ...POLICY, ...changes.source },
    payloadTypes: { known: [0, 8], blocksUnknown: false },
    sinks: [sink],
    needs: [],
    ...changes.flow,
  };
}

/** Waits until a condition on counters holds. */
export async function until(condition: () => boolean, timeoutMs = 1000): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return true;
}

/** Takes one port each for both sides of a call. */
export function reservePair(
  dataplane: Dataplane,
  a: MediaInterface,
  b: MediaInterface = a,
): [ReservedSocket, ReservedSocket] {
  const [[first], [second]] = dataplane.reserve([
    { media: a, count: 1, callId: "call" },
    { media: b, count: 1, callId: "call" },
  ]) as [[ReservedSocket], [ReservedSocket]];
  return [first, second];
}
