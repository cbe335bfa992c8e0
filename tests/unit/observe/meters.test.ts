import { describe, expect, it } from "vitest";
import { INTERVAL_SECONDS, IntervalMeter } from "../../../src/observe/interval.ts";
import { meanOpinionScore, qualityOf } from "../../../src/observe/quality.ts";
import { RateMeter, sumOf } from "../../../src/observe/rates.ts";
import { MinMax, SampleSum } from "../../../src/observe/samples.ts";

const NOTHING = { packets: 0, bytes: 0, errors: 0 };

describe("RateMeter", () => {
  it("knows nothing before two samples", () => {
    const meter = new RateMeter();
    meter.sample({ user: { packets: 1000, bytes: 1, errors: 1 }, kernel: NOTHING }, 5);
    expect(sumOf(meter.rates)).toEqual(NOTHING);
  });

  it("divides by the time that has passed", () => {
    const meter = new RateMeter();
    meter.sample({ user: NOTHING, kernel: NOTHING }, 5);
    meter.sample({ user: { packets: 100, bytes: 1000, errors: 4 }, kernel: NOTHING }, 7);
    expect(meter.rates.user).toEqual({ packets: 50, bytes: 500, errors: 2 });
  });

  it("never shows a rate below zero", () => {
    const meter = new RateMeter();
    meter.sample({ user: { packets: 9, bytes: 9, errors: 9 }, kernel: NOTHING }, 5);
    meter.sample({ user: NOTHING, kernel: NOTHING }, 6);
    expect(meter.rates.user).toEqual(NOTHING);
  });
});

describe("IntervalMeter", () => {
  it("shows an interval when it is over, and not before", () => {
    const meter = new IntervalMeter();
    meter.request("offer", 0.1);
    meter.request("offer", 0.3);
    meter.callEnded(12);
    for (let second = 0; second < INTERVAL_SECONDS - 1; second++) meter.second(second);
    expect(meter.last.commands.get("offer")!.delay.max).toBe(0);
    meter.second(100);
    const { callSeconds, sessions, commands } = meter.last;
    expect(callSeconds).toBe(12);
    expect([sessions.min, sessions.max]).toEqual([0, 100]);
    const { delay, rate } = commands.get("offer")!;
    expect([delay.min, delay.max]).toEqual([0.1, 0.3]);
    expect(delay.average).toBeCloseTo(0.2);
    expect([rate.min, rate.max]).toEqual([0, 2]);
  });

  it("starts each interval anew", () => {
    const meter = new IntervalMeter();
    meter.request("ping", 9);
    for (let second = 0; second < 2 * INTERVAL_SECONDS; second++) meter.second(1);
    expect(meter.last.commands.get("ping")!.delay.max).toBe(0);
  });

  it("keeps no account of commands that nobody knows", () => {
    const meter = new IntervalMeter();
    meter.request("frob", 1);
    for (let second = 0; second < INTERVAL_SECONDS; second++) meter.second(0);
    expect(meter.last.commands.has("frob")).toBe(false);
  });
});

describe("SampleSum and MinMax", () => {
  it("are zero before the first value", () => {
    const sum = new SampleSum();
    expect([sum.average, sum.standardDeviation, new MinMax().average]).toEqual([0, 0, 0]);
  });

  it("give average and deviation", () => {
    const sum = new SampleSum();
    for (const value of [2, 4, 4, 4, 5, 5, 7, 9]) sum.add(value);
    expect([sum.average, sum.standardDeviation]).toEqual([5, 2]);
  });
});

describe("quality", () => {
  it("is best without loss and jitter, and falls with both", () => {
    const best = meanOpinionScore(0, 0, 0);
    expect(best).toBeGreaterThan(4.3);
    expect(meanOpinionScore(5, 0, 0)).toBeLessThan(best);
    expect(meanOpinionScore(0, 100, 0)).toBeLessThan(best);
    expect(meanOpinionScore(0, 0, 600)).toBeLessThan(best);
    expect(meanOpinionScore(100, 1000, 1000)).toBe(1);
  });

  it("reads jitter in the units of the payload's clock", () => {
    const counts = { packets: 99, lost: 1, interarrivalJitterTicks: 480 };
    expect(qualityOf(counts, 48_000)).toMatchObject({ jitterMs: 10, lossPercent: 1 });
    expect(qualityOf(counts, undefined).jitterMs).toBe(60);
    expect(qualityOf({ packets: 0, lost: 0, interarrivalJitterTicks: 0 }, 8000).lossPercent).toBe(0);
  });
});
