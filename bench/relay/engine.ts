/*
 * A relay with N streams for a load generator: what arrives at port 30000+i goes to port 20000+(i^1) of the peer.
 *
 *   node bench/relay/engine.ts steered|sockets STREAMS LOCAL PEER
 */
import type { Micros } from "../../src/base/brand.ts";
import { parseAddress } from "../../src/base/endpoint.ts";
import { createDataplane, type ReservedSocket } from "../../src/dataplane/index.ts";
import type { Flow } from "../../src/flow/flow.ts";

const [backend = "steered", streams = "500", local = "10.9.0.2", peer = "10.9.0.1"] = process.argv.slice(2);
const bind = parseAddress(local)!;
const media = {
  name: "default",
  bind,
  advertised: bind,
  portMin: 30000,
  portMax: 30000 + Number(streams) - 1,
};
const dataplane = await createDataplane({
  interfaces: [media],
  workers: 1,
  backend: backend as "steered" | "sockets",
  random: () => 0,
  log: (level, message) => console.error(level, message),
});
const sockets = dataplane
  .reserve(Array.from({ length: Number(streams) }, () => ({ media, count: 1 as const, callId: "load" })))
  .map(([socket]) => socket as ReservedSocket);
const peerOf = (index: number) => ({ ...parseAddress(peer)!, port: 20000 + index });
dataplane.apply(
  sockets.map((socket, index): Flow => {
    const other = index ^ 1;
    return {
      flowId: socket.flowId,
      generation: 1,
      callId: "load",
      content: "rtp",
      detectsLoops: false,
      local: socket,
      source: {
        expected: peerOf(index),
        learning: "delayed",
        isStrict: true,
        allowsHandover: false,
        isAsymmetric: false,
        confirmFrom: 0 as Micros,
        isExpectedReachable: true,
        latchEpoch: 1,
        endpointEpoch: 1,
      },
      payloadTypes: { known: [0], blocksUnknown: true },
      sinks: [
        {
          carries: "both",
          from: sockets[other]!,
          follows: sockets[other]!.flowId,
          to: peerOf(other),
          tos: 0xb8,
          waitsForPeer: false,
          blockedPayloadTypes: [],
        },
      ],
      needs: [],
    };
  }),
);
console.error("ready");
const alive = setInterval(() => {}, 60_000);
process.on("SIGTERM", () => {
  console.error(JSON.stringify(dataplane.totals()));
  clearInterval(alive);
  void dataplane.close();
});
