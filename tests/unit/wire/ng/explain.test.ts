import { expect, test } from "vitest";
import { encodeLatin1 } from "../../../../src/wire/latin1.ts";
import { explainBadNg } from "../../../../src/wire/ng/explain.ts";

const explain = (text: string): string | undefined => explainBadNg(encodeLatin1(text));

test("says nothing about a right message", () => {
  expect(explain("1_1 d7:command4:pinge")).toBeUndefined();
});

test("always shows a right ping", () => {
  for (const text of ["", "x", "x y", "x d", "x {"]) {
    expect(explain(text)).toMatch(/A ping looks like this: 1_1 d7:command4:pinge$/);
  }
});

test("says what is wrong with a dictionary without cookie", () => {
  expect(explain("d1:1i0e1:2s4:ping")).toContain("no cookie");
  expect(explain("d1:1i0e1:2s4:ping")).toContain("its bencode breaks at byte 10: found `s`");
  expect(explain(" d7:command4:pinge")).not.toContain("breaks");
  expect(explain("d7:command4:pinge")).not.toContain("breaks");
  expect(explain("hello")).not.toContain("breaks");
});

test("says what is wrong after the cookie", () => {
  expect(explain("c ")).toContain("nothing follows");
  expect(explain("c hello")).toContain("neither a bencode");
  expect(explain("c d1:ae")).toContain("the key `a` has no value");
  expect(explain("c {x")).toContain("JSON does not parse");
});
