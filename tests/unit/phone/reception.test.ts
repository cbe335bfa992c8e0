import { describe, expect, it } from "vitest";
import { Reception } from "../../../src/phone/reception.ts";

/** Receives these sequence numbers, one every 20 ms, timestamps to match. */
function receive(sequenceNumbers: readonly number[], first = sequenceNumbers[0]!): Reception {
  const reception = new Reception(7, sequenceNumbers[0]!, 8000);
  for (const [at, number] of sequenceNumbers.entries()) {
    reception.receive(number, ((number - first) & 0xffff) * 160, at * 20);
  }
  return reception;
}

const run = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => (from + at) & 0xffff);
const counts = (reception: Reception): object => {
  const { packets, lost, reordered, duplicates } = reception.read();
  return { packets, lost, reordered, duplicates };
};

describe("reception of one source (RFC 3550 A.1, A.3, A.8)", () => {
  it("counts an undisturbed stream across the wrap of its sequence numbers", () => {
    const reception = receive(run(65_500, 100));
    expect(counts(reception)).toEqual({ packets: 100, lost: 0, reordered: 0, duplicates: 0 });
    expect(reception.report(0, 0).extendedHighestSequenceNumber).toBe(65_599);
  });

  it("counts what is missing as lost", () => {
    expect(counts(receive([10, 11, 14, 15, 20]))).toEqual({
      packets: 5,
      lost: 6,
      reordered: 0,
      duplicates: 0,
    });
  });

  it("tells late packets from lost ones and from duplicates", () => {
    expect(counts(receive([10, 12, 11, 13, 13, 11]))).toEqual({
      packets: 6,
      lost: 0,
      reordered: 1,
      duplicates: 2,
    });
  });

  it("begins earlier when packets from before the first one come", () => {
    expect(counts(receive([10, 8, 11]))).toEqual({ packets: 3, lost: 1, reordered: 1, duplicates: 0 });
    expect(counts(receive([0, 65_535, 1]))).toEqual({ packets: 3, lost: 0, reordered: 1, duplicates: 0 });
  });

  it("takes a far jump for a stray, and two in a row for a restart that loses nothing", () => {
    expect(counts(receive([10, 11, 40_000, 12]))).toMatchObject({ packets: 3, lost: 0 });
    expect(counts(receive([10, 12, 40_000, 40_001, 40_002]))).toMatchObject({ lost: 1 });
  });

  it("reports the fraction lost since the last report, in 1/256", () => {
    const reception = receive(run(0, 50));
    expect(reception.report(5, 6)).toMatchObject({
      ssrc: 7,
      fractionLost: 0,
      cumulativeLost: 0,
      lastSr: 5,
      delaySinceLastSr: 6,
    });
    for (let number = 50; number < 150; number += 2) reception.receive(number, number * 160, number * 20);
    expect(reception.report(0, 0)).toMatchObject({
      fractionLost: Math.floor((49 * 256) / 99),
      cumulativeLost: 49,
    });
    reception.receive(149, 149 * 160, 3000);
    expect(reception.report(0, 0).fractionLost).toBe(0);
  });

  it("reports a negative loss where duplicates outnumber the lost", () => {
    expect(receive([1, 2, 2, 2]).report(0, 0)).toMatchObject({ cumulativeLost: -2, fractionLost: 0 });
  });

  it("has no jitter with even spacing, also across the wrap of timestamps", () => {
    const reception = new Reception(7, 0, 8000);
    for (let number = 0; number < 50; number++) {
      reception.receive(number, (2 ** 32 - 1600 + number * 160) % 2 ** 32, 1e9 + number * 20);
    }
    expect(reception.read().jitterMs).toBeCloseTo(0, 6);
  });

  it("follows J(i) = J(i-1) + (|D(i-1,i)| - J(i-1))/16", () => {
    const reception = new Reception(7, 0, 8000);
    let jitterMs = 0;
    for (let number = 0; number < 40; number++) {
      // Every other packet is 8 ms late.
      reception.receive(number, number * 160, number * 20 + (number % 2) * 8);
      if (number > 0) jitterMs += (8 - jitterMs) / 16;
    }
    expect(reception.read().jitterMs).toBeCloseTo(jitterMs, 6);
    expect(reception.report(0, 0).interarrivalJitter).toBe(Math.floor(jitterMs * 8));
  });
});
