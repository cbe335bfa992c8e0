import { describe, expect, it } from "vitest";
import { findMaximum } from "../../../bench/relay/search.ts";

const ladder = [40, 60, 80, 110, 150, 200].map((rate) => rate * 1000);

/** Looks for the maximum of an engine that relays `passes`; notes what was tried. */
async function search(passes: (rate: number, isFinal: boolean, attempt: number) => boolean) {
  const tried: { rate: number; isFinal: boolean }[] = [];
  const found = await findMaximum({
    ladder,
    resolution: 1.04,
    try: async (rate, isFinal) => {
      tried.push({ rate, isFinal });
      return passes(rate, isFinal, tried.length);
    },
  });
  return { found, tried };
}

describe("the search for a maximum", () => {
  it("comes as close as its resolution from below", async () => {
    const { found } = await search((rate) => rate <= 97_000);
    expect(found).toBeLessThanOrEqual(97_000);
    expect(found).toBeGreaterThan(97_000 / 1.04);
  });

  it("climbs no further after two failures in a row", async () => {
    const { tried } = await search((rate) => rate <= 70_000);
    expect(tried.filter(({ isFinal }) => !isFinal).map(({ rate }) => rate)).toEqual([
      40_000, 60_000, 80_000, 110_000,
    ]);
  });

  it("takes one failure alone for an accident", async () => {
    const { found } = await search((rate, _, attempt) => rate <= 155_000 && attempt !== 2);
    expect(found).toBeGreaterThan(149_000);
  });

  it("returns only what passed a final try", async () => {
    const { found, tried } = await search((rate, isFinal) => rate <= (isFinal ? 50_000 : 80_000));
    expect(found).toBeLessThanOrEqual(50_000);
    expect(tried.at(-1)).toEqual({ rate: found, isFinal: true });
  });

  it("ends at the top of the ladder when everything passes", async () => {
    expect((await search(() => true)).found).toBe(200_000);
  });

  it("goes below the ladder, and gives up with 0", async () => {
    expect((await search((rate) => rate <= 30_000)).found).toBeLessThanOrEqual(30_000);
    expect((await search(() => false)).found).toBe(0);
  });
});
