import { describe, expect, it } from "vitest";
import { figure, percentile, ratios, round, Samples } from "../../../bench/support/figures.ts";

describe("figures", () => {
  it("are the median, the least and the greatest of the rounds", () => {
    expect(figure([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5 });
    expect(figure([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 });
    expect(figure([7])).toEqual({ median: 7, min: 7, max: 7 });
  });

  it("have three significant digits, or are whole numbers from 100", () => {
    expect([0.012345, 2.3456, 99.95, 100.4, 123_456.7].map(round)).toEqual([0.0123, 2.35, 100, 100, 123_457]);
  });

  it("are collected by name", () => {
    const samples = new Samples();
    samples.add("p99", 4);
    samples.add("p50", 1);
    samples.add("p99", 6);
    expect(samples.figures()).toEqual({
      p99: { median: 5, min: 4, max: 6 },
      p50: { median: 1, min: 1, max: 1 },
    });
  });
});

describe("a percentile", () => {
  it("is the value that a share of the values lies below", () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(percentile(values, 0.5)).toBe(51);
    expect(percentile(values, 0.99)).toBe(100);
    expect(percentile(values, 1)).toBe(100);
  });
});

describe("ratios", () => {
  it("are above 1 where we are better, whichever way is better", () => {
    const ours = { rate: figure([400]), delay: figure([50]), ours: figure([1]) };
    const peer = { rate: figure([200]), delay: figure([100]) };
    expect(ratios(ours, peer, { rate: "more", delay: "less", ours: "less" })).toEqual({ rate: 2, delay: 2 });
  });
});
