import type { ForeignMemory } from "../../platform/memory.ts";
import { AF_INET, AF_INET6, SOCKADDR_IN_BYTES, SOCKADDR_IN6_BYTES } from "../../platform/socket-address.ts";
import { foldChecksum, sumBytes, sumWords, swap16 } from "./checksum.ts";
import type { Packet, RelayTables } from "./packet.ts";
import { SendQueue } from "./send-queue.ts";
import type { Sender } from "./sender.ts";
import type { SetupAddress } from "./setup.ts";

const UDP = 17;
const UDP_BYTES = 8;
const IPV4_BYTES = 20;
const IPV6_BYTES = 40;
const HOP_LIMIT = 64;
const QUEUE_LENGTH = 128;

/** Raw socket and queue of one local address. */
interface Outlet {
  readonly fd: number;
  readonly isIpv6: boolean;
  /** Four words, as on the wire. */
  readonly address: Int32Array;
  /** Sum of its 16-bit words. */
  readonly addressSum: number;
  readonly queue: SendQueue;
}

/**
 * Sends out of one raw socket a local address, with headers made here: one system call takes a batch of
 * many flows.
 *
 * Never fragments: a datagram longer than the path's MTU is refused by the kernel and counted.
 */
export class SteeredSender implements Sender {
  readonly #outlets: readonly Outlet[];

  /** @param descriptors raw socket of each local address, bound to it */
  constructor(
    addresses: readonly SetupAddress[],
    descriptors: readonly number[],
    buffers: ForeignMemory,
    tables: RelayTables,
  ) {
    this.#outlets = addresses.map((address, index) => ({
      fd: descriptors[index]!,
      isIpv6: address.family === 6,
      address: address.words,
      addressSum: sumWords(address.words, 0, 4),
      queue: new SendQueue(QUEUE_LENGTH, buffers, tables.states),
    }));
  }

  push(
    packet: Packet,
    addressIndex: number,
    port: number,
    fromFlowId: number,
    tos: number,
    destination: Int32Array,
    destinationAt: number,
  ): void {
    const outlet = this.#outlets[addressIndex]!;
    const { queue } = outlet;
    if (queue.isFull) queue.flush(outlet.fd);
    if (packet.checksum < 0) {
      packet.checksum = sumBytes(packet.bytes, packet.words, packet.offset, packet.length);
    }
    const { batch, count } = queue;
    const words = batch.meta.words32;
    const header = batch.headerOffset(count) >> 2;
    const name = batch.destinationOffset(count) >> 2;
    if (outlet.isIpv6) {
      writeIpv6(words, header, tos, packet.length, outlet.address, destination, destinationAt);
      writeUdp(words, header + IPV6_BYTES / 4, port, destination[destinationAt]!, packet, outlet, header + 6);
      words[name] = AF_INET6;
      words[name + 1] = 0;
      for (let word = 0; word < 4; word++) words[name + 2 + word] = destination[destinationAt + 1 + word]!;
      words[name + 6] = 0;
      queue.add(
        SOCKADDR_IN6_BYTES,
        IPV6_BYTES + UDP_BYTES,
        packet.offset,
        packet.length,
        packet.flowId,
        fromFlowId,
      );
    } else {
      writeIpv4(words, header, tos, packet.length, outlet.address[0]!, destination[destinationAt + 1]!);
      writeUdp(words, header + IPV4_BYTES / 4, port, destination[destinationAt]!, packet, outlet, header + 4);
      words[name] = AF_INET;
      words[name + 1] = destination[destinationAt + 1]!;
      queue.add(
        SOCKADDR_IN_BYTES,
        IPV4_BYTES + UDP_BYTES,
        packet.offset,
        packet.length,
        packet.flowId,
        fromFlowId,
      );
    }
  }

  flush(): void {
    const outlets = this.#outlets;
    for (let index = 0; index < outlets.length; index++) {
      const { queue, fd } = outlets[index]!;
      if (queue.count > 0) queue.flush(fd);
    }
  }
}

/** RFC 791 §3.1; don't fragment; the kernel fills in the header checksum. */
function writeIpv4(
  words: Int32Array,
  at: number,
  tos: number,
  payloadLength: number,
  source: number,
  destination: number,
): void {
  words[at] = 0x45 | (tos << 8) | (swap16(IPV4_BYTES + UDP_BYTES + payloadLength) << 16);
  words[at + 1] = 0x40 << 16;
  words[at + 2] = HOP_LIMIT | (UDP << 8);
  words[at + 3] = source;
  words[at + 4] = destination;
}

/** RFC 8200 §3; flow label 0. */
function writeIpv6(
  words: Int32Array,
  at: number,
  trafficClass: number,
  payloadLength: number,
  source: Int32Array,
  destination: Int32Array,
  destinationAt: number,
): void {
  words[at] = 0x60 | (trafficClass >> 4) | ((trafficClass & 0x0f) << 12);
  words[at + 1] = swap16(UDP_BYTES + payloadLength) | (UDP << 16) | (HOP_LIMIT << 24);
  for (let word = 0; word < 4; word++) {
    words[at + 2 + word] = source[word]!;
    words[at + 6 + word] = destination[destinationAt + 1 + word]!;
  }
}

/**
 * RFC 768, with the checksum over pseudo header (RFC 8200 §8.1), header and payload.
 *
 * @param destinationWord first word of the packed endpoint: its lower half is the port
 * @param addressAt where the destination address stands in `words`
 */
function writeUdp(
  words: Int32Array,
  at: number,
  port: number,
  destinationWord: number,
  packet: Packet,
  outlet: Outlet,
  addressAt: number,
): void {
  const length = swap16(UDP_BYTES + packet.length);
  const source = swap16(port);
  const destination = swap16(destinationWord);
  const sum =
    outlet.addressSum +
    sumWords(words, addressAt, outlet.isIpv6 ? 4 : 1) +
    (UDP << 8) +
    length +
    source +
    destination +
    length +
    packet.checksum;
  words[at] = source | (destination << 16);
  words[at + 1] = length | (foldChecksum(sum) << 16);
}
