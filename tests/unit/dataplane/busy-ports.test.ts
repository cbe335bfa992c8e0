import { describe, expect, it } from "vitest";
import { PortPool } from "../../../src/dataplane/relay/port-pool.ts";

function poolWithBusy(busy: readonly number[]): PortPool {
  const pool = new PortPool({ acquire: (port) => !busy.includes(port), abandon: () => {} });
  pool.addRange(30000, 30009, 0);
  return pool;
}

describe("a port that somebody else has", () => {
  it("costs its pair and no other, when it is the RTCP port", () => {
    const pool = poolWithBusy([30001]);
    expect([1, 2, 3, 4, 5].map(() => pool.take(0, 2))).toEqual([30002, 30004, 30006, 30008, 0]);
  });

  it("costs its pair and no other, when it is the RTP port", () => {
    const pool = poolWithBusy([30004]);
    expect([1, 2, 3, 4, 5].map(() => pool.take(0, 2))).toEqual([30000, 30002, 30006, 30008, 0]);
  });

  it("is handed out once it is free again", () => {
    const busy = [30001];
    const pool = poolWithBusy(busy);
    for (let pair = 0; pair < 4; pair++) pool.take(0, 2);
    busy.length = 0;
    expect(pool.take(0, 2)).toBe(30000);
  });
});
