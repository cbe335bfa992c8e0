/** Bytes of 20 ms of G.711. */
export const FRAME_BYTES = 160;

/** A few seconds of a tone that glides, A-law (ITU-T G.711), no 20 ms like any other. */
export function glidingTone(fromHz: number, toHz: number, seconds = 8): Uint8Array {
  const samples = new Uint8Array(seconds * 8000);
  let phase = 0;
  for (let index = 0; index < samples.length; index++) {
    phase += (2 * Math.PI * (fromHz + ((toHz - fromHz) * index) / samples.length)) / 8000;
    samples[index] = alaw(Math.round(Math.sin(phase) * 20_000));
  }
  return samples;
}

/** One sample of 16 bits as A-law. */
function alaw(sample: number): number {
  const sign = sample >= 0 ? 0x80 : 0;
  const magnitude = (sample >= 0 ? sample : -sample - 1) >> 3;
  let segment = 0;
  while (magnitude >> (segment + 5) > 0) segment++;
  const step = (magnitude >> Math.max(segment, 1)) & 15;
  return (sign | (segment << 4) | step) ^ 0x55;
}
