import { STATE_WORDS, StateNumber } from "../../flow/flow-state.ts";
import { DropReason } from "../../flow/reasons.ts";
import { WorkerEvent } from "../../flow/ring.ts";
import { type Packet, type Step, Verdict } from "./packet.ts";
import { account } from "./steps/account.ts";
import { demux } from "./steps/demux.ts";
import { forward } from "./steps/forward.ts";
import { latch } from "./steps/latch.ts";
import { breakLoops } from "./steps/loop.ts";
import { validate } from "./steps/validate.ts";

/**
 * What happens to a packet, in order, between the batch that received it and the batch that sends it.
 *
 * Validation before latching: garbage teaches no endpoint. Accounting after it: a stranger's packet is no
 * sign of life.
 */
export const PIPELINE: readonly Step[] = [demux, validate, latch, breakLoops, account, forward];

/**
 * Runs the packet in hand through the steps. A step that throws loses this packet and nothing else.
 *
 * The caller has filled in `flowId`, `offset`, `length` and `source`.
 */
export function runPipeline(packet: Packet, steps: readonly Step[]): void {
  const { flowId } = packet;
  packet.state = flowId * STATE_WORDS;
  packet.checksum = -1;
  const record = packet.records.current(flowId);
  if (record < 0) {
    countDrop(packet, DropReason.NoFlow);
    return;
  }
  packet.record = record;
  try {
    for (let index = 0; index < steps.length; index++) {
      if (steps[index]!(packet) !== Verdict.Continue) return;
    }
  } catch (error) {
    countDrop(packet, DropReason.Fault);
    const text = new TextEncoder().encode(
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    );
    packet.events.push(WorkerEvent.Fault, flowId, text, 0, Math.min(text.length, 1024));
  }
}

function countDrop(packet: Packet, reason: DropReason): void {
  packet.states.numbers[packet.state / 2 + StateNumber.drops + reason]! += 1;
}
