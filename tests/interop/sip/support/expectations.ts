import { expect } from "vitest";
import { FRAME_BYTES } from "./audio.ts";
import type { CapturedRtp, Traffic } from "./capture.ts";
import type { Party } from "./scenario.ts";

/** Packets a second of G.711 in 20 ms. */
const RATE = 50;

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
  // At the edges a packet may be on its way.
  expect(sent.length).toBeGreaterThan((until - from) * RATE * 0.9 - 3);
  expect(Math.abs(sent.length - got.length)).toBeLessThanOrEqual(1);
  expectOwnFrames(got, talker);
}

/** Every packet holds 20 ms of the talker's audio, one after the other. */
function expectOwnFrames(packets: readonly CapturedRtp[], talker: Party): void {
  const audio = Buffer.from(talker.audio);
  const frames = audio.length / FRAME_BYTES;
  const positions = packets.map(({ payload }) => audio.indexOf(payload) / FRAME_BYTES);
  for (let index = 0; index < positions.length; index++) {
    const expected = (positions[0]! + index) % frames;
    expect(positions[index], `frame ${index}`).toBe(expected);
  }
  expect(positions[0]).toBeGreaterThanOrEqual(0);
}

/** Checks that after the 200 to the BYE no phone hears anything, though one still talks. */
export function expectSilenceAfterBye(traffic: Traffic, caller: Party, callee: Party): void {
  const { seconds } = traffic.message("200 BYE", { to: caller.address });
  expect(traffic.audio({ from: callee.address, after: seconds }).length).toBeGreaterThan(10);
  expect(traffic.audio({ to: caller.address, after: seconds })).toEqual([]);
  expect(traffic.audio({ to: callee.address, after: seconds })).toEqual([]);
}
