import fc from "fast-check";
import { expect, it } from "vitest";
import { PortPool } from "../../../src/dataplane/relay/port-pool.ts";

const RANGES = [
  [100, 119],
  [110, 131],
] as const;

/** The same rules on plain lists: one per range, oldest first. */
class Model {
  readonly lists: number[][];
  readonly taken = new Set<number>();

  constructor(starts: readonly number[]) {
    this.lists = RANGES.map(([min, max], index) => {
      const size = max - min + 1;
      const first = Math.floor(starts[index]! * size) & ~1;
      return Array.from({ length: size }, (_, offset) => min + ((first + offset) % size));
    });
  }

  take(range: number, count: 1 | 2): number {
    const list = this.lists[range]!;
    const port = list.find(
      (candidate) => count === 1 || (candidate % 2 === 0 && list.includes(candidate + 1)),
    );
    if (port === undefined) return 0;
    for (let index = 0; index < count; index++) this.#remove(port + index);
    return port;
  }

  give(port: number): void {
    this.taken.delete(port);
    RANGES.forEach(([min, max], index) => {
      if (port >= min && port <= max) this.lists[index]!.push(port);
    });
  }

  #remove(port: number): void {
    this.taken.add(port);
    for (const list of this.lists) if (list.includes(port)) list.splice(list.indexOf(port), 1);
  }
}

const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const step = fc.oneof(
  fc.record({ range: fc.constantFrom(0, 1), count: fc.constantFrom(1 as const, 2 as const) }),
  fc.record({ give: fc.nat() }),
);

it("two overlapping ranges behave like two lists of free ports with one owner", () => {
  fc.assert(
    fc.property(fc.tuple(fraction, fraction), fc.array(step, { maxLength: 200 }), (starts, steps) => {
      const held = new Set<number>();
      const pool = new PortPool({
        acquire: (port) => {
          expect(held.has(port)).toBe(false);
          held.add(port);
          return true;
        },
        abandon: (port) => expect(held.delete(port)).toBe(true),
      });
      for (const [index, [min, max]] of RANGES.entries()) pool.addRange(min, max, starts[index]!);
      const model = new Model(starts);
      for (const one of steps) {
        if ("give" in one) {
          const port = [...model.taken][one.give % model.taken.size];
          if (port === undefined) continue;
          pool.give(port);
          model.give(port);
        } else {
          expect(pool.take(one.range, one.count)).toBe(model.take(one.range, one.count));
        }
        expect(held).toEqual(model.taken);
        expect(RANGES.map(([min, max], index) => max - min + 1 - pool.used(index))).toEqual(
          model.lists.map((list) => list.length),
        );
      }
    }),
    { numRuns: 200 },
  );
});

it("a pool with foreign sockets hands out every free port once, and none of theirs", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 100, max: 131 })),
      fraction,
      fraction,
      (foreign, first, second) => {
        const pool = new PortPool({ acquire: (port) => !foreign.includes(port), abandon: () => {} });
        for (const [index, [min, max]] of RANGES.entries())
          pool.addRange(min, max, index === 0 ? first : second);
        const ports: number[] = [];
        for (const [range, count] of [
          [0, 2],
          [1, 2],
          [0, 1],
          [1, 1],
        ] as const) {
          for (let port = pool.take(range, count); port !== 0; port = pool.take(range, count)) {
            for (let index = 0; index < count; index++) ports.push(port + index);
          }
        }
        const expected = Array.from({ length: 32 }, (_, index) => 100 + index).filter(
          (port) => !foreign.includes(port),
        );
        expect(ports.toSorted((a, b) => a - b)).toEqual(expected);
      },
    ),
  );
});
