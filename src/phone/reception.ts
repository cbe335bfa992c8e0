import type { ReportBlock } from "../wire/rtcp-packets.ts";

/** Sequence numbers that far ahead are a restart, not a loss (RFC 3550 A.1). */
const MAX_DROPOUT = 3000;
/** Sequence numbers that far behind are late, not a restart. */
const MAX_MISORDER = 100;
const CYCLE = 0x10000;
/** How far back a duplicate is recognised, packets. */
const WINDOW = 1024;

/** What is known of a synchronization source at the receiver. */
export interface ReceptionReading {
  readonly ssrc: number;
  /** Duplicates included. */
  readonly packets: number;
  /** Expected less distinct ones received, not below 0. */
  readonly lost: number;
  /** Came after one with a higher sequence number. */
  readonly reordered: number;
  readonly duplicates: number;
  readonly jitterMs: number;
}

/** Follows what arrives from one synchronization source (RFC 3550 §6.4.1, A.1, A.3, A.8). */
export class Reception {
  readonly ssrc: number;
  readonly #clockRateHz: number;
  /** Extended highest sequence number, its count of cycles included. */
  #highest: number;
  #first: number;
  /** The sequence number that would confirm a far jump as a restart; -1: none. */
  #suspect = -1;
  readonly #seen: Float64Array = new Float64Array(WINDOW).fill(Number.NaN);
  #packets = 0;
  #reordered = 0;
  #duplicates = 0;
  #transit: number | undefined;
  /** RTP clock units. */
  #jitter = 0;
  #expectedBefore = 0;
  #packetsBefore = 0;
  /** Losses and packets of a stream before it was restarted. */
  #lostBeforeRestart = 0;
  #distinctBeforeRestart = 0;

  constructor(ssrc: number, firstSequenceNumber: number, clockRateHz: number) {
    this.ssrc = ssrc;
    this.#clockRateHz = clockRateHz;
    this.#first = firstSequenceNumber;
    this.#highest = firstSequenceNumber - 1;
  }

  /** @param arrivedAtMs monotonic, with its fraction */
  receive(sequenceNumber: number, timestamp: number, arrivedAtMs: number): void {
    this.#packets++;
    if (!this.#place(sequenceNumber)) return;
    const arrival = (arrivedAtMs * this.#clockRateHz) / 1000;
    const transit = (arrival - timestamp) % 2 ** 32;
    if (this.#transit !== undefined) {
      // Timestamps wrap: the difference is taken to the nearer side.
      let distance = Math.abs(transit - this.#transit) % 2 ** 32;
      if (distance > 2 ** 31) distance = 2 ** 32 - distance;
      this.#jitter += (distance - this.#jitter) / 16;
    }
    this.#transit = transit;
  }

  /** Puts a packet in its place. @returns false for a duplicate */
  #place(sequenceNumber: number): boolean {
    const ahead = (sequenceNumber - this.#highest + CYCLE * CYCLE) % CYCLE;
    if (ahead >= 1 && ahead < MAX_DROPOUT) this.#highest += ahead;
    else if (ahead === 0 || ahead > CYCLE - MAX_MISORDER) return this.#placeLate((CYCLE - ahead) % CYCLE);
    else if (sequenceNumber === this.#suspect) this.#restart(sequenceNumber);
    else {
      this.#suspect = (sequenceNumber + 1) % CYCLE;
      this.#packets--;
      return false;
    }
    this.#suspect = -1;
    this.#seen[this.#highest % WINDOW] = this.#highest;
    return true;
  }

  #placeLate(behind: number): boolean {
    const extended = this.#highest - behind;
    // From before the first packet: it was not expected, so it makes the stream begin earlier.
    if (extended < this.#first) this.#first = extended;
    const slot = ((extended % WINDOW) + WINDOW) % WINDOW;
    if (this.#seen[slot] === extended) {
      this.#duplicates++;
      return false;
    }
    this.#seen[slot] = extended;
    this.#reordered++;
    return true;
  }

  #restart(sequenceNumber: number): void {
    // The packet at hand is counted already, and belongs to the new stream.
    const distinct = this.#packets - 1 - this.#duplicates;
    this.#lostBeforeRestart += Math.max(0, this.#expected - (distinct - this.#distinctBeforeRestart));
    this.#distinctBeforeRestart = distinct;
    this.#expectedBefore = 0;
    this.#packetsBefore = 0;
    this.#first = sequenceNumber;
    this.#highest = sequenceNumber;
    this.#seen.fill(Number.NaN);
    this.#transit = undefined;
  }

  /** Expected less distinct ones received, not below 0. */
  get lost(): number {
    const distinct = this.#packets - this.#duplicates - this.#distinctBeforeRestart;
    return this.#lostBeforeRestart + Math.max(0, this.#expected - distinct);
  }

  get #expected(): number {
    return this.#highest - this.#first + 1;
  }

  read(): ReceptionReading {
    return {
      ssrc: this.ssrc,
      packets: this.#packets,
      lost: this.lost,
      reordered: this.#reordered,
      duplicates: this.#duplicates,
      jitterMs: (this.#jitter * 1000) / this.#clockRateHz,
    };
  }

  /** The report block on this source; the next one's fraction counts from here (RFC 3550 A.3). */
  report(lastSr: number, delaySinceLastSr: number): ReportBlock {
    const received = this.#packets - this.#distinctBeforeRestart;
    const expectedInterval = this.#expected - this.#expectedBefore;
    const lostInterval = expectedInterval - (received - this.#packetsBefore);
    this.#expectedBefore = this.#expected;
    this.#packetsBefore = received;
    const isLossy = expectedInterval > 0 && lostInterval > 0;
    const cumulativeLost = this.#expected - received;
    return {
      ssrc: this.ssrc,
      fractionLost: isLossy ? Math.min(255, Math.floor((lostInterval * 256) / expectedInterval)) : 0,
      cumulativeLost: Math.max(-0x800000, Math.min(0x7fffff, cumulativeLost)),
      extendedHighestSequenceNumber: this.#highest % 2 ** 32,
      interarrivalJitter: Math.floor(this.#jitter),
      lastSr,
      delaySinceLastSr,
    };
  }
}
