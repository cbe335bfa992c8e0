import { type Packet, Verdict } from "../../../../src/dataplane/relay/packet.ts";
import { PIPELINE } from "../../../../src/dataplane/relay/pipeline.ts";
import { runWorker } from "../../../../src/dataplane/relay/run-worker.ts";

/** Sequence number of the packet on which the step throws. */
const THROWS_ON = 13;
/** Sequence number of the packet that takes the thread down. */
const DIES_ON = 666;

/* A worker with a step that fails on two packets, one way each. */
runWorker([
  ...PIPELINE.slice(0, -1),
  (packet: Packet) => {
    if (packet.sequenceNumber === THROWS_ON) throw new Error("thirteen");
    if (packet.sequenceNumber === DIES_ON) process.exit(3);
    return Verdict.Continue;
  },
  ...PIPELINE.slice(-1),
]);
