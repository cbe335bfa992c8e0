import { ProxyError } from "../base/errors.ts";
import { decodeLatin1, encodeLatin1, type Latin1Decoder } from "./latin1.ts";
import type { NgDictionary, NgValue } from "./ng/value.ts";

/** Bytes that are not bencode. */
export class BencodeError extends ProxyError {
  /** Where the trouble is, from 0. */
  readonly offset: number;
  /** What is wrong there, without the place. */
  readonly problem: string;

  constructor(offset: number, problem: string) {
    super("E_BENCODE_SYNTAX", `bencode, byte ${offset}: ${problem}`);
    this.offset = offset;
    this.problem = problem;
  }
}

/** Bounds of a decode. */
export interface BencodeLimits {
  /** How many lists and dictionaries may be inside one another; 32 unless told. */
  readonly maxDepth?: number;
  /** How many bytes are looked at at all; 1 MiB unless told. */
  readonly maxLength?: number;
  /** A faster conversion that the platform has (`Buffer.prototype.latin1Slice`). */
  readonly latin1?: Latin1Decoder;
}

const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const MINUS = 0x2d;
const DICTIONARY = 0x64;
const END = 0x65;
const INTEGER = 0x69;
const LIST = 0x6c;

const EXACT_DIGITS = 15;
const GREATEST_INTEGER = 2 ** 63;

/**
 * Decodes one bencode value; white space may follow it, nothing else.
 *
 * Dictionary keys may come in any order; of equal keys the last wins. Strings share the memory of the
 * whole message until they are copied.
 *
 * @throws BencodeError
 */
export function decodeBencode(bytes: Uint8Array, limits: BencodeLimits = {}): NgValue {
  if (bytes.length > (limits.maxLength ?? 1 << 20)) throw new BencodeError(bytes.length, "too long");
  const text = (limits.latin1 ?? decodeLatin1)(bytes, 0, bytes.length);
  return decodeBencodeText(text, 0, limits.maxDepth);
}

/** As `decodeBencode`, of a byte string from `start` on. */
export function decodeBencodeText(text: string, start = 0, maxDepth = 32): NgValue {
  const decoder = new Decoder(text, start, maxDepth);
  const value = decoder.value(0);
  decoder.finish();
  return value;
}

class Decoder {
  readonly #text: string;
  readonly #maxDepth: number;
  #position: number;

  constructor(text: string, start: number, maxDepth: number) {
    this.#text = text;
    this.#position = start;
    this.#maxDepth = maxDepth;
  }

  value(depth: number): NgValue {
    const code = this.#text.charCodeAt(this.#position);
    if (code >= ZERO && code <= NINE) return this.#string();
    if (code === INTEGER) return this.#integer();
    if (code !== DICTIONARY && code !== LIST) throw this.#surprise("a value");
    if (depth >= this.#maxDepth) throw new BencodeError(this.#position, "nested too deeply");
    this.#position++;
    return code === LIST ? this.#list(depth) : this.#dictionary(depth);
  }

  /** Only white space may be left: people type messages, and their tools add a line feed. */
  finish(): void {
    for (; this.#position < this.#text.length; this.#position++) {
      const code = this.#text.charCodeAt(this.#position);
      if (code > 0x20) throw this.#surprise("the end");
    }
  }

  #dictionary(depth: number): NgDictionary {
    const dictionary: NgDictionary = Object.create(null) as NgDictionary;
    for (;;) {
      const code = this.#text.charCodeAt(this.#position);
      if (code === END) break;
      if (!(code >= ZERO && code <= NINE))
        throw this.#surprise("a key (a string) or the `e` of the dictionary");
      const key = this.#string();
      if (this.#text.charCodeAt(this.#position) === END) {
        throw new BencodeError(this.#position, `the key \`${printable(key)}\` has no value`);
      }
      dictionary[key] = this.value(depth + 1);
    }
    this.#position++;
    return dictionary;
  }

  #list(depth: number): NgValue[] {
    const list: NgValue[] = [];
    while (this.#text.charCodeAt(this.#position) !== END) list.push(this.value(depth + 1));
    this.#position++;
    return list;
  }

  /** `LENGTH:BYTES`; the position is at the first digit. */
  #string(): string {
    const start = this.#position;
    let length = 0;
    let code = this.#text.charCodeAt(this.#position);
    do {
      length = length * 10 + code - ZERO;
      code = this.#text.charCodeAt(++this.#position);
    } while (code >= ZERO && code <= NINE && this.#position - start < 10);
    if (code !== COLON) throw this.#surprise("the `:` of a string");
    const begin = ++this.#position;
    if (length > this.#text.length - begin) {
      const left = this.#text.length - begin;
      throw new BencodeError(start, `a string of ${length} bytes is announced, but only ${left} follow`);
    }
    this.#position += length;
    return this.#text.slice(begin, this.#position);
  }

  /** `iNUMBERe`; the position is at the `i`. */
  #integer(): number {
    this.#position++;
    const isNegative = this.#text.charCodeAt(this.#position) === MINUS;
    if (isNegative) this.#position++;
    const start = this.#position;
    let number = 0;
    let code = this.#text.charCodeAt(this.#position);
    while (code >= ZERO && code <= NINE && this.#position - start < 20) {
      number = number * 10 + code - ZERO;
      code = this.#text.charCodeAt(++this.#position);
    }
    const length = this.#position - start;
    if (length === 0 || code !== END) throw this.#surprise("digits, then the `e` of an integer");
    // Beyond what sums exactly, the nearest number there is; clients know 64 bits.
    if (length > EXACT_DIGITS) {
      number = Math.min(Number(this.#text.slice(start, this.#position)), GREATEST_INTEGER);
    }
    this.#position++;
    return isNegative && number !== 0 ? -number : number;
  }

  #surprise(expected: string): BencodeError {
    const found =
      this.#position < this.#text.length
        ? `found \`${printable(this.#text[this.#position] as string)}\``
        : "it ends";
    return new BencodeError(this.#position, `${found} where ${expected} should be`);
  }
}

/** At most 40 characters, none that could do harm on a terminal. */
function printable(text: string): string {
  return text.slice(0, 40).replace(/[^\x20-\x7e]/g, "?");
}

/** Encodes a value; keys in the order of the object, numbers without their fraction. */
export function encodeBencode(value: NgValue): Uint8Array {
  return encodeLatin1(encodeBencodeText(value));
}

/** As `encodeBencode`, as a byte string. */
export function encodeBencodeText(value: NgValue): string {
  return append("", value);
}

/** One text that grows: texts of the parts would be garbage each. */
function append(text: string, value: NgValue): string {
  if (typeof value === "string") return text + announce(value.length) + value;
  if (typeof value === "number") return `${text}i${integerText(value)}e`;
  let grown = text;
  if (Array.isArray(value)) {
    grown += "l";
    for (const item of value) grown = append(grown, item);
    return `${grown}e`;
  }
  grown += "d";
  for (const key of Object.keys(value)) {
    grown = append(grown + announce(key.length) + key, value[key] as NgValue);
  }
  return `${grown}e`;
}

const SHORT_LENGTHS: readonly string[] = Array.from({ length: 256 }, (_, length) => `${length}:`);

/** What comes before a string. */
function announce(length: number): string {
  return SHORT_LENGTHS[length] ?? `${length}:`;
}

/** Decimal digits; never an exponent. Bencode knows integers only. */
function integerText(value: number): string {
  if (!Number.isFinite(value)) return "0";
  const integer = Math.trunc(value);
  return Number.isSafeInteger(integer) ? String(integer + 0) : BigInt(integer).toString();
}
