import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ProxyError } from "../../src/base/errors.ts";

/** What is fuzzed: takes any bytes; returns, or throws a `ProxyError`. */
export type FuzzTarget = (bytes: Uint8Array) => void;

/** Seconds for each target. */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 3);

/** Declares the tests of one target: its corpus as it is, then changed and random bytes until the time is up. */
export function fuzz(name: string, target: FuzzTarget): void {
  const seeds = readCorpus(name);

  test.each([...seeds.keys()])(`${name} stands the corpus file %s`, (file) => {
    run(target, seeds.get(file) as Uint8Array);
  });

  test(`${name} returns or throws an error of ours, whatever the bytes`, () => {
    let runs = 0;
    const input = fc.oneof(
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
      { weight: 9, arbitrary: mutated([...seeds.values()]) },
    );
    fc.assert(
      fc.property(input, (bytes) => {
        runs++;
        run(target, bytes);
      }),
      { numRuns: 1e9, interruptAfterTimeLimit: SECONDS * 1000, markInterruptAsFailure: false },
    );
    expect(runs).toBeGreaterThan(0);
  });
}

function run(target: FuzzTarget, bytes: Uint8Array): void {
  try {
    target(bytes);
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error;
    expect(error.code).toMatch(/^E_[A-Z0-9_]+$/);
  }
}

/** Files of `corpus/NAME`: `.hex` in hexadecimal with white space, anything else as it is. */
function readCorpus(name: string): Map<string, Uint8Array> {
  const folder = new URL(`./corpus/${name}/`, import.meta.url);
  const files = readdirSync(folder).sort();
  return new Map(
    files.map((file) => {
      const content = readFileSync(new URL(file, folder));
      if (!file.endsWith(".hex")) return [file, Uint8Array.from(content)];
      return [file, Uint8Array.from(Buffer.from(content.toString("latin1").replace(/\s/g, ""), "hex"))];
    }),
  );
}

interface Change {
  readonly kind: "flip" | "set" | "insert" | "remove" | "cut" | "repeat" | "splice";
  /** Where, as a part of the length in 1/65536. */
  readonly at: number;
  readonly count: number;
  readonly value: number;
}

/** Bytes that mean something to one of the decoders. */
const INTERESTING = [...'delist0123456789:[]{}"\\=-/ \r\n<>|;,.', "\0", "\x7f", "\x80", "\xff"].map(
  (character) => character.charCodeAt(0),
);

function mutated(seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const change: fc.Arbitrary<Change> = fc.record({
    kind: fc.constantFrom("flip", "set", "insert", "remove", "cut", "repeat", "splice"),
    at: fc.integer({ min: 0, max: 65_535 }),
    count: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 300 })),
    value: fc.oneof(fc.constantFrom(...INTERESTING), fc.integer({ min: 0, max: 255 })),
  });
  return fc
    .tuple(fc.constantFrom(...seeds), fc.array(change, { minLength: 1, maxLength: 8 }))
    .map(([seed, changes]) => changes.reduce((bytes, each) => applied(bytes, each, seeds), seed));
}

function applied(bytes: Uint8Array, change: Change, seeds: readonly Uint8Array[]): Uint8Array {
  const at = Math.floor((change.at / 65_536) * (bytes.length + 1));
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  const other = seeds[change.value % seeds.length] as Uint8Array;
  const join = (...parts: readonly (Uint8Array | number[])[]): Uint8Array =>
    Uint8Array.from(parts.flatMap((part) => [...part])).subarray(0, 20_000);
  switch (change.kind) {
    case "flip":
      return join(
        head,
        tail.length > 0 ? [(tail[0] as number) ^ (1 << (change.value & 7))] : [],
        tail.subarray(1),
      );
    case "set":
      return join(head, [change.value], tail.subarray(1));
    case "insert":
      return join(
        head,
        Array.from({ length: change.count }, () => change.value),
        tail,
      );
    case "remove":
      return join(head, tail.subarray(change.count));
    case "cut":
      return head;
    case "repeat":
      return join(head, tail.subarray(0, change.count), tail.subarray(0, change.count), tail);
    case "splice":
      return join(head, other.subarray(Math.floor((change.at / 65_536) * other.length)));
  }
}
