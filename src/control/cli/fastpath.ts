import { formatEndpoint } from "../../base/endpoint.ts";
import type { FastpathReading, FlowReading, KernelFlowReading } from "../../dataplane/index.ts";
import { KERNEL_REFUSALS, type KernelRefusal } from "../../flow/reasons.ts";
import {
  answer,
  type CliAnswer,
  type CliCommand,
  type CliContext,
  type JsonValue,
  shown,
} from "./command.ts";

/** Forwarding in the kernel: what upstream has in `/proc/rtpengine`. */
export const FASTPATH_COMMANDS: readonly CliCommand[] = [
  {
    words: "fastpath status",
    help: "print whether the kernel forwards media, and why not",
    isOwn: true,
    run: (_rest, context) => status(context),
  },
  {
    words: "fastpath list",
    help: "print the flows that the kernel carries, with their counters",
    isOwn: true,
    run: (_rest, context) => listFlows(context),
  },
];

function status({ dataplane }: CliContext): CliAnswer {
  const { isActive, reason, attachments, flows, refusals } = dataplane.fastpath();
  const lines = [`Forwarding in the kernel: ${isActive ? "active" : `not active: ${reason}`}`];
  for (const { interfaceIndex, hook, problem } of attachments) {
    lines.push(` Interface #${interfaceIndex}: ${hook ?? `not watched: ${problem}`}`);
  }
  if (isActive) lines.push(` Flows in the kernel: ${flows}`);
  for (const [name, count] of refusalsOf(refusals)) {
    lines.push(` Not in the kernel: ${count} (${name}: ${KERNEL_REFUSALS[name]})`);
  }
  const described = attachments.map((one) => ({
    interface: one.interfaceIndex,
    hook: one.hook ?? null,
    problem: one.problem ?? null,
  }));
  return answer(lines, { active: isActive, reason, interfaces: described, flows, refusals: { ...refusals } });
}

function refusalsOf(refusals: FastpathReading["refusals"]): [KernelRefusal, number][] {
  return (Object.entries(refusals) as [KernelRefusal, number][]).sort((a, b) => b[1] - a[1]);
}

function listFlows({ dataplane }: CliContext): CliAnswer {
  const all = dataplane.kernelFlows().map((flow) => ({ flow, reading: dataplane.read(flow.flowId) }));
  if (all.length === 0) return answer(["No flows in the kernel."], []);
  return answer(
    all.flatMap(({ flow, reading }) => printFlow(flow, reading)),
    all.map(({ flow, reading }) => describeFlow(flow, reading)),
  );
}

function printFlow(flow: KernelFlowReading, { packetsIn, bytesIn, sources }: FlowReading): string[] {
  return [
    `local ${formatEndpoint(flow.local)} call '${shown(flow.callId)}'`,
    `    source: ${formatEndpoint(flow.source)}`,
    `    sink:   from ${formatEndpoint(flow.from)} to ${formatEndpoint(flow.to)}, interface #${flow.outInterface}, tos ${flow.tos}`,
    `    payload types: ${flow.payloadTypes.join(" ")}`,
    `    stats:  ${packetsIn} packets, ${bytesIn} bytes`,
    ...sources.map(
      (one) =>
        `    SSRC ${one.ssrc.toString(16)}: ${one.packets} packets, ${one.bytes} bytes, highest sequence ${one.extendedHighestSequenceNumber}, ${one.lost} lost, ${one.reordered} late, ${one.duplicates} twice, jitter ${one.interarrivalJitterTicks.toFixed(1)} ticks`,
    ),
  ];
}

function describeFlow(flow: KernelFlowReading, { packetsIn, bytesIn, sources }: FlowReading): JsonValue {
  return {
    callid: flow.callId,
    local: formatEndpoint(flow.local),
    source: formatEndpoint(flow.source),
    from: formatEndpoint(flow.from),
    to: formatEndpoint(flow.to),
    interface: flow.outInterface,
    tos: flow.tos,
    payload_types: flow.payloadTypes,
    packets: packetsIn,
    bytes: bytesIn,
    sources: sources.map((one) => ({
      ssrc: one.ssrc,
      packets: one.packets,
      bytes: one.bytes,
      highest_sequence: one.extendedHighestSequenceNumber,
      lost: one.lost,
      reordered: one.reordered,
      duplicates: one.duplicates,
      jitter: one.interarrivalJitterTicks,
    })),
  };
}
