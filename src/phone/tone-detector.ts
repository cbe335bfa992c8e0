import { SAMPLE_RATE_HZ } from "./tone.ts";

/** How long the detector listens before it decides. */
export const TONE_WINDOW_MS = 100;

const WINDOW_SAMPLES: number = (SAMPLE_RATE_HZ * TONE_WINDOW_MS) / 1000;

/** Softer than that is silence. */
const MIN_LEVEL_DBOV = -45;
/** At least this share of a window's power has to be the tone's. */
const MIN_SHARE = 0.5;
/** Tones this far off, two bins of a window, must have less than `MAX_NEIGHBOUR` of the tone's power. */
const NEIGHBOUR_HZ = 20;
const MAX_NEIGHBOUR = 0.25;

/**
 * The share of the samples' power that one frequency has (Goertzel's algorithm): 1 for a pure tone.
 *
 * Exact for frequencies with whole periods in the samples, every 10 Hz for a window of 100 ms.
 */
export function toneShare(samples: ArrayLike<number>, frequencyHz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequencyHz) / SAMPLE_RATE_HZ);
  let [last, beforeLast, energy] = [0, 0, 0];
  for (let at = 0; at < samples.length; at++) {
    const sample = samples[at]!;
    const state = sample + coefficient * last - beforeLast;
    beforeLast = last;
    last = state;
    energy += sample * sample;
  }
  if (energy === 0) return 0;
  const power = last * last + beforeLast * beforeLast - coefficient * last * beforeLast;
  return (2 * power) / (samples.length * energy);
}

/** Power of the samples against a full-scale square wave; -Infinity for digital silence. */
export function levelDbov(samples: ArrayLike<number>): number {
  let energy = 0;
  for (let at = 0; at < samples.length; at++) energy += samples[at]! ** 2;
  return 10 * Math.log10(energy / samples.length / 32_768 ** 2);
}

/** Whether a window holds this tone: loud enough, most of what is there, and no neighbour as strong. */
export function isTone(samples: ArrayLike<number>, frequencyHz: number): boolean {
  if (levelDbov(samples) < MIN_LEVEL_DBOV) return false;
  const share = toneShare(samples, frequencyHz);
  if (share < MIN_SHARE) return false;
  const neighbours = [frequencyHz - NEIGHBOUR_HZ, frequencyHz + NEIGHBOUR_HZ];
  return neighbours.every((neighbour) => toneShare(samples, neighbour) < share * MAX_NEIGHBOUR);
}

/** Listens for one tone, window by window. */
export class ToneDetector {
  readonly frequencyHz: number;
  readonly #window: Int16Array = new Int16Array(WINDOW_SAMPLES);
  #filled = 0;
  /** Whole windows listened to. */
  windows = 0;
  /** Windows with the tone in them. */
  windowsWithTone = 0;
  /** Whether the last whole window had it. */
  isHearing = false;

  constructor(frequencyHz: number) {
    this.frequencyHz = frequencyHz;
  }

  /** How much of the tone was heard, milliseconds. */
  get heardMs(): number {
    return this.windowsWithTone * TONE_WINDOW_MS;
  }

  /** Takes samples that follow those before. */
  listen(samples: Int16Array): void {
    for (let at = 0; at < samples.length; ) {
      const part = samples.subarray(at, at + WINDOW_SAMPLES - this.#filled);
      this.#window.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < WINDOW_SAMPLES) return;
      this.#filled = 0;
      this.windows++;
      this.isHearing = isTone(this.#window, this.frequencyHz);
      if (this.isHearing) this.windowsWithTone++;
    }
  }

  /** Forgets a window begun: what comes next does not follow. */
  restart(): void {
    this.#filled = 0;
    this.isHearing = false;
  }
}
