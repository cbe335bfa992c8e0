import fc from "fast-check";
import { expect, it } from "vitest";
import { fuzzIni } from "./targets/ini.ts";

const SECONDS = Number(process.env.FUZZ_SECONDS ?? 3);

const fragment = fc.constantFrom(
  "[",
  "]",
  "=",
  "\\",
  ";",
  "#",
  "\n",
  "\r\n",
  " ",
  "\t",
  "a",
  "interface-",
  "\\s",
  "\\;",
  "\u0000",
  "é",
  "\uFEFF",
);
const text = fc.oneof(
  fc.array(fragment, { maxLength: 200 }).map((parts) => new TextEncoder().encode(parts.join(""))),
  fc.uint8Array({ maxLength: 500 }),
);

it("never throws on any bytes and loses no line of a file", () => {
  const result = fc.check(fc.property(text, fuzzIni), {
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: SECONDS * 1000,
    markInterruptAsFailure: false,
  });
  expect(result.failed, JSON.stringify(result.counterexample)).toBe(false);
  expect(result.numRuns).toBeGreaterThan(100);
});
