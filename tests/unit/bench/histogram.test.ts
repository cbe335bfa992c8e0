import { describe, expect, it } from "vitest";
import { BUCKETS, bucketMicros, percentileMicros } from "../../../bench/relay/histogram.ts";

describe("the histogram of delays", () => {
  it("has buckets of one microsecond, then of 64", () => {
    expect([0, 1, 4095, 4096, 4097, BUCKETS - 1].map(bucketMicros)).toEqual([
      0, 1, 4095, 4096, 4160, 266_176,
    ]);
  });

  it("knows what share stayed below a delay", () => {
    const counts = new Float64Array(BUCKETS);
    counts[40] = 50;
    counts[90] = 49;
    counts[4097] = 1;
    expect(percentileMicros(counts, 0.5)).toBe(40);
    expect(percentileMicros(counts, 0.51)).toBe(90);
    expect(percentileMicros(counts, 0.99)).toBe(90);
    expect(percentileMicros(counts, 1)).toBe(4160);
  });

  it("of nothing has no delay", () => {
    expect(percentileMicros(new Float64Array(BUCKETS), 0.99)).toBe(0);
  });

  it("of one packet has that delay everywhere", () => {
    const counts = new Float64Array(BUCKETS);
    counts[7] = 1;
    expect([0.001, 0.5, 1].map((share) => percentileMicros(counts, share))).toEqual([7, 7, 7]);
  });
});
