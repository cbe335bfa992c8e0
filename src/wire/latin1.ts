/**
 * Reads bytes as a byte string: each byte becomes the character of that code (ISO 8859-1).
 *
 * `TextDecoder("latin1")` is not that: it is windows-1252, which maps 0x80..0x9f elsewhere.
 */
export type Latin1Decoder = (bytes: Uint8Array, start: number, end: number) => string;

/** Few enough arguments for any engine's call stack. */
const CHUNK = 4096;

/** Reads bytes as a byte string, without help of the platform. */
export const decodeLatin1: Latin1Decoder = (bytes, start, end) => {
  if (end - start <= CHUNK) return fromCharCodes(bytes, start, end);
  let text = "";
  for (let at = start; at < end; at += CHUNK) text += fromCharCodes(bytes, at, Math.min(at + CHUNK, end));
  return text;
};

function fromCharCodes(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode.apply(undefined, bytes.subarray(start, end) as unknown as number[]);
}

const QUESTION_MARK = 0x3f;

/** The bytes of a byte string. A character above 255 (which a byte string has not) becomes `?`. */
export function encodeLatin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    bytes[index] = code > 0xff ? QUESTION_MARK : code;
  }
  return bytes;
}
