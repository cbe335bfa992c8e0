import type { EndpointLearning, FlowId } from "../../../src/flow/flow.ts";
import { DropReason } from "../../../src/flow/reasons.ts";
import { endpoint, makeFlow, PipelineBench } from "../../unit/dataplane/support/bench.ts";

const MODES: readonly EndpointLearning[] = ["off", "immediate", "delayed", "heuristic", "safe"];
const SOURCES = ["198.51.100.1:4000", "198.51.100.1:5000", "203.0.113.7:4000", "203.0.113.7:6000"] as const;
const DESTINATION = "192.0.2.9:9";

/** One worker's pipeline for the life of the process, so that every input meets the state that others left. */
const bench: PipelineBench = new PipelineBench();
let count = 0;

MODES.forEach((learning, flowId) => {
  const source = { learning, expected: endpoint(SOURCES[0]), isStrict: flowId % 2 === 1 };
  bench.apply(makeFlow(flowId, source, [{ to: endpoint(DESTINATION) }, { carries: "rtcp" }]));
});

/**
 * The first byte picks flow and source, the rest is a datagram. No step throws; every packet is dropped for one reason or
 * accepted; nothing is sent but to where signalling or a peer is.
 */
export function fuzzRelay(bytes: Uint8Array): void {
  const choice = bytes[0] ?? 0;
  const flowId = (choice % MODES.length) as FlowId;
  const from = SOURCES[(choice >> 3) % SOURCES.length]!;
  bench.sent.length = 0;
  const accepted = bench.states.byWorker(flowId, 0);
  const reasons = bench.receive(flowId, from, bytes.subarray(1, 2049), ++count);
  while (bench.events.take(new Uint8Array(64), 0) >= 0);
  if (bench.states.drops(flowId)[DropReason.Fault] !== 0) throw new Error("a step threw");
  const isAccepted = bench.states.byWorker(flowId, 0) === accepted + 1;
  if (!isAccepted && (reasons === "" || bench.sent.length > 0))
    throw new Error("neither accepted nor dropped");
  for (const { to } of bench.sent) {
    if (to !== DESTINATION && !SOURCES.some((source) => source === to)) throw new Error(`sent to ${to}`);
  }
}
