import type { Address } from "../../base/endpoint.ts";
import type { SetupBackend } from "./setup.ts";

/** What a backend sees of a worker: where it waits for packets. */
export interface WorkerPort {
  readonly index: number;
  readonly epoll: number;
}

/** How media ports reach the workers; main's side. It owns every descriptor it makes. */
export interface Backend {
  readonly kind: "steered" | "sockets";
  /** Makes sure that nobody else has the port. @returns false when somebody has */
  acquire(addressIndex: number, port: number): boolean;
  /** Undoes `acquire`. */
  abandon(addressIndex: number, port: number): void;
  /** From now on what arrives at the port goes to the worker. */
  attach(worker: WorkerPort, addressIndex: number, port: number, flowId: number): void;
  /** From now on nothing that arrives there reaches the worker; what it holds already, it may still handle. */
  detach(worker: WorkerPort, addressIndex: number, port: number, flowId: number): void;
  /** Opens what a worker needs for itself. */
  setupFor(worker: WorkerPort): SetupBackend;
  /** Closes everything. After all workers have stopped. */
  close(): void;
}

/** A local address with its index. */
export interface BackendAddress extends Address {
  readonly index: number;
}
