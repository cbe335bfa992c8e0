import type { Flow, Need } from "../../flow/flow.ts";
import { MAX_SINKS } from "../../flow/flow-record.ts";
import type { RefusalReason } from "../../flow/reasons.ts";

const REFUSED_NEEDS: Readonly<Record<Need, RefusalReason>> = {
  protect: "protects",
  unprotect: "protects",
  "rtcp-rewrite": "rewrites-rtcp",
  record: "records",
  transcode: "transcodes",
  "dtmf-events": "listens-for-dtmf",
};

/** Why the relay workers cannot carry a flow; undefined when they can. */
export function refusalOf(flow: Flow): RefusalReason | undefined {
  const [need] = flow.needs;
  if (need !== undefined) return REFUSED_NEEDS[need];
  if (flow.unprotectKey !== undefined) return "protects";
  if (flow.sinks.some((sink) => sink.protectKey !== undefined)) return "protects";
  if (flow.sinks.length > MAX_SINKS) return "too-many-sinks";
  return undefined;
}
