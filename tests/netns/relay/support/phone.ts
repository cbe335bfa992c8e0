import type { Endpoint, Family } from "../../../../src/base/endpoint.ts";
import * as libc from "../../../../src/platform/libc.ts";
import { ForeignMemory } from "../../../../src/platform/memory.ts";
import { ReceiveBatch } from "../../../../src/platform/message-batch.ts";
import {
  bindSocket,
  closeDescriptor,
  localEndpoint,
  openUdpSocket,
  receiveDatagram,
  sendDatagram,
  setBufferSizes,
} from "../../../../src/platform/socket.ts";

/** One end of a call: a plain UDP socket. */
export class Phone {
  readonly fd: number;
  readonly endpoint: Endpoint;

  constructor(family: Family, address: string = family === 4 ? "127.0.0.1" : "::1", port = 0) {
    this.fd = openUdpSocket(family);
    setBufferSizes(this.fd, 4 << 20, 4 << 20);
    bindSocket(this.fd, { family, address, port });
    this.endpoint = localEndpoint(this.fd);
  }

  send(to: Endpoint, bytes: Uint8Array): void {
    const errno = sendDatagram(this.fd, to, bytes);
    if (errno !== 0) throw new Error(`send: errno ${errno}`);
  }

  /** Everything that has arrived. */
  drain(): { from: Endpoint; bytes: Uint8Array }[] {
    const all = [];
    for (;;) {
      const one = receiveDatagram(this.fd);
      if (one === undefined) return all;
      all.push(one);
    }
  }

  /** Waits for `count` datagrams, or until `timeoutMs` have passed. */
  async receive(count = 1, timeoutMs = 1000): Promise<{ from: Endpoint; bytes: Uint8Array }[]> {
    const all = [];
    const deadline = performance.now() + timeoutMs;
    do {
      all.push(...this.drain());
      if (all.length >= count) break;
      await new Promise((resolve) => setTimeout(resolve, 2));
    } while (performance.now() < deadline);
    return all;
  }

  close(): void {
    closeDescriptor(this.fd);
  }
}

/** Makes a socket tell the type of service of what it receives (`ip(7)` IP_RECVTOS, `ipv6(7)` IPV6_RECVTCLASS). */
export function requestTypeOfService(fd: number, family: Family): void {
  const value = new ForeignMemory(4);
  value.words32[0] = 1;
  const [level, option] = family === 4 ? [0, 13] : [41, 66];
  if (libc.setsockopt(fd, level, option, value.addressOf(0, 4), 4) !== 0) throw new Error("setsockopt");
}

const batch: ReceiveBatch = new ReceiveBatch(1, 2048, 0);

/** Takes one datagram and tells its type of service; undefined when none waits. */
export function receiveWithTypeOfService(fd: number): number | undefined {
  if (batch.receive(fd) !== 1) return undefined;
  return batch.meta.bytes[batch.controlOffset(0) + 16];
}
