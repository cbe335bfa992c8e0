import { describe, expect, it } from "vitest";
import type { Micros } from "../../../src/base/brand.ts";
import { CookieCache } from "../../../src/control/ng/cookie-cache.ts";

const at = (seconds: number): Micros => (seconds * 1e6) as Micros;

describe("CookieCache", () => {
  it("answers repeats for ten seconds", () => {
    const cache = new CookieCache();
    cache.store("host cookie", "reply", at(9));
    expect(cache.find("host cookie", at(19))).toBe("reply");
    expect(cache.find("host other", at(19))).toBeUndefined();
  });

  it("forgets old replies even when no request comes any more", () => {
    const cache = new CookieCache();
    cache.store("host cookie", "reply", at(1));
    for (let second = 2; second <= 21; second++) cache.forget(at(second));
    expect(cache.size).toBe(0);
  });

  it("forgets a reply in time though others are stored after it", () => {
    const cache = new CookieCache();
    cache.store("host cookie", "old", at(1));
    cache.store("host other", "young", at(9));
    expect(cache.find("host cookie", at(12))).toBeUndefined();
    expect(cache.find("host other", at(12))).toBe("young");
  });

  it("keeps no more than it has room for, and the youngest longest", () => {
    const cache = new CookieCache();
    const reply = "x".repeat(100_000);
    for (let index = 0; index < 2000; index++) cache.store(`host ${index}`, reply, at(1));
    expect(cache.size).toBeLessThan(1400);
    expect(cache.find("host 1999", at(1))).toBe(reply);
    expect(cache.find("host 0", at(1))).toBeUndefined();
  });

  it("takes no more memory for long replies than for short ones", () => {
    const cache = new CookieCache();
    const reply = "x".repeat(10 << 20);
    for (let index = 0; index < 40; index++) cache.store(`host ${index}`, reply, at(1));
    expect(cache.bytes).toBeLessThanOrEqual(128 << 20);
    expect(cache.find("host 39", at(1))?.length).toBe(reply.length);
    expect(cache.find("host 0", at(1))).toBeUndefined();
    for (let index = 0; index < 200_000; index++) cache.store(`host short ${index}`, "x".repeat(500), at(2));
    expect(cache.bytes).toBeLessThanOrEqual(128 << 20);
    expect(cache.find("host short 199999", at(2))).toBe("x".repeat(500));
    cache.forget(at(30));
    expect(cache.bytes).toBe(0);
  });

  it("answers with the reply that was stored last under a cookie, also after the first one has gone", () => {
    const cache = new CookieCache();
    cache.store("host cookie", "old", at(1));
    // Another stretch of memory, so that the first can go.
    cache.store("host long", "x".repeat(1 << 20), at(8));
    cache.store("host cookie", "new", at(9));
    expect(cache.find("host cookie", at(9))).toBe("new");
    cache.forget(at(15));
    expect(cache.find("host cookie", at(15))).toBe("new");
    expect(cache.size).toBe(2);
  });

  it("keeps a reply that is longer than all its neighbours' memory", () => {
    const cache = new CookieCache();
    const long = "y".repeat(3 << 20);
    cache.store("host a", "short", at(1));
    cache.store("host b", long, at(1));
    cache.store("host c", "shorter", at(1));
    expect(["a", "b", "c"].map((name) => cache.find(`host ${name}`, at(2)))).toEqual([
      "short",
      long,
      "shorter",
    ]);
  });
});
