import type { Flow } from "../../flow/flow.ts";
import type { ReservedSocket } from "../../flow/reservation.ts";
import type { SessionDescription } from "../../wire/sdp/model.ts";
import { MAX_PORT_MAPS } from "../bounds.ts";
import { type DescribeContext, describe } from "../describe/session.ts";
import { flowsOf } from "../flows.ts";
import type { Call, Media } from "../model.ts";
import type { Plan } from "./plan.ts";

/** What a negotiation comes to. */
export interface Outcome {
  /** Takes the place of the old one. */
  readonly call: Call;
  /** All flows of the call. */
  readonly flows: readonly Flow[];
  /** Ports nobody needs any more. */
  readonly released: readonly ReservedSocket[];
  /** How many ports of those because a party has moved too often. */
  readonly outgrownPorts: number;
  /** For the other party. */
  readonly sdp: SessionDescription;
}

/**
 * Completes a plan with the ports that were reserved for its needs, in their order.
 *
 * @throws CallError when there is nothing to describe
 */
export function commit(
  plan: Plan,
  reserved: readonly (readonly ReservedSocket[])[],
  context: DescribeContext,
): Outcome {
  const { draft } = plan;
  plan.needs.forEach((need, at) => {
    draft.medias[need.media]!.portMaps[need.portMap]!.sockets = reserved[at]!;
  });
  const outgrown = dropOldPorts(draft);
  const released = [...outgrown, ...trimPorts(draft)];
  const sdp = describe(draft, plan.dialogue.receiver, plan.flags, plan.isOffer, context);
  return {
    call: draft,
    flows: flowsOf(draft, plan.interfaces),
    released,
    outgrownPorts: outgrown.length,
    sdp,
  };
}

/** Gives up RTCP ports that rtcp-mux made superfluous. */
function trimPorts(draft: Call): ReservedSocket[] {
  const released: ReservedSocket[] = [];
  for (const media of draft.medias) {
    for (const map of media.portMaps) {
      if (map.sockets.length <= map.portCount) continue;
      released.push(...map.sockets.slice(map.portCount));
      map.sockets = map.sockets.slice(0, map.portCount);
    }
  }
  return released;
}

/** Gives up the oldest ports of whoever has moved often. */
function dropOldPorts(draft: Call): ReservedSocket[] {
  const released: ReservedSocket[] = [];
  for (const media of draft.medias) {
    while (media.portMaps.length > MAX_PORT_MAPS) released.push(...dropOldest(media));
  }
  return released;
}

function dropOldest(media: Media): readonly ReservedSocket[] {
  const oldest = media.portMap === 0 ? 1 : 0;
  const [map] = media.portMaps.splice(oldest, 1);
  if (media.portMap > oldest) media.portMap--;
  return map!.sockets;
}
