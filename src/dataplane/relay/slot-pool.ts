import { InvariantError } from "../../base/errors.ts";
import type { FlowId } from "../../flow/flow.ts";

/** Free slots of the flow tables; the last one given back is taken first, so that little memory is touched. */
export class SlotPool {
  readonly #free: Int32Array;
  #count: number;

  constructor(capacity: number) {
    this.#free = Int32Array.from({ length: capacity }, (_, index) => capacity - 1 - index);
    this.#count = capacity;
  }

  take(): FlowId {
    if (this.#count === 0) throw new InvariantError("more ports than flow slots");
    return this.#free[--this.#count]! as FlowId;
  }

  give(flowId: FlowId): void {
    this.#free[this.#count++] = flowId;
  }
}
