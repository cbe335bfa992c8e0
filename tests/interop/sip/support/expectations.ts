import { expect } from "vitest";
import type { NgJson } from "../../../support/processes/ng.ts";
import { FRAME_BYTES } from "./audio.ts";
import type { CapturedNg, CapturedRtp, Traffic } from "./capture.ts";
import { inUri, type Party } from "./scenario.ts";

/** Packets a second that a phone sends at least; it means to send 50, but its CPU may be busy. */
const LEAST_RATE = 20;

/** A packet that was sent so shortly before the end may meet a call that is over. */
const EDGE_SECONDS = 0.2;

/** A stretch of one direction's audio. */
export interface Stretch {
  /** The engine's `address:port` that the talker sends to. */
  readonly entry: string;
  /** The engine's `address:port` that the listener hears from. */
  readonly exit: string;
  readonly from: number;
  readonly until: number;
}

/** Checks that what one phone sent to the engine is what the other got from it, packet by packet. */
export function expectAudio(traffic: Traffic, talker: Party, listener: Party, stretch: Stretch): void {
  const { entry, exit, from, until } = stretch;
  const time = { after: from, before: until };
  const sent = traffic.audio({ from: talker.address, ...time });
  const got = traffic.audio({ to: listener.address, ...time });
  expect(new Set(sent.map(({ to }) => to))).toEqual(new Set([entry]));
  expect(new Set(got.map((packet) => packet.from))).toEqual(new Set([exit]));
  expect(sent.length).toBeGreaterThan((until - from) * LEAST_RATE);
  expectSamePackets(sent, got);
  const arrived = new Set(
    traffic.audio({ to: listener.address }).map(({ sequenceNumber }) => sequenceNumber),
  );
  const lost = sent.filter((one) => one.seconds < until - EDGE_SECONDS && !arrived.has(one.sequenceNumber));
  expect(lost.map(({ sequenceNumber }) => sequenceNumber)).toEqual([]);
  expectOwnFrames(got, talker);
}

/** What was got is what was sent, byte for byte and in its order. */
function expectSamePackets(sent: readonly CapturedRtp[], got: readonly CapturedRtp[]): void {
  const numbers = new Set(got.map(({ sequenceNumber }) => sequenceNumber));
  expect(numbers.size, "packets that came twice").toBe(got.length);
  const passed = sent.filter(({ sequenceNumber }) => numbers.has(sequenceNumber));
  // The first may have been sent before this stretch began.
  const early = got.length - passed.length;
  expect(early).toBeLessThanOrEqual(2);
  expect(got.slice(early).map(contentsOf)).toEqual(passed.map(contentsOf));
}

const contentsOf = ({ sequenceNumber, payload }: CapturedRtp): string =>
  `${sequenceNumber} ${payload.toString("hex")}`;

/** Every packet holds 20 ms of the talker's audio. */
function expectOwnFrames(packets: readonly CapturedRtp[], talker: Party): void {
  const audio = Buffer.from(talker.audio);
  for (const { payload } of packets) {
    const offset = audio.indexOf(payload);
    expect(offset).toBeGreaterThanOrEqual(0);
    expect(offset % FRAME_BYTES).toBe(0);
  }
}

/** Checks that after the 200 to the BYE no phone hears anything, though one still talks. */
export function expectSilenceAfterBye(traffic: Traffic, caller: Party, callee: Party): void {
  const { seconds } = traffic.message("200 BYE", { to: caller.address });
  expect(traffic.audio({ from: callee.address, after: seconds }).length).toBeGreaterThan(5);
  expect(traffic.audio({ to: caller.address, after: seconds })).toEqual([]);
  expect(traffic.audio({ to: callee.address, after: seconds })).toEqual([]);
}

/** One party of a call as its record has it. */
export interface RecordedParty {
  readonly party: Party;
  readonly tag: string;
  /** The engine's `address:port` that it talks to. */
  readonly port: string;
}

/** So many packets may be on their way when the record is written. */
const ON_THE_WAY = 5;

/** Checks that the reply to a `delete` tells of each party what was captured: its port, packets in, packets out. */
export function expectRecord(traffic: Traffic, end: CapturedNg, parties: readonly RecordedParty[]): void {
  const { tags } = end.reply as NgJson;
  expect(Object.keys(tags).sort()).toEqual(parties.map(({ tag }) => tag).sort());
  for (const { party, tag, port } of parties) {
    const [media, ...more] = tags[tag].medias;
    expect(more).toEqual([]);
    const [rtp] = media.streams;
    const { address } = party;
    expect(`${inUri(rtp["local address"])}:${rtp["local port"]}`).toBe(port);
    expect(rtp.endpoint.address).toBe(address);
    const captured = [{ from: address }, { to: address }].map(
      (where) => traffic.audio({ ...where, before: end.seconds }).length,
    );
    for (const [index, { packets }] of [rtp.stats, rtp.stats_out].entries()) {
      expect(Math.abs(packets - captured[index]!), `${packets} of ${captured[index]}`).toBeLessThanOrEqual(
        ON_THE_WAY,
      );
    }
  }
}
