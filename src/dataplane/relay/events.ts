import type { FlowId } from "../../flow/flow.ts";
import { type Ring, WorkerEvent } from "../../flow/ring.ts";
import type { DataplaneEvent } from "../index.ts";
import type { WorkerLog } from "./worker-handle.ts";

const KINDS: Readonly<Record<number, DataplaneEvent["kind"]>> = {
  [WorkerEvent.Validated]: "validated",
  [WorkerEvent.Learned]: "learned",
  [WorkerEvent.Stun]: "stun",
  [WorkerEvent.Dtls]: "dtls",
  [WorkerEvent.Rtcp]: "rtcp",
  [WorkerEvent.Dtmf]: "dtmf",
  [WorkerEvent.Fault]: "fault",
  [WorkerEvent.Source]: "source",
};

/** At most this many in one turn, so that a flood leaves room for the control side. */
const BUDGET = 1000;

const buffer: Uint8Array = new Uint8Array(4096);

/**
 * Takes what a worker has to tell off its ring. A fault is logged as well.
 *
 * @returns whether there may be more
 */
export function drainEvents(
  ring: Ring,
  onEvent: ((event: DataplaneEvent) => void) | undefined,
  log: WorkerLog,
): boolean {
  for (let count = 0; count < BUDGET; count++) {
    const length = ring.take(buffer, 0);
    if (length < 0) return false;
    const kind = KINDS[ring.kind];
    if (kind === undefined) continue;
    const bytes = buffer.slice(0, length);
    if (kind === "fault") log("error", `a relay step failed: ${new TextDecoder().decode(bytes)}`);
    onEvent?.({ flowId: ring.flowId as FlowId, kind, bytes });
  }
  return true;
}
