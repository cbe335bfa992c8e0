import { NanoClock } from "../../src/platform/clock.ts";
import { Errno, SystemError } from "../../src/platform/errors.ts";
import { ForeignMemory } from "../../src/platform/memory.ts";
import { FrameSender, openPacketSocket } from "../../src/platform/packet-socket.ts";
import { closeDescriptor } from "../../src/platform/socket.ts";
import {
  FRAME_BYTES,
  FRAME_OFFSET,
  type FrameEnd,
  SLOT_BYTES,
  stampFrame,
  TICKS_PER_PACKET,
  writeFrame,
} from "./frame.ts";

const BATCH = 64;
const TICK_NANOS = 200_000;
/** What could not be sent for this long is left out, so that a hiccup does not become a burst. */
const MAX_BACKLOG_SECONDS = 0.02;

/** What one run really sent. */
export interface Sent {
  readonly packets: number;
  readonly seconds: number;
  /** Packets left out because the generator was late. */
  readonly skipped: number;
}

/** Sends the packets of many streams in turn, evenly spread over time, from the calling thread. */
export class FrameGenerator {
  readonly #memory: ForeignMemory;
  readonly #sender: FrameSender;
  readonly #fd: number;
  readonly #count: number;
  readonly #constantSums: Int32Array;
  readonly #sequences: Uint16Array;
  readonly #timestamps: Uint32Array;
  readonly #clock = new NanoClock();
  readonly #now = new Float64Array(1);
  readonly #wake = new Float64Array(1);
  /** The stream whose turn it is. */
  #next = 0;

  constructor(
    interfaceIndex: number,
    streams: readonly { readonly from: FrameEnd; readonly to: FrameEnd }[],
  ) {
    const count = streams.length;
    this.#count = count;
    this.#memory = new ForeignMemory(count * SLOT_BYTES);
    this.#constantSums = new Int32Array(count);
    this.#sequences = new Uint16Array(count).fill(1);
    this.#timestamps = new Uint32Array(count);
    for (const [index, { from, to }] of streams.entries()) {
      this.#constantSums[index] = writeFrame(this.#memory, index * SLOT_BYTES, from, to, 0x10000 + index);
    }
    this.#sender = new FrameSender({
      memory: this.#memory,
      count,
      stride: SLOT_BYTES,
      frameOffset: FRAME_OFFSET,
      frameBytes: FRAME_BYTES,
    });
    this.#fd = openPacketSocket(interfaceIndex);
  }

  /** Sends for some seconds; blocks the thread until then. */
  run(packetsPerSecond: number, seconds: number): Sent {
    const maxBacklog = Math.max(BATCH, Math.floor(packetsPerSecond * MAX_BACKLOG_SECONDS));
    const perNano = packetsPerSecond / 1e9;
    const now = this.#now;
    const wake = this.#wake;
    this.#clock.read(now);
    const start = now[0]!;
    const end = start + seconds * 1e9;
    let packets = 0;
    let skipped = 0;
    wake[0] = start;
    while (now[0]! < end) {
      let due = Math.floor((now[0]! - start) * perNano) - skipped;
      if (due - packets > maxBacklog) {
        skipped += due - packets - maxBacklog;
        due = packets + maxBacklog;
      }
      packets += this.#sendAll(due - packets);
      wake[0] = wake[0]! + TICK_NANOS;
      this.#clock.read(now);
      if (wake[0]! < now[0]!) wake[0] = now[0]!;
      else this.#clock.sleepUntil(wake);
      this.#clock.read(now);
    }
    return { packets, seconds: (now[0]! - start) / 1e9, skipped };
  }

  close(): void {
    closeDescriptor(this.#fd);
  }

  /** @returns how many were sent; fewer when the kernel takes no more */
  #sendAll(wanted: number): number {
    let packets = 0;
    while (packets < wanted) {
      const sent = this.#sendBatch(Math.min(BATCH, wanted - packets));
      if (sent === 0) break;
      packets += sent;
    }
    return packets;
  }

  #sendBatch(wanted: number): number {
    const first = this.#next;
    const end = Math.min(first + wanted, this.#count);
    this.#stamp(first, end);
    const sent = this.#sender.send(this.#fd, first, end);
    if (sent < 0) {
      if (sent === -Errno.ENOBUFS || sent === -Errno.EAGAIN || sent === -Errno.EINTR) return 0;
      throw new SystemError("sendmmsg", -sent);
    }
    const reached = first + sent;
    for (let index = first; index < reached; index++) {
      this.#sequences[index] = this.#sequences[index]! + 1;
      this.#timestamps[index] = this.#timestamps[index]! + TICKS_PER_PACKET;
    }
    this.#next = reached === this.#count ? 0 : reached;
    return sent;
  }

  /** One look at the clock a batch: the delay of a packet includes its wait behind the others of its batch. */
  #stamp(first: number, end: number): void {
    this.#clock.read(this.#now);
    const high = Math.floor(this.#now[0]! / 0x1_0000_0000);
    const low = (this.#now[0]! - high * 0x1_0000_0000) | 0;
    for (let index = first; index < end; index++) {
      stampFrame(
        this.#memory,
        index * SLOT_BYTES,
        this.#constantSums[index]!,
        this.#sequences[index]!,
        this.#timestamps[index]!,
        low,
        high,
      );
    }
  }
}
