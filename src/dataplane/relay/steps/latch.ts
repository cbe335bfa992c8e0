import {
  LearningMode,
  RECORD_CONFIRM_FROM_NUMBER,
  RecordFlag,
  RecordWord,
} from "../../../flow/flow-record.ts";
import { LatchFlag, StateWord } from "../../../flow/flow-state.ts";
import { copyEndpoint, ENDPOINT_WORDS, isSameEndpoint, isSameHost } from "../../../flow/packed-endpoint.ts";
import { DropReason } from "../../../flow/reasons.ts";
import { DatagramKind } from "../../../wire/demux.ts";
import { drop, type Packet, Verdict } from "../packet.ts";
import { latchSafely } from "./latch-safely.ts";
import { confirm, hasLearned, isConfirmed, learn } from "./learned.ts";

/**
 * Decides whether the packet's source may speak on this flow, and where the peer is (`docs/protocols/endpoint-learning.md`).
 *
 * After validation, so that garbage teaches nothing.
 */
export function latch(packet: Packet): Verdict {
  const flags = packet.records.words[packet.record + RecordWord.flags]!;
  forgetAfterSignalling(packet);
  const mode = flags & RecordFlag.LearningMask;
  if (mode === LearningMode.Safe) return latchSafely(packet, flags);
  if (mode === LearningMode.Off || isConfirmed(packet)) return checkConfirmed(packet, flags);
  // Stray RTCP on an RTP port is relayed, but decides nothing.
  if (packet.kind === DatagramKind.Rtcp && (flags & RecordFlag.RtcpOnly) === 0) return Verdict.Continue;
  if (mode === LearningMode.Immediate) return confirm(packet, packet.source, 0);
  if (mode === LearningMode.Heuristic && (flags & RecordFlag.HasExpected) !== 0) {
    return latchByCloseness(packet, flags);
  }
  return isWaiting(packet) ? learn(packet, packet.source, 0) : confirm(packet, packet.source, 0);
}

/** Follows signalling: a new endpoint voids what was learned, any signalling lets it be learned anew. */
function forgetAfterSignalling(packet: Packet): void {
  const { words } = packet.states;
  const { state } = packet;
  const latchEpoch = packet.records.words[packet.record + RecordWord.latchEpoch]!;
  if (words[state + StateWord.latchEpoch] === latchEpoch) return;
  words[state + StateWord.latchEpoch] = latchEpoch;
  const epoch = packet.records.words[packet.record + RecordWord.endpointEpoch]!;
  if (words[state + StateWord.endpointEpoch] === epoch) {
    words[state + StateWord.latchFlags]! &= ~LatchFlag.Confirmed;
    for (let word = StateWord.candidates; word < StateWord.latchEpoch; word++) words[state + word] = 0;
    return;
  }
  const version = words[state + StateWord.learnedVersion]!;
  Atomics.store(words, state + StateWord.learnedVersion, version + 1);
  words[state + StateWord.latchFlags] = 0;
  words[state + StateWord.endpointEpoch] = epoch;
  for (let word = StateWord.learned; word < StateWord.latchEpoch; word++) words[state + word] = 0;
  Atomics.store(words, state + StateWord.learnedVersion, version + 2);
}

/** Whether the time after signalling in which nothing is confirmed still runs. */
export function isWaiting(packet: Packet): boolean {
  return packet.now[0]! <= packet.records.numbers[packet.record / 2 + RECORD_CONFIRM_FROM_NUMBER]!;
}

/** The peer is known (or, with learning off, signalled): compare, move or drop. */
function checkConfirmed(packet: Packet, flags: number): Verdict {
  if ((flags & (RecordFlag.Strict | RecordFlag.Handover)) === 0) return Verdict.Continue;
  const isLearned = hasLearned(packet);
  if (!isLearned && (flags & RecordFlag.HasExpected) === 0) return Verdict.Continue;
  const isSame = isLearned
    ? isSameEndpoint(packet.states.words, packet.state + StateWord.learned, packet.source, 0)
    : isSameEndpoint(packet.records.words, packet.record + RecordWord.expected, packet.source, 0);
  if (isSame) return Verdict.Continue;
  if ((flags & RecordFlag.Handover) !== 0) return confirm(packet, packet.source, 0);
  return drop(packet, DropReason.WrongSource);
}

/**
 * `heuristic`: remembers the last source of each class of match and uses the best so far.
 *
 * An exact match confirms at once. A strict flow drops what matches worse than something seen before.
 */
function latchByCloseness(packet: Packet, flags: number): Verdict {
  const { words } = packet.states;
  const expected = packet.record + RecordWord.expected;
  const candidates = packet.state + StateWord.candidates;
  const closeness = closenessOf(packet, expected);
  if (closeness === 0) return confirm(packet, packet.source, 0);
  copyEndpoint(packet.source, 0, words, candidates + closeness * ENDPOINT_WORDS);
  let best = 0;
  while (words[candidates + best * ENDPOINT_WORDS] === 0) best++;
  if (best < closeness && (flags & RecordFlag.Strict) !== 0)
    return drop(packet, DropReason.UnlearnableSource);
  const at = candidates + best * ENDPOINT_WORDS;
  return isWaiting(packet) ? learn(packet, words, at) : confirm(packet, words, at);
}

/** 0: the signalled endpoint; 1: its host; 2: its port; 3: neither. */
function closenessOf(packet: Packet, expected: number): number {
  const { words } = packet.records;
  const hostDiffers = isSameHost(words, expected, packet.source, 0) ? 0 : 2;
  const portDiffers = (words[expected]! & 0xffff) === (packet.source[0]! & 0xffff) ? 0 : 1;
  // Upstream's order: another port of the same host comes before the same port of another host.
  return hostDiffers | portDiffers;
}
