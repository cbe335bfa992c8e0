import { Verdict } from "../../../../src/dataplane/relay/packet.ts";
import { PIPELINE } from "../../../../src/dataplane/relay/pipeline.ts";
import { runWorker } from "../../../../src/dataplane/relay/run-worker.ts";

/* A worker whose first step allocates a small object per packet, as a step must not. */
const kept: object[] = [];

runWorker([
  (packet) => {
    kept[packet.flowId & 7] = { sequenceNumber: packet.sequenceNumber };
    return Verdict.Continue;
  },
  ...PIPELINE,
]);
