import { expect, test } from "vitest";
import { isStun } from "../../../src/wire/stun.ts";

const BINDING_REQUEST = Uint8Array.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...new Uint8Array(12).fill(7)]);

function changed(at: number, value: number): Uint8Array {
  const bytes = BINDING_REQUEST.slice();
  bytes[at] = value;
  return bytes;
}

test("knows a STUN header by its zero bits, cookie and length (RFC 8489 §5)", () => {
  expect(isStun(BINDING_REQUEST)).toBe(true);
  expect(isStun(Uint8Array.from([9, ...BINDING_REQUEST, 9]), 1, 20)).toBe(true);
  expect(isStun(changed(0, 0x40))).toBe(false);
  expect(isStun(changed(3, 4))).toBe(false);
  expect(isStun(changed(3, 2))).toBe(false);
  expect(isStun(changed(7, 0))).toBe(false);
  expect(isStun(BINDING_REQUEST.subarray(0, 19))).toBe(false);
});
