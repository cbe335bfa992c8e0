import { isUnspecified } from "../base/endpoint.ts";
import type { InterfaceTable } from "../call/interfaces.ts";
import type { Call } from "../call/model.ts";
import type { Dataplane } from "../dataplane/index.ts";

/**
 * An RTP header and nothing else (RFC 3550 §5.1), with a payload type that nobody negotiates: what upstream
 * sends to open a NAT.
 */
const PIERCING_PACKET: Uint8Array = Uint8Array.of(0x80, 0x7f, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0);

/**
 * Sends a packet to every peer that wants its NAT opened (`pierce NAT`) and has not been heard yet.
 *
 * @returns whether one was sent: then it is to be repeated
 */
export function pierceNats(
  call: Call,
  dataplane: Pick<Dataplane, "send" | "lastSeen">,
  interfaces: InterfaceTable,
): boolean {
  let isPiercing = false;
  for (const media of call.medias) {
    const sockets = media.portMaps[media.portMap]?.sockets ?? [];
    for (const stream of media.streams) {
      const socket = sockets[stream.component - 1];
      const { endpoint } = stream;
      if (!stream.piercesNat || !socket || !endpoint || isUnspecified(endpoint) || endpoint.port === 0)
        continue;
      if (endpoint.family !== socket.family || dataplane.lastSeen(socket.flowId) > 0) continue;
      if (!interfaces.maySend(socket.media, endpoint)) continue;
      dataplane.send(socket, endpoint, PIERCING_PACKET, call.tos);
      isPiercing = true;
    }
  }
  return isPiercing;
}
