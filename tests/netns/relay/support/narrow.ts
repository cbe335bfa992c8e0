/*
 * Relays in a namespace of its own whose loopback has a small MTU and that has no route to anywhere else; prints what
 * became of it.
 *
 *   unshare -n node narrow.ts steered|sockets
 */
import { execFileSync } from "node:child_process";
import { DropReason } from "../../../../src/flow/reasons.ts";
import { rtp } from "../../../support/packets.ts";
import { type BackendName, open } from "./backends.ts";
import { flowBetween, media, reservePair, until } from "./call.ts";
import { Phone } from "./phone.ts";

execFileSync("ip", ["link", "set", "lo", "mtu", "1280", "up"]);
const local = media("127.0.0.1", 23100, 23109);
const dataplane = await open(process.argv[2] as BackendName, [local]);
const [a, b] = reservePair(dataplane, local);
const [phoneA, phoneB] = [new Phone(4), new Phone(4)];
const flow = flowBetween(a, b, phoneB.endpoint);
const [sink] = flow.sinks;
const unroutable = { ...sink!, to: { family: 4, address: "198.51.100.1", port: 9 } as const };
dataplane.apply([{ ...flow, sinks: [unroutable, sink!] }, flowBetween(b, a, phoneA.endpoint)]);
for (let index = 0; index < 20; index++) phoneA.send(a, rtp(index, { length: index % 4 === 0 ? 1500 : 160 }));
const received = await phoneB.receive(20, 500);
await until(() => dataplane.read(b.flowId).packetsOut === received.length);
const { drops, packetsIn } = dataplane.read(a.flowId);
const { packetsOut } = dataplane.read(b.flowId);
const sendFailed = drops[DropReason.SendFailed];
console.log(JSON.stringify({ packetsIn, packetsOut, sendFailed, received: received.length }));
await dataplane.close();
phoneA.close();
phoneB.close();
