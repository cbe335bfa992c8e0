import type { Micros } from "../base/brand.ts";
import { encodeRtp } from "../wire/rtp.ts";
import { encodeG711, G711_PAYLOAD_TYPES, type G711Law } from "./g711.ts";
import { SAMPLE_RATE_HZ, ToneGenerator } from "./tone.ts";

/** What one packet carries. */
export const PACKET_MS = 20;
const PACKET_SAMPLES: number = (SAMPLE_RATE_HZ * PACKET_MS) / 1000;
/** Later than that, what was not sent is left out instead of sent in a burst. */
const MAX_BACKLOG_MICROS = 500_000;

/** What a talker says, and with which identity; `random` gives numbers from 0 up to but not including 1. */
export interface TalkerOptions {
  readonly toneHz: number;
  readonly levelDbov?: number;
  readonly law: G711Law;
  readonly random: () => number;
  /** Begins low, so that the first turn of the sequence number is far off (RFC 3711 §3.3.1). */
  readonly isForSrtp?: boolean;
}

/** Makes the RTP packets of a tone, one every 20 ms (RFC 3550 §5.1, RFC 3551 §4.5.14). */
export class Talker {
  readonly ssrc: number;
  law: G711Law;
  packetsSent = 0;
  /** Payload only (RFC 3550 §6.4.1, "sender's octet count"). */
  octetsSent = 0;
  readonly #tone: ToneGenerator;
  #sequenceNumber: number;
  #timestamp: number;
  /** When the next packet is due; undefined: silent. */
  #dueAt: Micros | undefined;
  /** When the last one was, so that timestamps follow the clock through a pause. */
  #lastDueAt: Micros | undefined;
  #marker = true;

  constructor(options: TalkerOptions) {
    const { random } = options;
    this.law = options.law;
    this.#tone = new ToneGenerator(options.toneHz, options.levelDbov);
    this.ssrc = Math.floor(random() * 2 ** 32);
    this.#sequenceNumber = Math.floor(random() * (options.isForSrtp === true ? 0x8000 : 0x10000));
    this.#timestamp = Math.floor(random() * 2 ** 32);
  }

  /** When `take` next has a packet; undefined while silent. */
  get dueAt(): Micros | undefined {
    return this.#dueAt;
  }

  /** RTP timestamp of the next packet. */
  get timestamp(): number {
    return this.#timestamp;
  }

  start(now: Micros): void {
    if (this.#dueAt !== undefined) return;
    if (this.#lastDueAt !== undefined) this.#skip(now - this.#lastDueAt);
    this.#dueAt = now;
    this.#marker = true;
  }

  stop(): void {
    this.#lastDueAt = this.#dueAt;
    this.#dueAt = undefined;
  }

  /** The next packet that is due; undefined when none is. Call until then. */
  take(now: Micros): Uint8Array | undefined {
    if (this.#dueAt === undefined || this.#dueAt > now) return undefined;
    const behind = now - this.#dueAt;
    if (behind > MAX_BACKLOG_MICROS) {
      this.#skip(behind);
      this.#dueAt = now;
      this.#marker = true;
    }
    this.#dueAt = (this.#dueAt + PACKET_MS * 1000) as Micros;
    const payload = encodeG711(this.law, this.#tone.next(PACKET_SAMPLES));
    const packet = this.packet(G711_PAYLOAD_TYPES[this.law], payload, this.#marker);
    this.#marker = false;
    this.#timestamp = (this.#timestamp + PACKET_SAMPLES) % 2 ** 32;
    return packet;
  }

  /** A packet of any payload type, next in sequence, with the timestamp of the tone's next one. */
  packet(payloadType: number, payload: Uint8Array, marker = false): Uint8Array {
    const sequenceNumber = this.#sequenceNumber;
    this.#sequenceNumber = (sequenceNumber + 1) % 0x10000;
    this.packetsSent++;
    this.octetsSent += payload.length;
    return encodeRtp({
      marker,
      payloadType,
      sequenceNumber,
      timestamp: this.#timestamp,
      ssrc: this.ssrc,
      csrcs: [],
      extension: undefined,
      payload,
      paddingLengthBytes: 0,
    });
  }

  /** Moves the timestamp on by whole packets. */
  #skip(micros: number): void {
    const packets = Math.max(0, Math.floor(micros / (PACKET_MS * 1000)));
    this.#timestamp = (this.#timestamp + packets * PACKET_SAMPLES) % 2 ** 32;
  }
}
