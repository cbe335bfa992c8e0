/*
 * Sets up calls through the engine of this network namespace and prints the ports of their streams as JSON.
 * Ends the calls of the generation before.
 *
 *   node bench/relay/setup-calls.ts NG-PORT PHONES-ADDRESS CALLS GENERATION
 */
import { ping } from "../support/daemons.ts";
import { establish, NgLoad } from "../support/ng-load.ts";
import type { StreamPorts } from "./load.ts";

const FIRST_PHONE_PORT = 20000;
/** RTP and RTCP of both phones. */
const PORTS_PER_CALL = 4;
const START_TIMEOUT_MS = 20_000;

const [ngPortText, phones = "", callsText, generationText] = process.argv.slice(2);
const [ngPort, calls, generation] = [Number(ngPortText), Number(callsText), Number(generationText)];
const callId = (ofGeneration: number, call: number): string => `load-${ofGeneration}-${call}`;

const deadline = Date.now() + START_TIMEOUT_MS;
while (!(await ping(ngPort))) if (Date.now() > deadline) throw new Error("the engine does not answer pings");

const load = await NgLoad.open(ngPort);
const streams: StreamPorts[] = [];
for (let call = 0; generation > 0 && call < calls; call++) {
  const old = callId(generation - 1, call);
  await load.ask({ command: "delete", "call-id": old, "from-tag": `from-${old}`, "delete-delay": 0 });
}
for (let call = 0; call < calls; call++) {
  const caller = FIRST_PHONE_PORT + PORTS_PER_CALL * call;
  const callee = caller + 2;
  const [offer, answer] = await establish(load, callId(generation, call), phones, [caller, callee]);
  // What the engine tells one phone is where that phone sends: the caller hears the answer.
  streams.push({ phone: caller, engine: mediaPort(answer) }, { phone: callee, engine: mediaPort(offer) });
}
load.close();
process.stdout.write(JSON.stringify(streams));

function mediaPort(reply: string): number {
  const port = /m=audio (\d+) /.exec(reply)?.[1];
  if (port === undefined) throw new Error(`no audio in ${reply}`);
  return Number(port);
}
