import { PIPELINE } from "./pipeline.ts";
import { runWorker } from "./run-worker.ts";

runWorker(PIPELINE);
