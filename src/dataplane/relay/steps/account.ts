import { RECORD_CLOCK_RATES_BYTE } from "../../../flow/flow-record.ts";
import {
  MAX_SOURCES,
  SOURCE_WORDS,
  SourceNumber,
  SourceWord,
  StateNumber,
  StateWord,
} from "../../../flow/flow-state.ts";
import { DropReason } from "../../../flow/reasons.ts";
import { WorkerEvent } from "../../../flow/ring.ts";
import { DatagramKind } from "../../../wire/demux.ts";
import { rtpTimestamp } from "../../../wire/rtp.ts";
import { drop, type Packet, Verdict } from "../packet.ts";

/** RFC 3550 A.1: a jump ahead by more than this, or back by more than that, may be a restarted sender. */
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
/** How many sequence numbers back a duplicate is recognised. */
const WINDOW = 64;

/** Counts an accepted packet: on the flow, and for RTP on its synchronization source. */
export function account(packet: Packet): Verdict {
  const { numbers, words } = packet.states;
  const { state } = packet;
  const base = state / 2;
  const now = packet.now[0]!;
  numbers[base + StateNumber.packetsIn]! += 1;
  numbers[base + StateNumber.bytesIn]! += packet.length;
  numbers[base + StateNumber.lastSeen] = now;
  if (words[state + StateWord.isValidated] === 0) {
    words[state + StateWord.isValidated] = 1;
    numbers[base + StateNumber.firstSeen] = now;
    packet.events.push(WorkerEvent.Validated, packet.flowId, packet.bytes, 0, 0);
  }
  if (packet.kind === DatagramKind.Rtp) accountSource(packet);
  return Verdict.Continue;
}

/** Finds or opens the record of the packet's source. Beyond the cap the packet is relayed, but only counted. */
function accountSource(packet: Packet): void {
  const { words } = packet.states;
  const { state, ssrc } = packet;
  const count = words[state + StateWord.sourceCount]!;
  let source = state + StateWord.sources;
  for (let index = 0; index < count; index++, source += SOURCE_WORDS) {
    if (words[source + SourceWord.ssrc] === ssrc) {
      measureJitter(packet, source);
      updateSequence(packet, source);
      countPacket(packet, source);
      return;
    }
  }
  if (count === MAX_SOURCES) {
    packet.states.numbers[state / 2 + StateNumber.packetsOverCap]! += 1;
    drop(packet, DropReason.TooManySources);
    return;
  }
  words[source + SourceWord.ssrc] = ssrc;
  restart(words, source, packet.sequenceNumber);
  words[state + StateWord.sourceCount] = count + 1;
  countPacket(packet, source);
  packet.events.push(WorkerEvent.Source, packet.flowId, packet.bytes, 0, 0);
}

function countPacket(packet: Packet, source: number): void {
  const { numbers, words } = packet.states;
  const base = source / 2;
  numbers[base + SourceNumber.packets]! += 1;
  numbers[base + SourceNumber.bytes]! += packet.length;
  numbers[base + SourceNumber.lastSeen] = packet.now[0]!;
  words[source + SourceWord.lastPayloadType] = packet.payloadType;
  words[source + SourceWord.lastTimestamp] = rtpTimestamp(packet.bytes, packet.offset);
}

/** RFC 3550 A.8, with the difference of arrival times in RTP clock units of the packet's payload type. */
function measureJitter(packet: Packet, source: number): void {
  const { numbers, words } = packet.states;
  // Two payload types may run on two clocks: their timestamps do not compare.
  if (words[source + SourceWord.lastPayloadType] !== packet.payloadType) return;
  const base = source / 2;
  const rateIndex = packet.records.bytes[packet.record * 4 + RECORD_CLOCK_RATES_BYTE + packet.payloadType]!;
  const elapsed = packet.now[0]! - numbers[base + SourceNumber.lastSeen]!;
  const timestamps =
    (rtpTimestamp(packet.bytes, packet.offset) - words[source + SourceWord.lastTimestamp]!) | 0;
  const difference = Math.abs((elapsed * packet.ratesHz[rateIndex]!) / 1e6 - timestamps);
  numbers[base + SourceNumber.jitter]! += (difference - numbers[base + SourceNumber.jitter]!) / 16;
}

/** RFC 3550 A.1 without probation: the packet was already accepted. */
function updateSequence(packet: Packet, source: number): void {
  const { words, numbers } = packet.states;
  const sequence = packet.sequenceNumber;
  const highest = words[source + SourceWord.highestSequence]!;
  const ahead = (sequence - highest) & 0xffff;
  if (ahead !== 0 && ahead < MAX_DROPOUT) {
    if (sequence < highest) words[source + SourceWord.cycles]! += 1;
    words[source + SourceWord.highestSequence] = sequence;
    shiftWindow(words, source, ahead);
    words[source + SourceWord.restartSequence] = 0;
  } else if (ahead !== 0 && ahead <= 0x10000 - MAX_MISORDER) {
    // Twice in a row at the new place: the sender started again.
    if (words[source + SourceWord.restartSequence] === sequence + 1) {
      endRun(words, numbers, source);
      restart(words, source, sequence);
    } else {
      words[source + SourceWord.restartSequence] = ((sequence + 1) & 0xffff) + 1;
    }
  } else {
    markLate(words, numbers, source, (0x10000 - ahead) & 0xffff);
  }
}

/** Adds what was expected of the run that ends to what was expected before. */
function endRun(words: Int32Array, numbers: Float64Array, source: number): void {
  const extended = words[source + SourceWord.cycles]! * 65536 + words[source + SourceWord.highestSequence]!;
  // The first packet at the new place was counted, but belongs to the new run.
  numbers[source / 2 + SourceNumber.expectedBefore]! +=
    extended - words[source + SourceWord.firstSequence]! + 2;
}

/** Begins a run of sequence numbers. */
function restart(words: Int32Array, source: number, sequence: number): void {
  words[source + SourceWord.cycles] = 0;
  words[source + SourceWord.highestSequence] = sequence;
  words[source + SourceWord.firstSequence] = sequence;
  words[source + SourceWord.restartSequence] = 0;
  words[source + SourceWord.windowLow] = 1;
  words[source + SourceWord.windowHigh] = 0;
}

/** A packet not newer than the highest: late, or seen before. */
function markLate(words: Int32Array, numbers: Float64Array, source: number, behind: number): void {
  const base = source / 2;
  if (behind >= WINDOW) {
    numbers[base + SourceNumber.reordered]! += 1;
    return;
  }
  const word = source + (behind < 32 ? SourceWord.windowLow : SourceWord.windowHigh);
  const bit = 1 << (behind & 31);
  if ((words[word]! & bit) !== 0) {
    numbers[base + SourceNumber.duplicates]! += 1;
  } else {
    words[word]! |= bit;
    numbers[base + SourceNumber.reordered]! += 1;
  }
}

/** Moves the window of received sequence numbers on and marks the newest. */
function shiftWindow(words: Int32Array, source: number, by: number): void {
  const low = words[source + SourceWord.windowLow]!;
  const high = words[source + SourceWord.windowHigh]!;
  if (by < 32) {
    words[source + SourceWord.windowHigh] = (high << by) | (low >>> (32 - by));
    words[source + SourceWord.windowLow] = (low << by) | 1;
  } else {
    words[source + SourceWord.windowHigh] = by < WINDOW ? low << (by - 32) : 0;
    words[source + SourceWord.windowLow] = 1;
  }
}
