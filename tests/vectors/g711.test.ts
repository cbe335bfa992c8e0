import { describe, expect, it } from "vitest";
import {
  decodeALaw,
  decodeG711,
  decodeMuLaw,
  encodeALaw,
  encodeG711,
  encodeMuLaw,
} from "../../src/phone/g711.ts";
import { isTone, levelDbov } from "../../src/phone/tone-detector.ts";
import { A_LAW_SEGMENTS, DIGITAL_MILLIWATT, MU_LAW_SEGMENTS } from "./g711.ts";

describe.each([
  { law: "A-law", segments: A_LAW_SEGMENTS, scale: 8, decode: decodeALaw, encode: encodeALaw },
  { law: "µ-law", segments: MU_LAW_SEGMENTS, scale: 4, decode: decodeMuLaw, encode: encodeMuLaw },
])("$law (G.711)", ({ segments, scale, decode, encode }) => {
  it.each(segments)("codes $codes stand for $outputs", ({ codes, outputs }) => {
    for (const at of [0, 1] as const) {
      expect(decode(codes[at])).toBe(outputs[at] * scale);
      expect(encode(outputs[at] * scale)).toBe(codes[at]);
      // The first bit is the sign.
      expect(decode(codes[at] ^ 0x80)).toBe(outputs[at] === 0 ? -0 : -outputs[at] * scale);
    }
  });

  it("each code but that of negative zero encodes to itself again", () => {
    for (let code = 0; code < 256; code++) {
      if (Object.is(decode(code), -0)) continue;
      expect(encode(decode(code))).toBe(code);
    }
  });

  it.each(segments)("$from is where the segment of $codes begins", ({ codes, from }) => {
    expect(encode(from * scale)).toBe(codes[0]);
    const before = segments.find(({ codes: [, last] }) => last === encode(from * scale - 1));
    expect(before === undefined).toBe(from === 0);
  });

  it("a larger sample never becomes a smaller output", () => {
    let last = Number.NEGATIVE_INFINITY;
    for (let sample = -32_768; sample < 32_768; sample++) {
      const output = decode(encode(sample));
      if (output < last) expect.fail(`${sample} becomes ${output} after ${last}`);
      last = output;
    }
  });
});

describe.each(["a-law", "mu-law"] as const)("the digital milliwatt in %s (tables 5 and 6)", (law) => {
  const period = Uint8Array.from(DIGITAL_MILLIWATT[law]);
  const samples = decodeG711(
    law,
    Uint8Array.from({ length: 800 }, (_, at) => period[at % 8]!),
  );

  it("is a tone of 1 kHz", () => {
    expect(isTone(samples, 1000)).toBe(true);
  });

  it("lies 3.14 or 3.17 dB below the largest sine (§4)", () => {
    const overload = law === "a-law" ? 3.14 : 3.17;
    const fullScaleDbov = law === "a-law" ? -3.01 : 20 * Math.log10((8159 * 4) / 32_768) - 3.01;
    expect(levelDbov(samples)).toBeCloseTo(fullScaleDbov - overload, 1);
  });

  it("encodes to itself", () => {
    expect([...encodeG711(law, samples.subarray(0, 8))]).toEqual([...period]);
  });
});
