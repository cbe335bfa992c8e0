import { compileFlow } from "../src/dataplane/fastpath/compile.ts";
import { KernelProgram } from "../src/dataplane/fastpath/program.ts";
import type { Flow, FlowId, LocalSocket } from "../src/flow/flow.ts";
import { FlowStates, SourceWord, STATE_WORDS, StateWord } from "../src/flow/flow-state.ts";
import { monotonicNow } from "../src/platform/clock.ts";
import { frameOf } from "../tests/netns/fastpath/frames.ts";
import { POLICY } from "../tests/netns/relay/support/call.ts";
import { rtp } from "../tests/support/packets.ts";
import type { Benchmark } from "./support/benchmark.ts";
import { Samples } from "./support/figures.ts";

/** Flows in the tables; two a call. */
const FLOWS = [10, 1_000, 20_000];
/** Runs of the program, over all flows in turn. */
const RUNS = 20_000;
const SSRC = 0x1234;
const FIRST_PORT = 10_000;
const LOOPBACK = 1;
const TC_ACT_REDIRECT = 7;

const label = (flows: number): string => `${flows} flows`;

/** What a flow costs in the tables, and whether a packet costs more the more flows there are. No peer: it has no such tables. */
export const kernelFlows: Benchmark = {
  question:
    "kernel-flows: ns of the kernel's program a packet, and µs to move a flow into the kernel, by flows in the tables",
  better: Object.fromEntries(
    FLOWS.flatMap((flows) => [
      [`program ns a packet, ${label(flows)}`, "less"],
      [`µs to move a flow into the kernel, ${label(flows)}`, "less"],
    ]),
  ),
  async measure(rounds, progress) {
    const samples = new Samples();
    for (let round = 0; round < rounds; round++) {
      for (const flows of FLOWS) progress(`round ${round + 1}: ${measureFlows(flows, samples)}`);
    }
    return { ours: samples.figures(), peer: {} };
  },
};

function measureFlows(flows: number, samples: Samples): string {
  const program = new KernelProgram([{ ...localOf(0), index: 0 }], flows, "tcx", 1);
  const states = new FlowStates(FlowStates.allocate(flows));
  program.refresh(monotonicNow() + 3600e6, new Float64Array(256).fill(8000));
  const started = performance.now();
  for (let flowId = 0; flowId < flows; flowId++) place(program, states, flowId);
  const micros = ((performance.now() - started) * 1000) / flows;
  let nanoseconds = 0;
  for (let run = 0; run < RUNS; run++) {
    const flowId = (run * 7919) % flows;
    const payload = rtp(run, { ssrc: SSRC });
    const result = program.testRun(frameOf({ from: phoneOf(flowId), to: localOf(flowId), payload }));
    if (result.action !== TC_ACT_REDIRECT) throw new Error(`a packet of flow ${flowId} was not forwarded`);
    nanoseconds += result.nanoseconds;
  }
  program.close();
  samples.add(`program ns a packet, ${label(flows)}`, nanoseconds / RUNS);
  samples.add(`µs to move a flow into the kernel, ${label(flows)}`, micros);
  return `${label(flows)}: ${(nanoseconds / RUNS).toFixed(0)} ns a packet, ${micros.toFixed(1)} µs a flow`;
}

/** What placing a flow does once its source is settled, but for asking for its route. */
function place(program: KernelProgram, states: FlowStates, flowId: number): void {
  states.words[flowId * STATE_WORDS + StateWord.sourceCount] = 1;
  states.words[flowId * STATE_WORDS + StateWord.sources + SourceWord.ssrc] = SSRC;
  const flow = flowOf(flowId);
  const entry = compileFlow(flow, {
    hasReceived: () => true,
    confirmedSource: () => phoneOf(flowId),
    learnedSource: () => phoneOf(flowId),
    learnedEndpoint: () => phoneOf(flowId ^ 1),
    isOurs: () => false,
    flowIdOf: () => flowId ^ 1,
    clockRateIndex: () => 0,
    path: () => ({ inInterface: LOOPBACK, outInterface: LOOPBACK, isLocal: false }),
    hopLimit: 64,
  });
  if (typeof entry === "string") throw new Error(entry);
  program.setPort(0, FIRST_PORT + flowId, flowId);
  program.states.take(flowId as FlowId, states);
  program.publish(flowId as FlowId, entry);
}

function localOf(flowId: number): LocalSocket {
  return { family: 4, address: "192.0.2.1", port: FIRST_PORT + flowId, addressIndex: 0 };
}

function phoneOf(flowId: number): { family: 4; address: string; port: number } {
  return { family: 4, address: `198.51.${100 + (flowId >> 8)}.${flowId & 255}`, port: 40_000 };
}

function flowOf(flowId: number): Flow {
  return {
    flowId: flowId as FlowId,
    generation: 1,
    callId: `call-${flowId >> 1}`,
    local: localOf(flowId),
    content: "rtp",
    detectsLoops: false,
    source: { ...POLICY, learning: "safe" },
    payloadTypes: { known: [0, 8, 101], blocksUnknown: false },
    sinks: [
      {
        carries: "rtp",
        from: localOf(flowId ^ 1),
        follows: (flowId ^ 1) as FlowId,
        tos: 0xb8,
        waitsForPeer: false,
        blockedPayloadTypes: [],
      },
    ],
    needs: [],
  };
}
