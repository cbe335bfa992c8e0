import { unwatch, watchReadable } from "../../platform/epoll.ts";
import { closeDescriptor, openUdpSocket, setBufferSizes, tryBindSocket } from "../../platform/socket.ts";
import type { Backend, BackendAddress, WorkerPort } from "./backend.ts";
import type { SetupBackend } from "./setup.ts";

const RECEIVE_BUFFER_BYTES = 256 * 1024;
const SEND_BUFFER_BYTES = 256 * 1024;

/** One bound UDP socket a port, watched by the worker's epoll instance. Needs no privilege. */
export class SocketsBackend implements Backend {
  readonly kind = "sockets";
  readonly #addresses: readonly BackendAddress[];
  /** By address index and port. */
  readonly #open = new Map<number, number>();
  readonly #descriptors: Int32Array<SharedArrayBuffer>;

  constructor(addresses: readonly BackendAddress[], capacity: number) {
    this.#addresses = addresses;
    this.#descriptors = new Int32Array(new SharedArrayBuffer(capacity * 4)).fill(-1);
  }

  acquire(addressIndex: number, port: number): boolean {
    const address = this.#addresses[addressIndex]!;
    const fd = openUdpSocket(address.family);
    try {
      if (!tryBindSocket(fd, { family: address.family, address: address.address, port })) {
        closeDescriptor(fd);
        return false;
      }
      setBufferSizes(fd, RECEIVE_BUFFER_BYTES, SEND_BUFFER_BYTES);
    } catch (error) {
      closeDescriptor(fd);
      throw error;
    }
    this.#open.set(addressIndex * 65536 + port, fd);
    return true;
  }

  abandon(addressIndex: number, port: number): void {
    const key = addressIndex * 65536 + port;
    const fd = this.#open.get(key);
    if (fd === undefined) return;
    this.#open.delete(key);
    closeDescriptor(fd);
  }

  attach(worker: WorkerPort, addressIndex: number, port: number, flowId: number): void {
    const fd = this.#open.get(addressIndex * 65536 + port)!;
    Atomics.store(this.#descriptors, flowId, fd);
    watchReadable(worker.epoll, fd, flowId);
  }

  detach(worker: WorkerPort, addressIndex: number, port: number, flowId: number): void {
    unwatch(worker.epoll, this.#open.get(addressIndex * 65536 + port)!);
    Atomics.store(this.#descriptors, flowId, -1);
  }

  setupFor(_worker: WorkerPort): SetupBackend {
    return { kind: "sockets", descriptors: this.#descriptors.buffer };
  }

  close(): void {
    for (const fd of this.#open.values()) closeDescriptor(fd);
    this.#open.clear();
  }
}
