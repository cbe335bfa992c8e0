import { RecordFlag, RecordWord } from "../../../flow/flow-record.ts";
import { LOOP_WINDOW, StateNumber, StateWord } from "../../../flow/flow-state.ts";
import { DropReason } from "../../../flow/reasons.ts";
import { drop, type Packet, Verdict } from "../packet.ts";

/** Repeats within a second that are still let through; upstream's figure. */
const MAX_REPEATS = 30;
const REPEAT_WINDOW_MICROS = 1_000_000;
const HASHED_BYTES = 20;

/**
 * Breaks loops: when a party's SDP names one of our own addresses, what we send there comes back in, for
 * ever. A packet that is seen too often within a second is one of those.
 */
export function breakLoops(packet: Packet): Verdict {
  if ((packet.records.words[packet.record + RecordWord.flags]! & RecordFlag.LoopChecked) === 0) {
    return Verdict.Continue;
  }
  const { words, numbers } = packet.states;
  const { state } = packet;
  const hash = hashOf(packet);
  if (!isInWindow(words, state, hash)) {
    const position = words[state + StateWord.loopPosition]!;
    words[state + StateWord.loopWindow + position] = hash;
    words[state + StateWord.loopPosition] = (position + 1) % LOOP_WINDOW;
    return Verdict.Continue;
  }
  const now = packet.now[0]!;
  const repeatedAt = state / 2 + StateNumber.loopRepeatedAt;
  if (now - numbers[repeatedAt]! > REPEAT_WINDOW_MICROS) words[state + StateWord.loopRepeats] = 0;
  numbers[repeatedAt] = now;
  words[state + StateWord.loopRepeats]! += 1;
  return words[state + StateWord.loopRepeats]! > MAX_REPEATS
    ? drop(packet, DropReason.Loop)
    : Verdict.Continue;
}

function isInWindow(words: Int32Array, state: number, hash: number): boolean {
  for (let index = 0; index < LOOP_WINDOW; index++) {
    if (words[state + StateWord.loopWindow + index] === hash) return true;
  }
  return false;
}

/** FNV-1a of the header, the first bytes after it and the length; never 0, which marks an empty place. */
function hashOf({ bytes, offset, length }: Packet): number {
  let hash = 0x811c9dc5 ^ length;
  const end = offset + Math.min(length, HASHED_BYTES);
  for (let at = offset; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash === 0 ? 1 : hash;
}
