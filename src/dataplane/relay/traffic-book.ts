import type { FlowId } from "../../flow/flow.ts";
import type { FlowStates } from "../../flow/flow-state.ts";
import { DropReason } from "../../flow/reasons.ts";
import type { TrafficReading } from "../index.ts";

/** Sums over flows, gone ones and live ones alike. */
export class TrafficBook {
  packetsIn = 0;
  bytesIn = 0;
  packetsOut = 0;
  bytesOut = 0;
  packetsLost = 0;
  duplicates = 0;
  reordered = 0;
  #dropped = 0;
  #unsent = 0;

  /** Starts with what another book says; none: empty. */
  static from(other: TrafficBook | undefined): TrafficBook {
    const book = new TrafficBook();
    if (other === undefined) return book;
    Object.assign(book, other);
    book.#dropped = other.#dropped;
    book.#unsent = other.#unsent;
    return book;
  }

  /** Adds what a flow has counted. */
  add(states: FlowStates, flowId: FlowId): void {
    this.packetsIn += states.packetsIn(flowId);
    this.bytesIn += states.bytesIn(flowId);
    this.packetsOut += states.packetsOut(flowId);
    this.bytesOut += states.bytesOut(flowId);
    states.drops(flowId).forEach((count, reason) => {
      if (reason === DropReason.SendFailed) this.#unsent += count;
      else this.#dropped += count;
    });
    for (const { lost, duplicates, reordered } of states.sources(flowId)) {
      this.packetsLost += lost;
      this.duplicates += duplicates;
      this.reordered += reordered;
    }
  }

  /** Accepted from the network. */
  ingress(): TrafficReading {
    return { packets: this.packetsIn, bytes: this.bytesIn, errors: this.#dropped };
  }

  /** Sent. */
  egress(): TrafficReading {
    return { packets: this.packetsOut, bytes: this.bytesOut, errors: this.#unsent };
  }
}
