import type { Endpoint } from "../../base/endpoint.ts";
import type { Flow, FlowId, LocalSocket, Sink } from "../../flow/flow.ts";
import type { KernelRefusal } from "../../flow/reasons.ts";
import type { KernelEntry } from "./entry.ts";

/** What a flow's way depends on, besides the flow. */
export interface Circumstances {
  /** Whether a valid packet has come on a flow. */
  hasReceived(flowId: FlowId): boolean;
  /** The one source a flow takes packets of; none while that is open. */
  confirmedSource(flowId: FlowId): Endpoint | undefined;
  /** Where the party on a flow was seen to send from, confirmed or not. */
  learnedSource(flowId: FlowId): Endpoint | undefined;
  /** Where the party on a flow has been learned to receive. */
  learnedEndpoint(flowId: FlowId): Endpoint | undefined;
  /** Whether an endpoint is one of our media ports, so that what is sent there comes back. */
  isOurs(endpoint: Endpoint): boolean;
  /** The flow that has a socket of ours; -1: none. */
  flowIdOf(local: LocalSocket): number;
  /** Index of a payload type's clock rate, in Hz; 0: unknown. */
  clockRateIndex(rateHz: number): number;
  /** How packets come from a source and go to a destination, or why they cannot. */
  path(local: Endpoint, source: Endpoint, from: Endpoint, to: Endpoint): KernelPath | KernelRefusal;
  readonly hopLimit: number;
}

/** The way of a flow's packets through this host. */
export type KernelPath = Pick<KernelEntry, "inInterface" | "outInterface" | "isLocal">;

/** What the kernel is to do with a flow's packets, or why it is not to. Pure. */
export function compileFlow(flow: Flow, circumstances: Circumstances): KernelEntry | KernelRefusal {
  const sink = receiverOf(flow);
  if (typeof sink === "string") return sink;
  if (!circumstances.hasReceived(flow.flowId)) return "no-packet-yet";
  const source = sourceOf(flow, circumstances);
  if (typeof source === "string") return source;
  if (sink.waitsForPeer && !circumstances.hasReceived(sink.follows)) return "waits-for-peer";
  const to = circumstances.learnedEndpoint(sink.follows) ?? sink.to;
  if (to === undefined || to.port === 0) return "no-destination";
  if (flow.detectsLoops && circumstances.isOurs(to)) return "looped";
  const fromFlowId = circumstances.flowIdOf(sink.from);
  if (fromFlowId < 0) return "no-receiver";
  if (flow.local.family !== sink.from.family || to.family !== sink.from.family) return "changes-family";
  const payloadTypes = payloadTypesOf(flow, sink, circumstances);
  if (payloadTypes.length === 0) return "no-payload-types";
  const path = circumstances.path(flow.local, source, sink.from, to);
  if (typeof path === "string") return path;
  return {
    generation: flow.generation,
    family: flow.local.family,
    source,
    from: sink.from,
    fromFlowId,
    to,
    ...path,
    tos: sink.tos & 0xff,
    hopLimit: circumstances.hopLimit,
    payloadTypes,
  };
}

/** The one receiver of the flow's RTP, or why the flow is not for the kernel whatever packets come. */
export function receiverOf(flow: Flow): Sink | KernelRefusal {
  if (flow.needs.length > 0 || flow.unprotectKey !== undefined) return "needs-user-space";
  if (flow.content !== "rtp") return "not-rtp";
  if (flow.sinks.length === 0) return "no-receiver";
  const sinks = flow.sinks.filter(({ carries }) => carries !== "rtcp");
  const [sink] = sinks;
  if (sink === undefined) return "rtcp-only";
  if (sinks.length > 1) return "several-receivers";
  return sink.protectKey === undefined ? sink : "needs-user-space";
}

/**
 * Where the flow's packets may come from. With learning off anything is accepted, so that what comes from the
 * signalled endpoint may as well be taken here; but on a flow that is strict, or moves with its party, a worker
 * compares with what was learned before learning was switched off, or by a handover.
 */
function sourceOf({ flowId, source }: Flow, circumstances: Circumstances): Endpoint | KernelRefusal {
  const { learning, isStrict, allowsHandover, isAsymmetric, expected } = source;
  if (learning !== "off") return circumstances.confirmedSource(flowId) ?? "source-not-settled";
  if (isAsymmetric || expected === undefined) return "any-source";
  return isStrict || allowsHandover ? (circumstances.learnedSource(flowId) ?? expected) : expected;
}

function payloadTypesOf(
  { payloadTypes }: Flow,
  { blockedPayloadTypes }: Sink,
  circumstances: Circumstances,
): KernelEntry["payloadTypes"] {
  return payloadTypes.known.flatMap((payloadType, index) =>
    blockedPayloadTypes.includes(payloadType)
      ? []
      : [{ payloadType, rateIndex: circumstances.clockRateIndex(payloadTypes.clockRatesHz?.[index] ?? 0) }],
  );
}
