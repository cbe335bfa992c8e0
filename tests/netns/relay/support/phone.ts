import type { Endpoint, Family } from "../../../../src/base/endpoint.ts";
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
