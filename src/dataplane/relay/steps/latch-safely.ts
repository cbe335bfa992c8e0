import { RECORD_CONFIRM_FROM_NUMBER, RecordFlag, RecordWord } from "../../../flow/flow-record.ts";
import { StateWord } from "../../../flow/flow-state.ts";
import { copyEndpoint, isSameEndpoint, isSameHost } from "../../../flow/packed-endpoint.ts";
import { DropReason } from "../../../flow/reasons.ts";
import { DatagramKind } from "../../../wire/demux.ts";
import { drop, type Packet, Verdict } from "../packet.ts";
import { confirm, hasLearned, isConfirmed, learn } from "./learned.ts";

/** How well a source fits what was signalled; lower is better. */
const Rank = { Exact: 0, ExpectedHost: 1, SignallingHost: 2, Consistent: 3, Inadmissible: 4 } as const;

/**
 * `safe`: only a source that signalling vouches for may become the peer; then the flow is locked to it
 * (`docs/protocols/endpoint-learning.md` has the state machine).
 */
export function latchSafely(packet: Packet, flags: number): Verdict {
  const { words } = packet.states;
  const isLearned = hasLearned(packet);
  if (isLearned && isSameEndpoint(words, packet.state + StateWord.learned, packet.source, 0)) {
    return fromLearned(packet, flags);
  }
  const rank = rankOf(packet, flags);
  if (rank === Rank.Inadmissible) return drop(packet, DropReason.UnlearnableSource);
  if (isConfirmed(packet)) {
    if ((flags & RecordFlag.Handover) === 0) return drop(packet, DropReason.UnlearnableSource);
    return confirm(packet, packet.source, 0, rank);
  }
  // Stray RTCP on an RTP port decides nothing, so it passes only where no decision is needed.
  if (packet.kind === DatagramKind.Rtcp && (flags & RecordFlag.RtcpOnly) === 0) {
    return rank === Rank.Exact ? Verdict.Continue : drop(packet, DropReason.UnlearnableSource);
  }
  if (rank === Rank.Exact) return confirm(packet, packet.source, 0, rank);
  return fromCandidate(packet, rank, isLearned);
}

/** A packet from the endpoint that was learned: locks it once it is consistent and the wait is over. */
function fromLearned(packet: Packet, flags: number): Verdict {
  if (isConfirmed(packet)) return Verdict.Continue;
  if (packet.kind === DatagramKind.Rtcp && (flags & RecordFlag.RtcpOnly) === 0) return Verdict.Continue;
  const isConsistent = continuesStreak(packet);
  const confirmFrom = packet.records.numbers[packet.record / 2 + RECORD_CONFIRM_FROM_NUMBER]!;
  if (!isConsistent || packet.now[0]! <= confirmFrom) return Verdict.Continue;
  const { words } = packet.states;
  const rank = words[packet.state + StateWord.learnedRank]!;
  return confirm(packet, packet.source, 0, rank);
}

/** A packet from somewhere new, while nothing is locked. */
function fromCandidate(packet: Packet, rank: number, isLearned: boolean): Verdict {
  const learnedRank = isLearned
    ? packet.states.words[packet.state + StateWord.learnedRank]!
    : Rank.Inadmissible;
  if (rank > learnedRank) return drop(packet, DropReason.UnlearnableSource);
  const isConsistent = continuesStreak(packet);
  if (rank === Rank.Consistent) {
    // Nothing vouches for it but itself.
    return isConsistent
      ? confirm(packet, packet.source, 0, rank)
      : drop(packet, DropReason.UnlearnableSource);
  }
  if (rank < learnedRank || isConsistent) return learn(packet, packet.source, 0, rank);
  return drop(packet, DropReason.UnlearnableSource);
}

function rankOf(packet: Packet, flags: number): number {
  const { words } = packet.records;
  if ((flags & RecordFlag.HasExpected) !== 0) {
    const expected = packet.record + RecordWord.expected;
    if (isSameEndpoint(words, expected, packet.source, 0)) return Rank.Exact;
    if (isSameHost(words, expected, packet.source, 0)) return Rank.ExpectedHost;
  }
  if ((flags & RecordFlag.HasReceivedFrom) !== 0) {
    if (isSameHost(words, packet.record + RecordWord.receivedFrom, packet.source, 0))
      return Rank.SignallingHost;
  }
  const isUnreachable =
    (flags & RecordFlag.HasExpected) === 0 || (flags & RecordFlag.ExpectedReachable) === 0;
  return isUnreachable ? Rank.Consistent : Rank.Inadmissible;
}

/**
 * Whether the packet directly continues the one before it: same source, same SSRC and, for RTP, the next sequence
 * number. Remembers it for the next question either way.
 */
function continuesStreak(packet: Packet): boolean {
  const { words } = packet.states;
  const { state, source, ssrc, sequenceNumber } = packet;
  // Only RTP numbers its packets.
  const isUnnumbered = packet.kind !== DatagramKind.Rtp;
  const continues =
    isSameEndpoint(words, state + StateWord.streakSource, source, 0) &&
    words[state + StateWord.streakSsrc] === ssrc &&
    (isUnnumbered || ((words[state + StateWord.streakSequence]! + 1) & 0xffff) === sequenceNumber);
  copyEndpoint(source, 0, words, state + StateWord.streakSource);
  words[state + StateWord.streakSsrc] = ssrc;
  words[state + StateWord.streakSequence] = sequenceNumber;
  return continues;
}
