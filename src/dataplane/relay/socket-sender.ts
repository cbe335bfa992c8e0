import type { ForeignMemory } from "../../platform/memory.ts";
import { trySetTypeOfService } from "../../platform/socket.ts";
import { AF_INET, AF_INET6, SOCKADDR_IN_BYTES, SOCKADDR_IN6_BYTES } from "../../platform/socket-address.ts";
import { swap16 } from "./checksum.ts";
import type { Packet, RelayTables } from "./packet.ts";
import { SendQueue } from "./send-queue.ts";
import type { Sender } from "./sender.ts";

const QUEUE_LENGTH = 64;

/** Sends out of the socket of each port: one system call takes what leaves from one port in a row. */
export class SocketSender implements Sender {
  readonly #queue: SendQueue;
  /** Descriptor of each flow's socket; -1: none. Written by main. */
  readonly #descriptors: Int32Array;
  /** Type of service last set on each flow's socket, and the epoch of the slot then. */
  readonly #typesOfService: Int16Array;
  readonly #typeEpochs: Int32Array;
  #fd = -1;

  constructor(descriptors: Int32Array, buffers: ForeignMemory, tables: RelayTables) {
    this.#queue = new SendQueue(QUEUE_LENGTH, buffers, tables.states);
    this.#descriptors = descriptors;
    this.#typesOfService = new Int16Array(descriptors.length);
    this.#typeEpochs = new Int32Array(descriptors.length).fill(-1);
  }

  push(
    packet: Packet,
    _addressIndex: number,
    _port: number,
    fromFlowId: number,
    tos: number,
    destination: Int32Array,
    destinationAt: number,
  ): void {
    const queue = this.#queue;
    const fd = Atomics.load(this.#descriptors, fromFlowId);
    const head = destination[destinationAt]!;
    const isIpv6 = head >>> 16 === 6;
    const epoch = packet.slotEpochs[fromFlowId]!;
    const isOtherType = this.#typeEpochs[fromFlowId] !== epoch || this.#typesOfService[fromFlowId] !== tos;
    if (fd !== this.#fd || queue.isFull || isOtherType) {
      this.flush();
      this.#fd = fd;
      if (isOtherType) this.#setTypeOfService(fromFlowId, epoch, isIpv6, tos);
    }
    const words = queue.batch.meta.words32;
    const name = queue.batch.destinationOffset(queue.count) >> 2;
    if (isIpv6) {
      words[name] = AF_INET6 | (swap16(head) << 16);
      words[name + 1] = 0;
      for (let word = 0; word < 4; word++) words[name + 2 + word] = destination[destinationAt + 1 + word]!;
      words[name + 6] = 0;
      queue.add(SOCKADDR_IN6_BYTES, 0, packet.offset, packet.length, packet.flowId, fromFlowId);
    } else {
      words[name] = AF_INET | (swap16(head) << 16);
      words[name + 1] = destination[destinationAt + 1]!;
      queue.add(SOCKADDR_IN_BYTES, 0, packet.offset, packet.length, packet.flowId, fromFlowId);
    }
  }

  flush(): void {
    if (this.#queue.count === 0) return;
    if (this.#fd < 0) this.#queue.discard();
    else this.#queue.flush(this.#fd);
  }

  #setTypeOfService(flowId: number, epoch: number, isIpv6: boolean, tos: number): void {
    if (this.#fd >= 0) trySetTypeOfService(this.#fd, isIpv6 ? 6 : 4, tos);
    this.#typeEpochs[flowId] = epoch;
    this.#typesOfService[flowId] = tos;
  }
}
