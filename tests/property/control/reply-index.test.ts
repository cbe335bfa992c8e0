import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReplyIndex } from "../../../src/control/ng/reply-index.ts";

/** Few hashes, so that many are equal, and some that begin their search at the end of the table. */
const hash = fc.constantFrom(0, 1, 2, 1022, 1023, 1024, 0xffffffff, 0xfffffffe);
const operation = fc.record({ hash, key: fc.nat(40), isStore: fc.boolean() });

describe("ReplyIndex", () => {
  it("finds what a map would find, however entries come and go", () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 4000, size: "max" }), (operations) => {
        const index = new ReplyIndex();
        const model = new Map<string, number>();
        const names: string[] = [];
        for (const { hash, key, isStore } of operations) {
          const name = `${hash} ${key}`;
          const isName = (position: number): boolean => names[position] === name;
          if (isStore) {
            names.push(name);
            index.set(hash, names.length - 1, isName);
            model.set(name, names.length - 1);
          } else {
            index.remove(hash, model.get(name) ?? 0x7ffffff0);
            model.delete(name);
          }
          expect(index.find(hash, isName)).toBe(model.get(name) ?? -1);
        }
        expect(index.size).toBe(model.size);
        for (const [name, position] of model) {
          expect(index.find(Number(name.split(" ")[0]), (candidate) => names[candidate] === name)).toBe(
            position,
          );
        }
      }),
      { numRuns: 30 },
    );
  });

  it("grows with what is entered and shrinks when it has gone", () => {
    const index = new ReplyIndex();
    const hashOf = (position: number): number => (position * 0x9e3779b1) >>> 0;
    for (let position = 0; position < 50_000; position++) index.set(hashOf(position), position, () => false);
    for (let position = 0; position < 50_000; position++) {
      expect(index.find(hashOf(position), (candidate) => candidate === position)).toBe(position);
    }
    for (let position = 0; position < 50_000; position += 2) index.remove(hashOf(position), position);
    expect(index.size).toBe(25_000);
    expect(index.find(hashOf(4), (candidate) => candidate === 4)).toBe(-1);
    expect(index.find(hashOf(5), (candidate) => candidate === 5)).toBe(5);
    for (let position = 1; position < 50_000; position += 2) index.remove(hashOf(position), position);
    expect(index.size).toBe(0);
  });
});
