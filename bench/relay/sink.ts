import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { BpfObject } from "../../src/platform/bpf.ts";
import { BUCKETS } from "./histogram.ts";

const OBJECT: string = join(import.meta.dirname, "../../bpf/bench-sink.bpf.o");

/** Fields of `struct counters` in bpf/bench-sink.bpf.c, in 64-bit words. */
const PACKETS = 0;
const BYTES = 1;
const UNDATED = 2;
const LONGEST = 3;
const FIRST_BUCKET = 4;
const COUNTERS: number = FIRST_BUCKET + BUCKETS;

/** What came back. */
export interface Received {
  readonly packets: number;
  readonly bytes: number;
  /** Packets whose time of sending made no sense. */
  readonly undated: number;
  readonly longestMicros: number;
  /** How many packets took how long; histogram.ts knows the buckets. */
  readonly buckets: Float64Array;
}

/** Counts and drops, in the kernel, what arrives at an interface of this network namespace. */
export class Sink {
  readonly #words: BigUint64Array;
  readonly #cpus: number = cpus().length;

  constructor(interfaceIndex: number) {
    const object = new BpfObject(readFileSync(OBJECT));
    object.setMaxEntries("counts", this.#cpus);
    object.load();
    const { bytes } = object.mapMemory("counts", this.#cpus * COUNTERS * 8);
    this.#words = new BigUint64Array(bytes.buffer, bytes.byteOffset, this.#cpus * COUNTERS);
    object.attachToIngress("sink", interfaceIndex, 1);
  }

  /** Forgets what was counted. */
  reset(): void {
    this.#words.fill(0n);
  }

  /** What was counted since `reset`. */
  read(): Received {
    const each = (word: number): number[] =>
      Array.from({ length: this.#cpus }, (_, cpu) => Number(this.#words[cpu * COUNTERS + word]));
    const sum = (word: number): number => each(word).reduce((a, b) => a + b);
    return {
      packets: sum(PACKETS),
      bytes: sum(BYTES),
      undated: sum(UNDATED),
      longestMicros: Math.max(...each(LONGEST)),
      buckets: Float64Array.from({ length: BUCKETS }, (_, bucket) => sum(FIRST_BUCKET + bucket)),
    };
  }
}
