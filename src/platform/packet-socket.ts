import { InvariantError } from "../base/errors.ts";
import { checked, lastErrno } from "./errors.ts";
import * as libc from "./libc.ts";
import { ForeignMemory, type KeptAddress } from "./memory.ts";

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const SOL_PACKET = 263;
const PACKET_QDISC_BYPASS = 20;
const SOCKADDR_LL_BYTES = 20;
const MSG_DONTWAIT = 0x40;

const MESSAGE_BYTES = 64;
const VECTOR_BYTES = 16;

/**
 * A socket that sends whole Ethernet frames on one interface, past its queueing discipline; receives nothing.
 * Needs CAP_NET_RAW. The caller closes it.
 */
export function openPacketSocket(interfaceIndex: number): number {
  // Protocol 0: no packet is delivered to it.
  const fd = checked("socket", libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), "packet");
  const scratch = new ForeignMemory(64);
  scratch.words32[8] = 1;
  checked(
    "setsockopt",
    libc.setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, scratch.addressOf(32, 4), 4),
    "PACKET_QDISC_BYPASS",
  );
  // sockaddr_ll: family(2) protocol(2) interface(4) and fields that only a receiver needs.
  scratch.words16[0] = AF_PACKET;
  scratch.words32[1] = interfaceIndex;
  checked("bind", libc.bind(fd, scratch.addressOf(0, SOCKADDR_LL_BYTES), SOCKADDR_LL_BYTES), "packet");
  return fd;
}

/** Where the frames of a `FrameSender` lie: one a slot, all of one length. */
export interface FrameSlots {
  readonly memory: ForeignMemory;
  readonly count: number;
  /** Bytes from one slot to the next. */
  readonly stride: number;
  /** Where in its slot a frame starts. */
  readonly frameOffset: number;
  readonly frameBytes: number;
}

/** Sends frames that lie ready, many a call. The kernel copies them: a slot may be changed after `send`. */
export class FrameSender {
  readonly #slots: FrameSlots;
  readonly #messages: ForeignMemory;
  #address: KeptAddress = null;

  constructor(slots: FrameSlots) {
    const { memory, count, stride, frameOffset, frameBytes } = slots;
    if (count < 1 || frameOffset + frameBytes > stride) throw new InvariantError("frame sender: bad size");
    this.#slots = slots;
    const vectorsAt = count * MESSAGE_BYTES;
    this.#messages = new ForeignMemory(vectorsAt + count * VECTOR_BYTES);
    this.#address = this.#messages.addressOf(0, vectorsAt);
    // The fields of struct mmsghdr are drawn in message-batch.ts.
    for (let index = 0; index < count; index++) {
      const vector = vectorsAt + index * VECTOR_BYTES;
      this.#messages.writePointer(index * MESSAGE_BYTES + 16, this.#messages.addressOf(vector, VECTOR_BYTES));
      this.#messages.writePointer(index * MESSAGE_BYTES + 24, 1);
      this.#messages.writePointer(vector, memory.addressOf(index * stride + frameOffset, frameBytes));
      this.#messages.writePointer(vector + 8, frameBytes);
    }
  }

  /** @returns how many of the frames from slot `first` to `end` were sent, or the negative error number */
  send(fd: number, first: number, end: number): number {
    if (!(first >= 0 && first < end && end <= this.#slots.count))
      throw new InvariantError("frame sender: bad range");
    const address = (this.#address as number) + first * MESSAGE_BYTES;
    const sent = libc.sendmmsg(fd, address, end - first, MSG_DONTWAIT);
    return sent < 0 ? -lastErrno() : sent;
  }
}
