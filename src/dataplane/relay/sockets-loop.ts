import type { Step } from "./packet.ts";
import { BATCH_LENGTH, RelayLoop } from "./relay-loop.ts";
import type { WorkerSetup } from "./setup.ts";
import { SocketSender } from "./socket-sender.ts";

/** Batches taken from one socket before the others get their turn. */
const BATCHES_A_TURN = 4;

/** Relays from one socket a port; the worker's epoll instance says which have something. */
export class SocketsLoop extends RelayLoop {
  /** Descriptor of each flow's socket; -1: none. */
  readonly #descriptors: Int32Array;

  constructor(setup: WorkerSetup, steps: readonly Step[]) {
    const { backend } = setup;
    if (backend.kind !== "sockets") throw new TypeError("setup is not for the sockets backend");
    const descriptors = new Int32Array(backend.descriptors);
    super(setup, steps, (buffers, tables) => new SocketSender(descriptors, buffers, tables));
    this.#descriptors = descriptors;
  }

  override round(timeoutMs: number): void {
    const { epollEvents } = this;
    const count = epollEvents.wait(this.setup.epoll, this.hasCommands ? 0 : timeoutMs);
    for (let index = 0; index < count; index++) {
      const token = epollEvents.token(index);
      if (token >= 0) this.#relaySocket(token);
      else this.clearWakeup();
    }
    this.runCommands();
  }

  /**
   * An event may be older than the socket it speaks of: the descriptor is looked up inside the batch, where main
   * does not close it.
   */
  #relaySocket(flowId: number): void {
    for (let turn = 0; turn < BATCHES_A_TURN; turn++) {
      this.enter();
      const fd = Atomics.load(this.#descriptors, flowId);
      // An error is that of an earlier datagram (an ICMP message, say); the next event brings what is left.
      const count = fd < 0 ? 0 : this.batch.receive(fd);
      for (let index = 0; index < count; index++) this.relay(index, flowId);
      this.leave();
      if (count < BATCH_LENGTH) return;
    }
  }
}
