import { ProxyError } from "../../base/errors.ts";
import { BencodeError, decodeBencodeText, encodeBencodeText } from "../bencode.ts";
import { decodeLatin1, encodeLatin1, type Latin1Decoder } from "../latin1.ts";
import type { NgDictionary, NgValue } from "./value.ts";

/** How the dictionary of a message is written. */
export type NgEncoding = "bencode" | "json";

/** An NG message: `COOKIE SPACE DICTIONARY`. */
export interface NgMessage {
  /** Ties the reply to the request, and a retransmission to its first. A byte string. */
  readonly cookie: string;
  /** A reply uses the encoding of its request. */
  readonly encoding: NgEncoding;
  readonly body: NgDictionary;
}

/** Why bytes are no NG message. */
export type NgFrameErrorCode =
  | "E_NG_NO_COOKIE"
  | "E_NG_NO_PAYLOAD"
  | "E_NG_ENCODING"
  | "E_NG_BENCODE"
  | "E_NG_JSON"
  | "E_NG_TOO_LONG";

/** Bytes that are no NG message. The message is what the client gets as `error-reason`. */
export class NgFrameError extends ProxyError {
  declare readonly code: NgFrameErrorCode;
  /** With this a reply can be sent; undefined when there was none. */
  readonly cookie: string | undefined;
  /** How a reply is to be encoded. */
  readonly encoding: NgEncoding;

  constructor(
    code: NgFrameErrorCode,
    message: string,
    cookie?: string,
    encoding: NgEncoding = "bencode",
    options?: ErrorOptions,
  ) {
    super(code, message, options);
    this.cookie = cookie;
    this.encoding = encoding;
  }
}

const SPACE = 0x20;
const MAX_DEPTH = 32;

/**
 * Decodes an NG message.
 *
 * @param latin1 a faster conversion that the platform has
 * @throws NgFrameError
 */
export function decodeNgMessage(datagram: Uint8Array, latin1: Latin1Decoder = decodeLatin1): NgMessage {
  const space = datagram.indexOf(SPACE);
  if (space <= 0) throw new NgFrameError("E_NG_NO_COOKIE", "Invalid data (no cookie)");
  const text = latin1(datagram, 0, datagram.length);
  const cookie = text.slice(0, space);
  const first = text[space + 1];
  if (first === "d") return { cookie, encoding: "bencode", body: decodeBencodeBody(text, space + 1, cookie) };
  if (first === "{") return { cookie, encoding: "json", body: decodeJsonBody(text, space + 1, cookie) };
  if (first === undefined) throw new NgFrameError("E_NG_NO_PAYLOAD", "Invalid data (no payload)", cookie);
  throw new NgFrameError("E_NG_ENCODING", "Invalid NG data format", cookie);
}

function decodeBencodeBody(text: string, start: number, cookie: string): NgDictionary {
  try {
    // It starts with `d`: what comes back is a dictionary.
    return decodeBencodeText(text, start, MAX_DEPTH) as NgDictionary;
  } catch (error) {
    if (!(error instanceof BencodeError)) throw error;
    throw new NgFrameError("E_NG_BENCODE", "Could not decode bencode dictionary", cookie, "bencode", {
      cause: error,
    });
  }
}

function decodeJsonBody(text: string, start: number, cookie: string): NgDictionary {
  let json = text.slice(start);
  // Without `\u` escapes the UTF-8 bytes of the strings can stay what they are.
  const hasEscapes = json.includes("\\u");
  if (hasEscapes) json = fromUtf8(json);
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (cause) {
    throw new NgFrameError("E_NG_JSON", "Failed to parse JSON document", cookie, "json", { cause });
  }
  // It starts with `{`: what comes back is a dictionary.
  return toNgValue(parsed, hasEscapes ? toUtf8 : identity, 0) as NgDictionary;
}

const identity = (text: string): string => text;

/** JSON's values as NG's: `true` and `false` are 1 and 0, `null` and what is nested too deeply is left out. */
function toNgValue(value: unknown, text: (text: string) => string, depth: number): NgValue | undefined {
  if (typeof value === "string") return text(value);
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value === null || typeof value !== "object" || depth > MAX_DEPTH) return undefined;
  if (Array.isArray(value)) {
    return value.map((item) => toNgValue(item, text, depth + 1)).filter((item) => item !== undefined);
  }
  const dictionary: NgDictionary = Object.create(null) as NgDictionary;
  for (const [key, item] of Object.entries(value)) {
    const converted = toNgValue(item, text, depth + 1);
    if (converted !== undefined) dictionary[text(key)] = converted;
  }
  return dictionary;
}

/** Encodes an NG message. A cookie is copied as it is. */
export function encodeNgMessage(cookie: string, encoding: NgEncoding, body: NgDictionary): Uint8Array {
  return encodeLatin1(encodeNgMessageText(cookie, encoding, body));
}

/** As `encodeNgMessage`, as a byte string. */
export function encodeNgMessageText(cookie: string, encoding: NgEncoding, body: NgDictionary): string {
  return `${cookie} ${encoding === "bencode" ? encodeBencodeText(body) : encodeJsonText(body)}`;
}

/**
 * JSON as a byte string, in UTF-8.
 *
 * The strings of the body are bytes already, and JSON has syntax in ASCII only: what `stringify` makes of
 * them is the document. Bytes that are not UTF-8 become U+FFFD.
 */
function encodeJsonText(body: NgDictionary): string {
  const json = JSON.stringify(body);
  return isAscii(json) ? json : toUtf8(fromUtf8(json));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is meant.
const ASCII = /^[\x00-\x7f]*$/;

function isAscii(text: string): boolean {
  return ASCII.test(text);
}

/** The characters that the bytes of a byte string are in UTF-8. */
function fromUtf8(text: string): string {
  return isAscii(text) ? text : new TextDecoder().decode(encodeLatin1(text));
}

/** The byte string of a text in UTF-8. */
function toUtf8(text: string): string {
  if (isAscii(text)) return text;
  const bytes = new TextEncoder().encode(text);
  return decodeLatin1(bytes, 0, bytes.length);
}
