/*
 * A call between two phones through an engine: node two-way-call.ts '{"server":…,"local":…,"seconds":…,"more":…}'
 *
 * Says `talking` when both talk, and at the end one line of JSON (`CallOutcome`).
 */
import { randomBytes } from "node:crypto";
import { NgClient } from "../../../src/client/index.ts";
import { Phone } from "../../../src/phone/index.ts";
import type { NgDictionary, NgValue } from "../../../src/wire/ng/value.ts";

/** What to do. */
export interface CallOrder {
  /** IPv4 address of the engine; NG is on port 2223. */
  readonly server: string;
  /** Where both phones are. */
  readonly local: string;
  readonly seconds: number;
  /** Further keys of offer and answer. */
  readonly more?: NgDictionary;
}

/** What became of it. */
export interface CallOutcome {
  readonly directions: readonly { readonly sent: number; readonly received: number }[];
  readonly isHeard: readonly boolean[];
  /** The engine's `statistics` after the talk, before the end of the call. */
  readonly statistics: NgValue;
}

/** What is under way has arrived by then, through an emulated machine too. */
const SETTLE_MS = 3000;

const { server, local, seconds, more = {} }: CallOrder = JSON.parse(process.argv[2]!);
const address = { family: 4, address: local } as const;
const client = await NgClient.open({
  server: { family: 4, address: server, port: 2223 },
  timeoutMs: 30_000,
  retransmitMs: 2000,
});
const common = { local: address, isOnHook: true, rtcpIntervalMs: 2000 };
const alice = await Phone.open({ ...common, name: "Alice", toneHz: 440, expectedToneHz: 660 });
const bob = await Phone.open({ ...common, name: "Bob", toneHz: 660, expectedToneHz: 440 });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const keys = { callId: `call-${randomBytes(6).toString("hex")}`, fromTag: "alice", more };
try {
  const sdp = bob.answer(await client.offer({ ...keys, sdp: alice.offer() }));
  alice.accept(await client.answer({ ...keys, toTag: "bob", sdp }));
  alice.pickUp();
  bob.pickUp();
  process.stdout.write("talking\n");
  await pause(seconds * 1000);
  const isHeard = [alice, bob].map((phone) => phone.read().isHearingTone);
  alice.hangUp();
  bob.hangUp();
  await pause(SETTLE_MS);
  const [a, b] = [alice.read(), bob.read()];
  const outcome: CallOutcome = {
    directions: [
      { sent: a.packetsSent, received: b.packets - b.duplicates },
      { sent: b.packetsSent, received: a.packets - a.duplicates },
    ],
    isHeard,
    statistics: await client.statistics(),
  };
  await client.delete({ callId: keys.callId, fromTag: "alice", deleteDelaySeconds: 0 });
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
} finally {
  await Promise.all([alice.close(), bob.close(), client.close()]);
}
