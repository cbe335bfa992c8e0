import fc from "fast-check";
import { expect, test } from "vitest";
import type { SessionDescription } from "../../../src/wire/sdp/model.ts";
import { parseSdp } from "../../../src/wire/sdp/parse.ts";
import { writeSdp } from "../../../src/wire/sdp/write.ts";

const word = fc.stringMatching(/^[!-~]{1,12}$/);
const line = fc.stringMatching(/^[ -~\x80-\xff]{0,30}$/);
const connection = fc.record({ netType: word, addressType: word, address: word });
const attribute = fc.record({
  name: fc.stringMatching(/^[!-9;-~]{0,10}$/),
  value: fc.option(line, { nil: undefined }),
});
const bandwidth = fc.record({ type: fc.stringMatching(/^[!-9;-~]{0,6}$/), value: line });
const section = {
  connection: fc.option(connection, { nil: undefined }),
  bandwidths: fc.array(bandwidth, { maxLength: 3 }),
  attributes: fc.array(attribute, { maxLength: 8 }),
};
const linesOf = (...types: string[]) =>
  fc.array(fc.record({ type: fc.constantFrom(...types), value: line }), { maxLength: 3 });

const media = fc.record({
  type: word,
  port: fc.integer({ min: 0, max: 65_535 }),
  portCount: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
  protocol: word,
  formats: fc.array(word, { maxLength: 5 }),
  ...section,
  lines: fc.tuple(linesOf("i"), linesOf("k", "X")).map((lists) => lists.flat()),
});

/** Descriptions whose other lines stand in the order of the RFC, which is the one that is written. */
const descriptions: fc.Arbitrary<SessionDescription> = fc.record({
  version: fc.constant("0"),
  origin: fc.record({
    username: word,
    sessionId: word,
    sessionVersion: word,
    netType: word,
    addressType: word,
    address: word,
  }),
  sessionName: fc.option(line, { nil: undefined }),
  ...section,
  lines: fc.tuple(linesOf("i", "u", "e", "p"), linesOf("t", "r", "z", "k", "y")).map((lists) => lists.flat()),
  media: fc.array(media, { maxLength: 4 }),
});

test("parsing what was written gives it back", () => {
  fc.assert(
    fc.property(descriptions, (description) => {
      expect(parseSdp(writeSdp(description))).toEqual(description);
    }),
    { numRuns: 2000 },
  );
});

const anyLine = fc
  .tuple(
    fc.constantFrom(..."vosiuepcbtrzkamXq"),
    fc.oneof(line, fc.constantFrom("IN IP4 h", "a 1 RTP/AVP 0", "- 1 1 IN IP4 h")),
  )
  .map(([type, value]) => `${type}=${value}`);

test("what the parser takes in any order is written stably, and no line is lost", () => {
  fc.assert(
    fc.property(fc.array(anyLine, { maxLength: 20 }), (lines) => {
      let written: string;
      try {
        written = writeSdp(parseSdp(["v=0", "o=- 1 1 IN IP4 h", ...lines].join("\n")));
      } catch {
        return;
      }
      expect(writeSdp(parseSdp(written))).toBe(written);
      expect(written.split("\r\n").filter((text) => text !== "")).toHaveLength(lines.length + 2);
    }),
    { numRuns: 3000 },
  );
});
