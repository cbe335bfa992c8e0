import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBencode, encodeBencode } from "../../../src/wire/bencode.ts";
import { decodeNgMessage, encodeNgMessage } from "../../../src/wire/ng/message.ts";
import { NgStreamSplitter } from "../../../src/wire/ng/stream.ts";
import type { NgDictionary, NgValue } from "../../../src/wire/ng/value.ts";

const byteString = fc.uint8Array({ maxLength: 40 }).map((bytes) => String.fromCharCode(...bytes));
const utf8String = fc
  .string({ unit: "grapheme", maxLength: 20 })
  .map((text) => String.fromCharCode(...new TextEncoder().encode(text)));

function dictionaries(text: fc.Arbitrary<string>): fc.Arbitrary<NgDictionary> {
  return fc.letrec<{ value: NgValue; dictionary: NgDictionary }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      text,
      fc.integer(),
      fc.array(tie("value"), { maxLength: 5 }),
      tie("dictionary"),
    ),
    dictionary: fc.dictionary(text, tie("value"), { maxKeys: 6, noNullPrototype: false }),
  })).dictionary;
}

const cookies = fc.stringMatching(/^[!-~]{1,20}$/);

test("decoding what was encoded gives it back: bencode", () => {
  fc.assert(
    fc.property(dictionaries(byteString), (value) => {
      expect(decodeBencode(encodeBencode(value))).toEqual(value);
    }),
    { numRuns: 2000 },
  );
});

test.each(["bencode", "json"] as const)(
  "decoding what was encoded gives it back: a message in %s",
  (encoding) => {
    fc.assert(
      fc.property(cookies, dictionaries(utf8String), (cookie, body) => {
        expect(decodeNgMessage(encodeNgMessage(cookie, encoding, body))).toEqual({ cookie, encoding, body });
      }),
      { numRuns: 2000 },
    );
  },
);

test("a stream falls into its messages, wherever it is cut", () => {
  const message = fc
    .tuple(cookies, fc.constantFrom("bencode" as const, "json" as const), dictionaries(utf8String))
    .map(([cookie, encoding, body]) => encodeNgMessage(cookie, encoding, body));
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 5 }),
      fc.integer({ min: 1, max: 100 }),
      (messages, chunkLength) => {
        const stream = Uint8Array.from(messages.flatMap((bytes) => [...bytes]));
        const splitter = new NgStreamSplitter();
        const found: Uint8Array[] = [];
        for (let at = 0; at < stream.length; at += chunkLength) {
          found.push(...splitter.push(stream.subarray(at, at + chunkLength)));
        }
        expect(found).toEqual(messages);
      },
    ),
    { numRuns: 500 },
  );
});
