import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Ring } from "../../../src/flow/ring.ts";

interface Message {
  kind: number;
  flowId: number;
  bytes: Uint8Array;
}

const footprint = (message: Message): number => 12 + ((message.bytes.length + 3) & ~3);

/** A queue that forgets nothing, with the ring's idea of what fits. */
class Model {
  readonly queue: Message[] = [];
  lost = 0;
  used = 0;
  readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  push(message: Message): boolean {
    if (this.used + footprint(message) > this.capacity) {
      this.lost++;
      return false;
    }
    this.used += footprint(message);
    this.queue.push(message);
    return true;
  }

  take(): Message | undefined {
    const message = this.queue.shift();
    if (message !== undefined) this.used -= footprint(message);
    return message;
  }
}

const message: fc.Arbitrary<Message> = fc.record({
  kind: fc.integer({ min: 1, max: 7 }),
  flowId: fc.nat(),
  bytes: fc.uint8Array({ maxLength: 70 }),
});
const operations = fc.array(fc.option(message, { nil: undefined, freq: 2 }), { maxLength: 300 });
const capacity = fc.constantFrom(16, 64, 128, 256);

function check(ring: Ring, model: Model, steps: readonly (Message | undefined)[]): void {
  const into = new Uint8Array(128);
  for (const step of steps) {
    if (step !== undefined) {
      expect(ring.push(step.kind, step.flowId, step.bytes, 0, step.bytes.length)).toBe(model.push(step));
    } else {
      const expected = model.take();
      const length = ring.take(into, 0);
      expect(length).toBe(expected === undefined ? -1 : expected.bytes.length);
      if (expected === undefined) continue;
      expect({ kind: ring.kind, flowId: ring.flowId, bytes: into.slice(0, length) }).toEqual(expected);
    }
    expect(ring.lost).toBe(model.lost);
    expect(ring.isEmpty).toBe(model.queue.length === 0);
  }
}

describe("ring", () => {
  it("behaves like a queue of limited size, over any number of wraps", () => {
    fc.assert(
      fc.property(capacity, operations, (size, steps) => {
        check(new Ring(Ring.allocate(size)), new Model(size), steps);
      }),
      { numRuns: 300 },
    );
  });

  it("does so where its 32-bit positions wrap", () => {
    fc.assert(
      fc.property(operations, (steps) => {
        const buffer = Ring.allocate(128);
        new Int32Array(buffer, 0, 2).fill(0x7fffff80);
        check(new Ring(buffer), new Model(128), steps);
        new Int32Array(buffer, 0, 3).set([-128, -128, 0]);
        check(new Ring(buffer), new Model(128), steps);
      }),
    );
  });

  it("cuts off what does not fit the reader's buffer and keeps the next message whole", () => {
    const ring = new Ring(Ring.allocate(64));
    ring.push(1, 1, Uint8Array.of(1, 2, 3, 4, 5), 0, 5);
    ring.push(2, 2, Uint8Array.of(6), 0, 1);
    const into = new Uint8Array(4);
    expect(ring.take(into, 1)).toBe(3);
    expect([...into]).toEqual([0, 1, 2, 3]);
    expect(ring.take(into, 0)).toBe(1);
    expect(ring.kind).toBe(2);
  });

  it("hands over no torn message between two threads", async () => {
    const buffer = Ring.allocate(256);
    const messages = 100_000;
    const worker = new Worker(new URL("./ring-writer.ts", import.meta.url), {
      workerData: { buffer, messages },
      execArgv: [],
    });
    const ring = new Ring(buffer);
    const into = new Uint8Array(64);
    let torn = 0;
    let last = -1;
    let received = 0;
    const done = new Promise((resolve) => worker.once("exit", resolve));
    while (last < messages - 1) {
      const length = ring.take(into, 0);
      if (length < 0) {
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      received++;
      if (ring.flowId <= last || length !== ring.flowId % 50 || ring.kind !== 1 + (ring.flowId % 7)) torn++;
      for (let index = 0; index < length; index++) if (into[index] !== (ring.flowId & 0xff)) torn++;
      last = ring.flowId;
    }
    await done;
    expect(torn).toBe(0);
    // The writer tries each message until it fits: every refusal was counted, none of them was delivered.
    expect(received).toBe(messages);
  });
});
