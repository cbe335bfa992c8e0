import { describe, expect, it } from "vitest";
import { type PortHolder, PortPool } from "../../../src/dataplane/relay/port-pool.ts";

class FakeHolder implements PortHolder {
  readonly held = new Set<number>();
  readonly foreign = new Set<number>();

  acquire(port: number): boolean {
    if (this.foreign.has(port)) return false;
    if (this.held.has(port)) throw new Error(`port ${port} handed out twice`);
    this.held.add(port);
    return true;
  }

  abandon(port: number): void {
    if (!this.held.delete(port)) throw new Error(`port ${port} was not held`);
  }
}

function pool(...ranges: readonly [number, number, number?][]): { pool: PortPool; holder: FakeHolder } {
  const holder = new FakeHolder();
  const made = new PortPool(holder);
  for (const [min, max, start = 0] of ranges) made.addRange(min, max, start);
  return { pool: made, holder };
}

const takeAll = (made: PortPool, range: number, count: 1 | 2): number[] => {
  const ports: number[] = [];
  for (let port = made.take(range, count); port !== 0; port = made.take(range, count)) ports.push(port);
  return ports;
};

describe("pairs", () => {
  it("are an even port and the next", () => {
    expect(takeAll(pool([3001, 3008]).pool, 0, 2)).toEqual([3002, 3004, 3006]);
  });

  it("leave odd ones out for singles", () => {
    const { pool: made } = pool([3001, 3008]);
    takeAll(made, 0, 2);
    expect(takeAll(made, 0, 1)).toEqual([3001, 3008]);
  });

  it("skip a pair of which a half is in use", () => {
    const { pool: made } = pool([3000, 3003]);
    expect(made.take(0, 1)).toBe(3000);
    expect(made.take(0, 2)).toBe(3002);
    expect(made.take(0, 2)).toBe(0);
  });
});

describe("order", () => {
  it("begins where it is told and goes round", () => {
    expect(takeAll(pool([3000, 3005, 0.5]).pool, 0, 1)).toEqual([3002, 3003, 3004, 3005, 3000, 3001]);
  });

  it("hands a port out again only after all others", () => {
    const { pool: made } = pool([3000, 3009]);
    const seen: number[] = [];
    for (let index = 0; index < 10; index++) {
      const port = made.take(0, 1);
      seen.push(port);
      made.give(port);
    }
    expect(new Set(seen).size).toBe(10);
  });

  it("takes the one that was given back first when nearly exhausted", () => {
    const { pool: made } = pool([3000, 3003]);
    takeAll(made, 0, 1);
    for (const port of [3002, 3000, 3003]) made.give(port);
    expect(takeAll(made, 0, 1)).toEqual([3002, 3000, 3003]);
  });
});

describe("ports of somebody else", () => {
  it("are skipped and counted", () => {
    const { pool: made, holder } = pool([3000, 3003]);
    holder.foreign.add(3000);
    expect(takeAll(made, 0, 1)).toEqual([3001, 3002, 3003]);
    expect(made.busyCount).toBeGreaterThan(0);
  });

  it("spoil their pair, and the other half is given back", () => {
    const { pool: made, holder } = pool([3000, 3003]);
    holder.foreign.add(3001);
    expect(made.take(0, 2)).toBe(3002);
    expect([...holder.held]).toEqual([3002, 3003]);
  });

  it("come back when they are free", () => {
    const { pool: made, holder } = pool([3000, 3001]);
    holder.foreign.add(3000);
    expect(made.take(0, 2)).toBe(0);
    holder.foreign.clear();
    expect(made.take(0, 2)).toBe(3000);
  });
});

describe("overlapping ranges of one address", () => {
  it("never hand a port out twice", () => {
    const { pool: made, holder } = pool([3000, 3007], [3004, 3011]);
    const ports = [...takeAll(made, 0, 1), ...takeAll(made, 1, 1)];
    expect(new Set(ports).size).toBe(12);
    expect(holder.held.size).toBe(12);
  });

  it("share what is given back and what is used", () => {
    const { pool: made } = pool([3000, 3007], [3004, 3011]);
    const ports = takeAll(made, 0, 2);
    expect([made.used(0), made.used(1)]).toEqual([8, 4]);
    made.give(ports[3]!);
    made.give(ports[3]! + 1);
    expect([made.used(0), made.used(1)]).toEqual([6, 2]);
    expect(takeAll(made, 1, 2)).toEqual([3008, 3010, 3006]);
  });
});
