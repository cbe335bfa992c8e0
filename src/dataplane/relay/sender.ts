import type { Packet } from "./packet.ts";

/** The way out of a worker. `push` only queues; `flush` sends what is queued, before the buffers are refilled. */
export interface Sender {
  /**
   * Queues the packet in hand.
   *
   * @param fromFlowId slot of the socket it leaves from: counted there
   * @param destination packed endpoint at `destinationAt`; its family is that of the local address
   */
  push(
    packet: Packet,
    addressIndex: number,
    port: number,
    fromFlowId: number,
    tos: number,
    destination: Int32Array,
    destinationAt: number,
  ): void;
  flush(): void;
}
