import { type Address, addressBytes } from "../../src/base/endpoint.ts";
import { foldChecksum, sumBytes, swap16 } from "../../src/dataplane/relay/checksum.ts";

/*
 * One 20 ms G.711 packet as it lies in its slot. The frame starts two bytes in, so that all it changes is aligned:
 *
 *    2 Ethernet (14)   16 IPv4 (20)   36 UDP (8)   44 RTP (12)   56 time of sending (8)   64 sound
 */
const ETHERNET = 2;
const IP = 16;
const UDP = 36;
const UDP_CHECKSUM = 42;
const RTP = 44;
const SEQUENCE = 46;
const TIMESTAMP = 48;
const SSRC = 52;
const SENT_AT = 56;
const SOUND = 64;

const RTP_BYTES = 172;
const UDP_BYTES: number = 8 + RTP_BYTES;
const UDP_PROTOCOL = 17;
const SILENCE = 0xd5;

/** Bytes from one slot to the next. */
export const SLOT_BYTES = 256;
/** Where in its slot a frame starts. */
export const FRAME_OFFSET: number = ETHERNET;
/** Length of a frame. */
export const FRAME_BYTES: number = 14 + 20 + UDP_BYTES;
/** RTP clock ticks from one packet of a stream to the next. */
export const TICKS_PER_PACKET = 160;

/** Memory in three views, as `ForeignMemory` has them. */
export interface FrameMemory {
  readonly bytes: Uint8Array;
  readonly words16: Uint16Array;
  readonly words32: Int32Array;
}

/** One end of a stream. */
export interface FrameEnd {
  /** Six bytes. */
  readonly hardware: readonly number[];
  readonly address: Address;
  readonly port: number;
}

/**
 * Writes the frame of a stream: everything that stays the same from packet to packet.
 *
 * @param slot a multiple of 4
 * @returns what its constant part adds to the UDP checksum; `stampFrame` wants it
 */
export function writeFrame(
  memory: FrameMemory,
  slot: number,
  from: FrameEnd,
  to: FrameEnd,
  ssrc: number,
): number {
  const { bytes, words16, words32 } = memory;
  bytes.fill(0, slot, slot + SLOT_BYTES);
  bytes.set(to.hardware, slot + ETHERNET);
  bytes.set(from.hardware, slot + ETHERNET + 6);
  bytes.set([0x08, 0x00], slot + ETHERNET + 12);
  const totalLength = 20 + UDP_BYTES;
  // Do not fragment; 64 hops.
  bytes.set([0x45, 0, totalLength >> 8, totalLength & 0xff, 0, 0, 0x40, 0, 64, UDP_PROTOCOL], slot + IP);
  bytes.set(addressBytes(from.address), slot + IP + 12);
  bytes.set(addressBytes(to.address), slot + IP + 16);
  words16[(slot + IP + 10) >> 1] = foldChecksum(sumBytes(bytes, words32, slot + IP, 20));
  words16[(slot + UDP) >> 1] = swap16(from.port);
  words16[(slot + UDP + 2) >> 1] = swap16(to.port);
  words16[(slot + UDP + 4) >> 1] = swap16(UDP_BYTES);
  bytes[slot + RTP] = 0x80;
  words32[(slot + SSRC) >> 2] = swap32(ssrc);
  bytes.fill(SILENCE, slot + SOUND, slot + RTP + RTP_BYTES);
  const addresses = sumBytes(bytes, words32, slot + IP + 12, 8);
  const pseudoHeader = addresses + swap16(UDP_PROTOCOL) + swap16(UDP_BYTES);
  return pseudoHeader + sumBytes(bytes, words32, slot + UDP, UDP_BYTES);
}

/**
 * Makes a frame the next packet of its stream.
 *
 * @param constantSum what `writeFrame` returned
 * @param sentAtLow the lower 32 bits of the time of sending, nanoseconds
 * @param sentAtHigh the upper 32 bits
 */
export function stampFrame(
  memory: FrameMemory,
  slot: number,
  constantSum: number,
  sequenceNumber: number,
  timestamp: number,
  sentAtLow: number,
  sentAtHigh: number,
): void {
  const { words16, words32 } = memory;
  const sequence = swap16(sequenceNumber);
  const ticks = swap32(timestamp);
  words16[(slot + SEQUENCE) >> 1] = sequence;
  words32[(slot + TIMESTAMP) >> 2] = ticks;
  words32[(slot + SENT_AT) >> 2] = sentAtLow;
  words32[(slot + SENT_AT + 4) >> 2] = sentAtHigh;
  words16[(slot + UDP_CHECKSUM) >> 1] = foldChecksum(
    constantSum + sequence + halves(ticks) + halves(sentAtLow) + halves(sentAtHigh),
  );
}

const halves = (word: number): number => (word & 0xffff) + (word >>> 16);

function swap32(value: number): number {
  return (swap16(value) << 16) | swap16(value >>> 16);
}
