import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Circumstances, compileFlow } from "../../../src/dataplane/fastpath/compile.ts";
import type { EndpointLearning, FlowId } from "../../../src/flow/flow.ts";
import { rtp } from "../../support/packets.ts";
import { endpoint, makeFlow, PipelineBench } from "./support/bench.ts";

const FLOW = 0 as FlowId;
const SOURCES = ["198.51.100.1:4000", "198.51.100.1:4001", "198.51.100.2:4000"];
const PEER = endpoint("203.0.113.9:5000");

const policies = fc.record({
  learning: fc.constantFrom<EndpointLearning>("off", "immediate", "delayed", "heuristic", "safe"),
  isStrict: fc.boolean(),
  allowsHandover: fc.boolean(),
  isAsymmetric: fc.boolean(),
  expected: fc.constantFrom(...SOURCES).map(endpoint),
  endpointEpoch: fc.constantFrom(1, 2),
});

/** A signalling and the packets after it: the index of each one's source, and seconds before it. */
const phases = fc.record({
  policy: policies,
  packets: fc.array(fc.tuple(fc.nat(SOURCES.length - 1), fc.constantFrom(0, 0, 4)), { maxLength: 6 }),
});

describe("compileFlow", () => {
  it("lets the kernel take packets only where a worker would forward them and learn nothing", () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.array(phases, { minLength: 1, maxLength: 3 }), (history) => {
        const bench = new PipelineBench();
        let now = 1;
        let sequence = 0;
        history.forEach(({ policy, packets }, phase) => {
          const flow = makeFlow(FLOW, { ...policy, latchEpoch: phase + 1 }, [{ to: PEER }]);
          bench.apply(flow);
          bench.apply(makeFlow(1));
          for (const [source, seconds] of packets) {
            now += seconds * 1e6 + 1;
            bench.receive(FLOW, SOURCES[source]!, rtp(++sequence), now);
          }
          const learned = () => bench.states.learned(FLOW, flow.source);
          const circumstances: Circumstances = {
            hasReceived: () => true,
            confirmedSource: () => (learned().isConfirmed ? learned().endpoint : undefined),
            learnedSource: () => learned().endpoint,
            learnedEndpoint: () => undefined,
            isOurs: () => false,
            flowIdOf: () => 1,
            clockRateIndex: () => 0,
            path: () => ({ inInterface: 1, outInterface: 1, isLocal: false }),
            hopLimit: 64,
          };
          const entry = compileFlow(flow, circumstances);
          if (typeof entry === "string") return;
          taken++;
          const before = learned();
          bench.sent.length = 0;
          const { address, port } = entry.source;
          bench.receive(FLOW, `${address}:${port}`, rtp(++sequence), ++now);
          expect(bench.sent).toHaveLength(1);
          expect(learned()).toEqual(before);
        });
      }),
      { numRuns: 3000 },
    );
    expect(taken).toBeGreaterThan(1000);
  });
});
