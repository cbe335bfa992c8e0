/*
 * Relays packets that circulate for ever between two of its own ports, while the main thread sleeps.
 * Run with --trace-gc: what is collected between BEGIN and END is the worker's.
 *
 *   node --trace-gc circulating.ts steered|sockets 4|6 [WORKER_PROGRAM]
 */
import { writeSync } from "node:fs";
import { rtp } from "../../../support/packets.ts";
import { type BackendName, open } from "./backends.ts";
import { flowBetween, media, reservePair } from "./call.ts";
import { Phone } from "./phone.ts";

const [backend, family, program] = process.argv.slice(2) as [BackendName, "4" | "6", string | undefined];
const local = media(family === "4" ? "127.0.0.1" : "::1", 23000, 23009);
const dataplane = await open(backend, [local], {
  realtimePriority: 0,
  ...(program === undefined ? {} : { workerProgram: new URL(program, import.meta.url) }),
});
const [a, b] = reservePair(dataplane, local);
const learnNothing = { source: { learning: "off" } } as const;
dataplane.apply([flowBetween(a, b, a, learnNothing), flowBetween(b, a, b, learnNothing)]);
const phone = new Phone(family === "4" ? 4 : 6);
for (let index = 0; index < 40; index++) phone.send(a, rtp(index, { ssrc: index % 3 }));

const clock = new Int32Array(new SharedArrayBuffer(4));
const sleep = (milliseconds: number): void => void Atomics.wait(clock, 0, 0, milliseconds);
const relayed = (): number => dataplane.totals().packets;

sleep(2500);
const before = relayed();
writeSync(1, "BEGIN\n");
sleep(2500);
writeSync(1, "END\n");
writeSync(1, `PACKETS ${relayed() - before}\n`);
dataplane.withdraw([a.flowId, b.flowId]);
await dataplane.close();
phone.close();
