import { describe, expect, it } from "vitest";
import type { Micros } from "../../../src/base/brand.ts";
import { CookieCache } from "../../../src/control/ng/cookie-cache.ts";

const at = (seconds: number): Micros => (seconds * 1e6) as Micros;

describe("CookieCache", () => {
  it("answers repeats for ten seconds", () => {
    const cache = new CookieCache(at(0));
    cache.store("host cookie", "reply", at(9));
    expect(cache.find("host cookie", at(19))).toBe("reply");
    expect(cache.find("host other", at(19))).toBeUndefined();
  });

  it("forgets old replies even when no request comes any more", () => {
    const cache = new CookieCache(at(0));
    cache.store("host cookie", "reply", at(1));
    for (let second = 2; second <= 21; second++) cache.forget(at(second));
    expect(cache.size).toBe(0);
  });

  it("keeps no more than it has room for", () => {
    const cache = new CookieCache(at(0));
    for (let index = 0; index < 200_000; index++) cache.store(`host ${index}`, "reply", at(1));
    expect(cache.size).toBeLessThanOrEqual(100_000);
    expect(cache.find("host 199999", at(1))).toBe("reply");
  });
});
