import { LatchFlag, StateWord } from "../../../flow/flow-state.ts";
import { ENDPOINT_WORDS, isSameEndpoint } from "../../../flow/packed-endpoint.ts";
import { WorkerEvent } from "../../../flow/ring.ts";
import { type Packet, Verdict } from "../packet.ts";

/** What the ring is told: the learned endpoint, as bytes. One per thread, refilled. */
const announced: Uint8Array = new Uint8Array(ENDPOINT_WORDS * 4);
const announcedWords: Int32Array = new Int32Array(announced.buffer);

/** Whether the flow has an endpoint of its peer. */
export function hasLearned(packet: Packet): boolean {
  return (packet.states.words[packet.state + StateWord.latchFlags]! & LatchFlag.Learned) !== 0;
}

/** Whether that endpoint is final until the next signalling. */
export function isConfirmed(packet: Packet): boolean {
  return (packet.states.words[packet.state + StateWord.latchFlags]! & LatchFlag.Confirmed) !== 0;
}

/** Takes an endpoint as the peer's, for now. */
export function learn(packet: Packet, from: Int32Array, at: number, rank = 0): typeof Verdict.Continue {
  store(packet, from, at, LatchFlag.Learned, rank);
  return Verdict.Continue;
}

/** Takes an endpoint as the peer's, for good. */
export function confirm(packet: Packet, from: Int32Array, at: number, rank = 0): typeof Verdict.Continue {
  store(packet, from, at, LatchFlag.Learned | LatchFlag.Confirmed, rank);
  return Verdict.Continue;
}

/** Stores endpoint and flags so that a reader on another thread sees both or neither; tells main when they changed. */
function store(packet: Packet, from: Int32Array, at: number, flags: number, rank: number): void {
  const { words } = packet.states;
  const { state } = packet;
  const learned = state + StateWord.learned;
  if (words[state + StateWord.latchFlags] === flags && isSameEndpoint(words, learned, from, at)) return;
  const version = words[state + StateWord.learnedVersion]!;
  Atomics.store(words, state + StateWord.learnedVersion, version + 1);
  for (let word = 0; word < ENDPOINT_WORDS; word++) {
    const value = from[at + word]!;
    words[learned + word] = value;
    announcedWords[word] = value;
  }
  words[state + StateWord.latchFlags] = flags;
  words[state + StateWord.learnedRank] = rank;
  Atomics.store(words, state + StateWord.learnedVersion, version + 2);
  packet.events.push(WorkerEvent.Learned, packet.flowId, announced, 0, announced.length);
}
