import { describe, expect, it } from "vitest";
import { effectiveCapabilities, openFileLimit, parseRanges } from "../../../src/diagnose/facts.ts";

describe("facts from /proc", () => {
  it("reads port ranges, single ports and nothing", () => {
    expect(parseRanges("30000-39999,8080\n")).toEqual([
      { first: 30000, last: 39999 },
      { first: 8080, last: 8080 },
    ]);
    expect(parseRanges("\n")).toEqual([]);
  });

  it("reads effective capabilities from their bits", () => {
    expect([...effectiveCapabilities("Name:\tnode\nCapEff:\t0000000000003000\n")]).toEqual([
      "CAP_NET_ADMIN",
      "CAP_NET_RAW",
    ]);
    expect(effectiveCapabilities("").size).toBe(0);
  });

  it("reads the soft limit of open files", () => {
    expect(openFileLimit("Max open files            1024                 524288               files\n")).toBe(
      1024,
    );
    expect(openFileLimit("Max open files            unlimited            unlimited            files\n")).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});
