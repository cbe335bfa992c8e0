import { expect, test } from "vitest";
import { decodeLatin1, encodeLatin1 } from "../../../src/wire/latin1.ts";

test("keeps every byte, also the ones that windows-1252 maps elsewhere", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  const text = decodeLatin1(bytes, 0, bytes.length);
  expect(text.charCodeAt(0x80)).toBe(0x80);
  expect(encodeLatin1(text)).toEqual(bytes);
});

test("reads more bytes than a call has room for arguments", () => {
  const bytes = new Uint8Array(300_000).fill(0x41);
  expect(decodeLatin1(bytes, 0, bytes.length)).toBe("A".repeat(300_000));
});

test("reads from the middle", () => {
  expect(decodeLatin1(Uint8Array.of(0x61, 0x62, 0x63, 0x64), 1, 3)).toBe("bc");
});

test("writes a question mark for what is no byte", () => {
  expect([...encodeLatin1("a\u2026b")]).toEqual([0x61, 0x3f, 0x62]);
});
