/*
 * The load: sends packets and counts what comes back. Runs in the load's network namespace and does what its
 * parent tells it by messages (load.ts).
 *
 *   node bench/relay/load-process.ts INTERFACE
 */
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { requestRealtime } from "../../src/platform/scheduling.ts";
import { FrameGenerator } from "./frame-generator.ts";
import { percentileMicros } from "./histogram.ts";
import type { LoadOrder, LoadReply, LoadResult } from "./load.ts";
import { Sink } from "./sink.ts";

const REALTIME_PRIORITY = 60;
/** What is later than this after the end of a run counts as lost: a long queue is no capacity. */
const LATEST_MS = 50;
/** Lets an overloaded engine finish before the next run. */
const DRAIN_MS = 300;

const interfaceIndex = Number(readFileSync(`/sys/class/net/${process.argv[2]}/ifindex`, "utf8"));
const sink = new Sink(interfaceIndex);
let generator: FrameGenerator | undefined;

process.on("message", (order: LoadOrder) => {
  obey(order).then(
    (reply) => say(reply),
    (error: unknown) => say({ kind: "failed", reason: String(error) }),
  );
});
process.on("disconnect", () => process.exit(0));
const ready = (): LoadReply => ({ kind: "ready", realtimeErrno });
const realtimeErrno = requestRealtime(REALTIME_PRIORITY);
say(ready());

async function obey(order: LoadOrder): Promise<LoadReply> {
  if (order.kind === "run")
    return { kind: "result", result: await run(order.packetsPerSecond, order.seconds) };
  const { from, to, streams } = order;
  generator?.close();
  generator = new FrameGenerator(
    interfaceIndex,
    streams.map(({ phone, engine }) => ({ from: { ...from, port: phone }, to: { ...to, port: engine } })),
  );
  return ready();
}

async function run(packetsPerSecond: number, seconds: number): Promise<LoadResult> {
  if (!generator) throw new Error("no streams to send");
  sink.reset();
  const sent = generator.run(packetsPerSecond, seconds);
  await pause(LATEST_MS);
  const received = sink.read();
  await pause(DRAIN_MS);
  return {
    wantedPerSecond: packetsPerSecond,
    sent: sent.packets,
    received: received.packets,
    seconds: sent.seconds,
    undated: received.undated,
    p50: percentileMicros(received.buckets, 0.5),
    p99: percentileMicros(received.buckets, 0.99),
    max: received.longestMicros,
  };
}

function say(reply: LoadReply): void {
  process.send?.(reply);
}
