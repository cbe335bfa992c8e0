import {
  hasBit,
  NEAR_SINKS,
  RecordFlag,
  RecordWord,
  SINK_WORDS,
  SinkFlag,
  SinkWord,
} from "../../../flow/flow-record.ts";
import { LatchFlag, STATE_NUMBERS, STATE_WORDS, StateNumber, StateWord } from "../../../flow/flow-state.ts";
import { DropReason } from "../../../flow/reasons.ts";
import { DatagramKind } from "../../../wire/demux.ts";
import { drop, type Packet, Verdict } from "../packet.ts";

/** Sends the packet to every sink that carries its kind; each one that does not get it counts its reason. */
export function forward(packet: Packet): Verdict {
  const { words } = packet.records;
  const count = words[packet.record + RecordWord.sinkCount]!;
  const wanted = packet.kind === DatagramKind.Rtcp ? SinkFlag.CarriesRtcp : SinkFlag.CarriesRtp;
  let matched = 0;
  let sink = packet.record + RecordWord.sinks;
  for (let index = 0; index < count; index++, sink += SINK_WORDS) {
    if (index === NEAR_SINKS) sink = packet.records.farSinks(packet.record);
    if ((words[sink + SinkWord.flags]! & wanted) === 0) continue;
    matched++;
    forwardTo(packet, sink);
  }
  return matched === 0 ? drop(packet, DropReason.NoSink) : Verdict.Consumed;
}

function forwardTo(packet: Packet, sink: number): void {
  const { words } = packet.records;
  const flags = words[sink + SinkWord.flags]!;
  const fromFlowId = words[sink + SinkWord.fromFlowId]!;
  const follows = words[sink + SinkWord.followsFlowId]!;
  if (packet.slotEpochs[fromFlowId] !== words[sink + SinkWord.fromEpoch]) {
    drop(packet, DropReason.NoSink);
    return;
  }
  // The slot was given to another call: its endpoint is none of ours.
  if (packet.slotEpochs[follows] !== words[sink + SinkWord.followsEpoch]) {
    drop(packet, DropReason.NoDestination);
    return;
  }
  if (
    (flags & SinkFlag.WaitsForPeer) !== 0 &&
    packet.states.numbers[follows * STATE_NUMBERS + StateNumber.packetsIn] === 0
  ) {
    drop(packet, DropReason.AwaitingPeer);
    return;
  }
  if (
    packet.kind === DatagramKind.Rtp &&
    hasBit(words, sink + SinkWord.blockedPayloadTypes, packet.payloadType)
  ) {
    drop(packet, DropReason.UnknownPayloadType);
    return;
  }
  sendTo(packet, sink, follows, fromFlowId);
}

/** The endpoint that the peer's own flow has learned comes before the signalled one. */
function sendTo(packet: Packet, sink: number, follows: number, fromFlowId: number): void {
  const { words } = packet.records;
  const isLearned = followsLearned(packet, follows);
  if (!isLearned && (words[sink + SinkWord.flags]! & SinkFlag.HasTo) === 0) {
    drop(packet, DropReason.NoDestination);
    return;
  }
  packet.sender.push(
    packet,
    words[sink + SinkWord.fromAddressIndex]!,
    words[sink + SinkWord.fromPort]!,
    fromFlowId,
    words[sink + SinkWord.tos]!,
    isLearned ? packet.states.words : words,
    isLearned ? follows * STATE_WORDS + StateWord.learned : sink + SinkWord.to,
  );
}

/** Whether that flow has learned an endpoint since the last signalling, and receives where it sends from. */
function followsLearned(packet: Packet, follows: number): boolean {
  const state = follows * STATE_WORDS;
  const { words } = packet.states;
  if ((words[state + StateWord.latchFlags]! & LatchFlag.Learned) === 0) return false;
  const record = packet.records.current(follows);
  if (record < 0) return false;
  const recordWords = packet.records.words;
  return (
    recordWords[record + RecordWord.endpointEpoch] === words[state + StateWord.endpointEpoch] &&
    (recordWords[record + RecordWord.flags]! & RecordFlag.Asymmetric) === 0
  );
}
