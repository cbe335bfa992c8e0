import type { Micros } from "../base/brand.ts";
import type { RtpPacket } from "../wire/rtp.ts";
import { decodeG711, G711_PAYLOAD_TYPES } from "./g711.ts";
import { Reception, type ReceptionReading } from "./reception.ts";
import { SAMPLE_RATE_HZ } from "./tone.ts";
import { ToneDetector } from "./tone-detector.ts";

/** Sources followed at most; a phone hears one, or a few after renegotiations. */
const MAX_SOURCES = 16;
/** A longer gap is a pause: what follows begins a new window. */
const MAX_GAP_TICKS: number = SAMPLE_RATE_HZ / 2;

/** What a listener has heard. */
export interface ListenerReading {
  readonly packets: number;
  /** Payloads only. */
  readonly octets: number;
  /** Over all sources. */
  readonly lost: number;
  readonly reordered: number;
  readonly duplicates: number;
  /** Of the source heard last; 0 before the first. */
  readonly jitterMs: number;
  /** Packets by payload type. */
  readonly payloadTypes: ReadonlyMap<number, number>;
  readonly sources: readonly ReceptionReading[];
  /** How much of the expected tone was heard. */
  readonly toneHeardMs: number;
  /** Whether the last 100 ms of audio were the expected tone. */
  readonly isHearingTone: boolean;
  readonly firstPacketAt: Micros | undefined;
  readonly lastPacketAt: Micros | undefined;
}

/** Takes the RTP packets that arrive: counts them, and listens for a tone in those of G.711. */
export class Listener {
  readonly #detector: ToneDetector;
  readonly #receptions: Map<number, Reception> = new Map();
  readonly #payloadTypes: Map<number, number> = new Map();
  #packets = 0;
  #octets = 0;
  #firstPacketAt: Micros | undefined;
  #lastPacketAt: Micros | undefined;
  /** Whose audio is listened to, and the timestamp it goes on at. */
  #ssrc = -1;
  #nextTimestamp = 0;

  constructor(expectedToneHz: number) {
    this.#detector = new ToneDetector(expectedToneHz);
  }

  receive(packet: RtpPacket, now: Micros): void {
    this.#packets++;
    this.#octets += packet.payload.length;
    this.#firstPacketAt ??= now;
    this.#lastPacketAt = now;
    const { payloadType, ssrc } = packet;
    this.#payloadTypes.set(payloadType, (this.#payloadTypes.get(payloadType) ?? 0) + 1);
    this.#receptionOf(packet)?.receive(packet.sequenceNumber, packet.timestamp, now / 1000);
    if (payloadType === G711_PAYLOAD_TYPES["mu-law"])
      this.#play(packet, decodeG711("mu-law", packet.payload));
    else if (payloadType === G711_PAYLOAD_TYPES["a-law"])
      this.#play(packet, decodeG711("a-law", packet.payload));
    else if (this.#ssrc === -1) this.#ssrc = ssrc;
  }

  /** The source heard last, if any. */
  get current(): Reception | undefined {
    return this.#receptions.get(this.#ssrc);
  }

  read(): ListenerReading {
    const sources = [...this.#receptions.values()].map((reception) => reception.read());
    const sum = (of: (source: ReceptionReading) => number): number =>
      sources.reduce((total, source) => total + of(source), 0);
    return {
      packets: this.#packets,
      octets: this.#octets,
      lost: sum(({ lost }) => lost),
      reordered: sum(({ reordered }) => reordered),
      duplicates: sum(({ duplicates }) => duplicates),
      jitterMs: this.current?.read().jitterMs ?? 0,
      payloadTypes: new Map(this.#payloadTypes),
      sources,
      toneHeardMs: this.#detector.heardMs,
      isHearingTone: this.#detector.isHearing,
      firstPacketAt: this.#firstPacketAt,
      lastPacketAt: this.#lastPacketAt,
    };
  }

  #receptionOf({ ssrc, sequenceNumber }: RtpPacket): Reception | undefined {
    let reception = this.#receptions.get(ssrc);
    if (reception === undefined && this.#receptions.size < MAX_SOURCES) {
      reception = new Reception(ssrc, sequenceNumber, SAMPLE_RATE_HZ);
      this.#receptions.set(ssrc, reception);
    }
    return reception;
  }

  /** Puts audio where its timestamp says; what is missing is silence, what is late is left out. */
  #play({ ssrc, timestamp }: RtpPacket, samples: Int16Array): void {
    const gap = (timestamp - this.#nextTimestamp) | 0;
    const isNew = ssrc !== this.#ssrc || Math.abs(gap) > MAX_GAP_TICKS;
    if (isNew) this.#detector.restart();
    else if (gap < 0) return;
    else if (gap > 0) this.#detector.listen(new Int16Array(gap));
    this.#detector.listen(samples);
    this.#ssrc = ssrc;
    this.#nextTimestamp = (timestamp + samples.length) % 2 ** 32;
  }
}
