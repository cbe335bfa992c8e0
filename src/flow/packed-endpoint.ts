import { type Address, addressBytes, addressFromBytes, type Endpoint } from "../base/endpoint.ts";

/**
 * An endpoint in five 32-bit words, comparable word by word, as the packet loop keeps it.
 *
 * ```
 *  word 0     family (4 or 6; 0: none) << 16 | port
 *  word 1..4  address bytes as they are on the wire, read as words of the machine; unused ones are 0
 * ```
 */
export const ENDPOINT_WORDS = 5;

/** Writes an endpoint; absent: none. */
export function writeEndpoint(words: Int32Array, at: number, endpoint: Endpoint | undefined): void {
  words.fill(0, at, at + ENDPOINT_WORDS);
  if (endpoint === undefined) return;
  const bytes = addressBytes(endpoint);
  words[at] = (endpoint.family << 16) | endpoint.port;
  for (let byte = 0; byte < bytes.length; byte++) {
    words[at + 1 + (byte >> 2)]! |= bytes[byte]! << (8 * (byte & 3));
  }
}

/** Reads an endpoint; undefined when there is none. */
export function readEndpoint(words: Int32Array, at: number): Endpoint | undefined {
  const family = words[at]! >>> 16;
  if (family !== 4 && family !== 6) return undefined;
  const bytes = new Uint8Array(Int32Array.from(words.subarray(at + 1, at + ENDPOINT_WORDS)).buffer);
  const address = addressFromBytes(family, bytes.subarray(0, family === 4 ? 4 : 16));
  return { ...address, port: words[at]! & 0xffff };
}

/** The address alone, in four words. */
export function packAddress(address: Address): Int32Array {
  const bytes = new Uint8Array(16);
  bytes.set(addressBytes(address));
  return new Int32Array(bytes.buffer);
}

/** Whether two packed endpoints have the same address and port. */
export function isSameEndpoint(a: Int32Array, at: number, b: Int32Array, bt: number): boolean {
  return a[at] === b[bt] && isSameHost(a, at, b, bt);
}

/** Whether two packed endpoints have the same address, whatever the port. */
export function isSameHost(a: Int32Array, at: number, b: Int32Array, bt: number): boolean {
  return (
    a[at]! >>> 16 === b[bt]! >>> 16 &&
    a[at + 1] === b[bt + 1] &&
    a[at + 2] === b[bt + 2] &&
    a[at + 3] === b[bt + 3] &&
    a[at + 4] === b[bt + 4]
  );
}

/** Copies a packed endpoint. */
export function copyEndpoint(from: Int32Array, at: number, to: Int32Array, bt: number): void {
  for (let word = 0; word < ENDPOINT_WORDS; word++) to[bt + word] = from[at + word]!;
}
