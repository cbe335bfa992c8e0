import type { ForeignMemory } from "../../platform/memory.ts";
import { trySetTypeOfService } from "../../platform/socket.ts";
import { AF_INET, AF_INET6, SOCKADDR_IN_BYTES, SOCKADDR_IN6_BYTES } from "../../platform/socket-address.ts";
import { foldChecksum, sumBytes, sumWords, swap16 } from "./checksum.ts";
import type { Packet, RelayTables } from "./packet.ts";
import { SendQueue } from "./send-queue.ts";
import type { Sender } from "./sender.ts";
import type { SetupAddress } from "./setup.ts";

const UDP = 17;
const UDP_BYTES = 8;
const QUEUE_LENGTH = 128;

/** Raw socket and queue of one local address. */
interface Outlet {
  readonly fd: number;
  readonly isIpv6: boolean;
  /** Sum of the 16-bit words of the address. */
  readonly addressSum: number;
  readonly queue: SendQueue;
  /** Type of service last set on the socket by this worker; -1: not yet. */
  tos: number;
}

/**
 * Sends out of one raw socket a local address, with UDP headers made here: one system call takes a batch of
 * many flows.
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
      addressSum: sumWords(address.words, 0, 4),
      queue: new SendQueue(QUEUE_LENGTH, buffers, tables.states),
      tos: -1,
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
    if (outlet.tos !== tos) setTypeOfService(outlet, tos);
    if (packet.checksum < 0) {
      packet.checksum = sumBytes(packet.bytes, packet.words, packet.offset, packet.length);
    }
    const { batch, count } = queue;
    const words = batch.meta.words32;
    const name = batch.destinationOffset(count) >> 2;
    // The port of a raw destination is 0: any other would name an IP protocol.
    let nameBytes = SOCKADDR_IN_BYTES;
    if (outlet.isIpv6) {
      nameBytes = SOCKADDR_IN6_BYTES;
      words[name] = AF_INET6;
      words[name + 1] = 0;
      for (let word = 0; word < 4; word++) words[name + 2 + word] = destination[destinationAt + 1 + word]!;
      words[name + 6] = 0;
    } else {
      words[name] = AF_INET;
      words[name + 1] = destination[destinationAt + 1]!;
    }
    const addressesSum =
      outlet.addressSum + sumWords(destination, destinationAt + 1, outlet.isIpv6 ? 4 : 1) + packet.checksum;
    const ports = swap16(port) | (swap16(destination[destinationAt]!) << 16);
    writeUdp(words, batch.headerOffset(count) >> 2, ports, packet.length, addressesSum);
    queue.add(nameBytes, UDP_BYTES, packet.offset, packet.length, packet.flowId, fromFlowId);
  }

  flush(): void {
    const outlets = this.#outlets;
    for (let index = 0; index < outlets.length; index++) {
      const { queue, fd } = outlets[index]!;
      if (queue.count > 0) queue.flush(fd);
    }
  }
}

/** What is queued leaves with the type of service it was queued with. */
function setTypeOfService(outlet: Outlet, tos: number): void {
  if (outlet.queue.count > 0) outlet.queue.flush(outlet.fd);
  trySetTypeOfService(outlet.fd, outlet.isIpv6 ? 6 : 4, tos);
  outlet.tos = tos;
}

/**
 * RFC 768, with the checksum over pseudo header (RFC 8200 §8.1), header and payload.
 *
 * @param ports source and destination port as the words on the wire
 * @param sum of the words of both addresses and of the payload
 */
function writeUdp(words: Int32Array, at: number, ports: number, payloadLength: number, sum: number): void {
  const length = swap16(UDP_BYTES + payloadLength);
  // The length counts twice: it stands in the pseudo header too.
  const whole = sum + (UDP << 8) + length + length + (ports & 0xffff) + (ports >>> 16);
  words[at] = ports;
  words[at + 1] = length | (foldChecksum(whole) << 16);
}
