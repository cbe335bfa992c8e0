import { describe, expect, it } from "vitest";
import { decodeG711, encodeG711 } from "../../../src/phone/g711.ts";
import { SAMPLE_RATE_HZ, ToneGenerator } from "../../../src/phone/tone.ts";
import { isTone, levelDbov, ToneDetector, toneShare } from "../../../src/phone/tone-detector.ts";

const WINDOW = SAMPLE_RATE_HZ / 10;
const tone = (frequencyHz: number, dbov = -13): Int16Array =>
  new ToneGenerator(frequencyHz, dbov).next(WINDOW);

/** Numbers from 0 to 1 that look random and are the same each time. */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function noise(amplitude: number, seed: number): Int16Array {
  const random = pseudoRandom(seed);
  return Int16Array.from({ length: WINDOW }, () => (random() * 2 - 1) * amplitude);
}

const mix = (a: Int16Array, b: Int16Array): Int16Array => a.map((sample, at) => sample + b[at]!);

describe("the tone detector", () => {
  it.each([440, 660, 350, 1000, 3400])("hears %i Hz, also through both laws", (frequencyHz) => {
    const samples = tone(frequencyHz);
    expect(toneShare(samples, frequencyHz)).toBeCloseTo(1, 3);
    expect(isTone(samples, frequencyHz)).toBe(true);
    for (const law of ["mu-law", "a-law"] as const) {
      expect(isTone(decodeG711(law, encodeG711(law, samples)), frequencyHz)).toBe(true);
    }
  });

  it("hears a soft tone and no tone below its threshold", () => {
    expect(isTone(tone(440, -40), 440)).toBe(true);
    expect(isTone(tone(440, -50), 440)).toBe(false);
  });

  it("hears no tone in silence", () => {
    expect(levelDbov(new Int16Array(WINDOW))).toBe(Number.NEGATIVE_INFINITY);
    expect(isTone(new Int16Array(WINDOW), 440)).toBe(false);
    expect(isTone(decodeG711("mu-law", new Uint8Array(WINDOW).fill(0xff)), 440)).toBe(false);
    expect(isTone(decodeG711("a-law", new Uint8Array(WINDOW).fill(0xd5)), 440)).toBe(false);
  });

  it("hears no tone in noise of any loudness", () => {
    for (let seed = 0; seed < 200; seed++) {
      expect(isTone(noise(32_000, seed), 440)).toBe(false);
      expect(isTone(noise(1000, seed), 660)).toBe(false);
    }
  });

  it.each([430, 450, 420, 460, 445, 660, 220, 880])("takes %i Hz for no 440 Hz", (frequencyHz) => {
    expect(isTone(tone(frequencyHz), 440)).toBe(false);
  });

  it("hears a tone above the noise, not one below it", () => {
    expect(isTone(mix(tone(440, -13), noise(3000, 1)), 440)).toBe(true);
    expect(isTone(mix(tone(440, -30), noise(8000, 1)), 440)).toBe(false);
  });

  it("does not hear a tone under another one as loud", () => {
    expect(isTone(mix(tone(440, -20), tone(660, -18)), 440)).toBe(false);
  });

  it("hears a tone with one packet of five missing, not one with three missing", () => {
    const holed = tone(440);
    holed.fill(0, 160, 320);
    expect(isTone(holed, 440)).toBe(true);
    holed.fill(0, 320, 640);
    expect(isTone(holed, 440)).toBe(false);
  });

  it("decides every 100 ms, whatever the blocks are", () => {
    const detector = new ToneDetector(440);
    const generator = new ToneGenerator(440);
    for (let sent = 0; sent < 2400; sent += 30) detector.listen(generator.next(30));
    expect([detector.windows, detector.windowsWithTone, detector.heardMs]).toEqual([3, 3, 300]);
    expect(detector.isHearing).toBe(true);
    detector.listen(new ToneGenerator(660).next(900));
    expect([detector.windows, detector.windowsWithTone, detector.isHearing]).toEqual([4, 3, false]);
  });
});

describe("the tone generator", () => {
  it("makes the level that was asked for, and the same wave in pieces as at once", () => {
    expect(levelDbov(tone(440, -13))).toBeCloseTo(-13, 1);
    const generator = new ToneGenerator(440);
    const pieces = [generator.next(100), generator.next(700)].flatMap((piece) => [...piece]);
    expect(pieces).toEqual([...tone(440)]);
  });
});
