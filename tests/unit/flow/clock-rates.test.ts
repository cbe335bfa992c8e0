import { expect, it } from "vitest";
import { ClockRates } from "../../../src/flow/clock-rates.ts";

it("SDPs that fill the table of clock rates take none of the common ones away", () => {
  const rates = new ClockRates(ClockRates.allocate());
  for (let rate = 1; rate < 1000; rate++) rates.indexOf(rate);
  const known = (rate: number): number => rates.ratesHz[rates.indexOf(rate)]!;
  expect([8000, 16000, 44100, 48000, 90000].map(known)).toEqual([8000, 16000, 44100, 48000, 90000]);
  expect(known(12345)).toBe(8000);
});
