import { describe, expect, test } from "vitest";
import { BencodeError, decodeBencode, encodeBencode } from "../../../src/wire/bencode.ts";
import { decodeLatin1, encodeLatin1 } from "../../../src/wire/latin1.ts";

const decode = (text: string) => decodeBencode(encodeLatin1(text));
const encode = (value: Parameters<typeof encodeBencode>[0]) => {
  const bytes = encodeBencode(value);
  return decodeLatin1(bytes, 0, bytes.length);
};

function failure(text: string): BencodeError {
  try {
    decode(text);
  } catch (error) {
    if (error instanceof BencodeError) return error;
  }
  throw new Error(`decoded, or failed otherwise: ${text}`);
}

describe("decodeBencode", () => {
  test("reads strings, integers, lists and dictionaries", () => {
    expect(decode("d1:ali1ei-20e0:e1:bd1:c2:xyee")).toEqual({ a: [1, -20, ""], b: { c: "xy" } });
  });

  test("counts bytes, not characters", () => {
    expect(decode("3:\xe2\x82\xac")).toBe("\xe2\x82\xac");
  });

  test("takes keys in any order, and of equal keys the last", () => {
    expect(Object.entries(decode("d1:bi1e1:ai2e1:bi3ee"))).toEqual([
      ["b", 3],
      ["a", 2],
    ]);
  });

  test("makes dictionaries that inherit nothing", () => {
    const value = decode("d9:__proto__d1:ai1eee") as Record<string, unknown>;
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(Object.keys(value)).toEqual(["__proto__"]);
  });

  test("lets white space follow, for messages that people type", () => {
    expect(decode("i7e\r\n")).toBe(7);
    expect(failure("i7ex").message).toContain("where the end should be");
  });

  test("reads -0 as 0 and leading zeros as decimal", () => {
    expect(Object.is(decode("i-0e"), 0)).toBe(true);
    expect(decode("i007e")).toBe(7);
    expect(decode("03:abc")).toBe("abc");
  });

  test("uses the conversion of the platform when given", () => {
    const seen: number[] = [];
    const latin1 = (bytes: Uint8Array, start: number, end: number): string => {
      seen.push(start, end);
      return decodeLatin1(bytes, start, end);
    };
    expect(decodeBencode(encodeLatin1("i1e"), { latin1 })).toBe(1);
    expect(seen).toEqual([0, 3]);
  });

  test.each([
    ["", 0, "it ends"],
    ["x", 0, "found `x`"],
    ["d1:1i0e1:2s4:ping", 10, "found `s`"],
    ["d1:ae", 4, "the key `a` has no value"],
    ["di1ei2ee", 1, "a key"],
    ["d1:a", 4, "it ends"],
    ["l", 1, "it ends"],
    ["5:abcd", 0, "5 bytes is announced, but only 4 follow"],
    ["5abcde", 1, "the `:` of a string"],
    ["99999999999:a", 10, "the `:` of a string"],
    ["ie", 1, "digits"],
    ["i1", 2, "digits"],
    ["i1.5e", 2, "digits"],
    [`i${"1".repeat(21)}e`, 21, "digits"],
    ["\x00", 0, "found `?`"],
  ])("refuses %j and says where", (text, offset, problem) => {
    const error = failure(text);
    expect(error.code).toBe("E_BENCODE_SYNTAX");
    expect(error.offset).toBe(offset);
    expect(error.message).toContain(problem);
  });

  test("refuses what is nested deeper than the limit", () => {
    const nested = (depth: number): string => "l".repeat(depth) + "e".repeat(depth);
    expect(decode(nested(32))).toBeInstanceOf(Array);
    expect(failure(nested(33)).message).toContain("nested too deeply");
    expect(failure("l".repeat(100_000)).message).toContain("nested too deeply");
  });

  test("refuses what is longer than the limit", () => {
    expect(() => decodeBencode(encodeLatin1("4:abcd"), { maxLength: 5 })).toThrow("too long");
  });
});

describe("integers beyond 2^53", () => {
  test.each([
    ["i-42666666666666666e", "i-42666666666666664e"],
    ["i9007199254740993e", "i9007199254740992e"],
    ["i9223372036854775807e", "i9223372036854775808e"],
    ["i99999999999999999999e", "i9223372036854775808e"],
  ])("%s is the nearest number, and that number again", (text, nearest) => {
    expect(encode(decode(text))).toBe(nearest);
    expect(encode(decode(nearest))).toBe(nearest);
  });
});

describe("encodeBencode", () => {
  test("writes keys in the order of the object", () => {
    expect(encode({ result: "ok", a: [1, { b: "" }], n: -3 })).toBe("d6:result2:ok1:ali1ed1:b0:ee1:ni-3ee");
  });

  test("writes integers only", () => {
    expect(encode([1.9, -1.9, -0.5, Number.NaN, 1e21])).toBe("li1ei-1ei0ei0ei1000000000000000000000ee");
  });
});
