import { NgFrameError } from "./message.ts";

/** What the splitter is in the middle of. */
type Stage = "cookie" | "encoding" | "bencode" | "json";

const FIRST_BYTES = 4096;
const KEPT_BYTES = 65_536;

const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Cuts a byte stream (NG over TCP) into messages: they follow one another without a separator, and each
 * ends where its dictionary ends. White space between messages is skipped.
 *
 * Every byte is looked at once, however the stream is cut into chunks.
 */
export class NgStreamSplitter {
  readonly #maxLength: number;
  #buffer = new Uint8Array(FIRST_BYTES);
  /** Bytes in the buffer. */
  #length = 0;
  /** Where the message at hand begins, and how far it has been looked at. */
  #start = 0;
  #position = 0;
  #stage: Stage = "cookie";
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  /** @param maxLength the longest message, in bytes */
  constructor(maxLength: number = 1 << 20) {
    this.#maxLength = maxLength;
  }

  /** Whether no message has begun. */
  get isBetweenMessages(): boolean {
    return this.#start === this.#length;
  }

  /**
   * Takes a chunk and returns the messages that are complete with it, cookies included.
   *
   * @throws NgFrameError when the stream cannot be followed any further; close it
   */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#append(chunk);
    const messages: Uint8Array[] = [];
    while (this.#advance()) {
      messages.push(this.#buffer.slice(this.#start, this.#position));
      this.#start = this.#position;
      this.#stage = "cookie";
    }
    if (this.#length - this.#start > this.#maxLength) {
      throw new NgFrameError("E_NG_TOO_LONG", `Message exceeds ${this.#maxLength} bytes`);
    }
    // One long message is no reason to keep as much memory for good.
    if (this.isBetweenMessages) this.#reset();
    return messages;
  }

  #reset(): void {
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = new Uint8Array(FIRST_BYTES);
    this.#start = 0;
    this.#position = 0;
    this.#length = 0;
  }

  #append(chunk: Uint8Array): void {
    if (this.#length + chunk.length > this.#buffer.length) {
      const kept = this.#length - this.#start;
      const bigger = new Uint8Array(Math.max(this.#buffer.length, 2 * (kept + chunk.length)));
      bigger.set(this.#buffer.subarray(this.#start, this.#length));
      this.#buffer = bigger;
      this.#position -= this.#start;
      this.#length = kept;
      this.#start = 0;
    }
    this.#buffer.set(chunk, this.#length);
    this.#length += chunk.length;
  }

  /** Goes on; true when `#position` is at the end of a message, false when more bytes are needed. */
  #advance(): boolean {
    if (this.#stage === "cookie" && !this.#readCookie()) return false;
    if (this.#stage === "encoding" && !this.#readEncoding()) return false;
    return this.#stage === "bencode" ? this.#readBencode() : this.#readJson();
  }

  #readCookie(): boolean {
    if (this.#position === this.#start) {
      while (this.#start < this.#length && this.#at(this.#start) <= SPACE) this.#start++;
      this.#position = this.#start;
    }
    while (this.#position < this.#length && this.#at(this.#position) !== SPACE) this.#position++;
    if (this.#position === this.#length) return false;
    this.#position++;
    this.#stage = "encoding";
    return true;
  }

  #readEncoding(): boolean {
    if (this.#position === this.#length) return false;
    const first = this.#at(this.#position);
    if (first !== 0x64 && first !== 0x7b) throw new NgFrameError("E_NG_ENCODING", "Invalid NG data format");
    this.#stage = first === 0x64 ? "bencode" : "json";
    this.#depth = 0;
    this.#isInString = false;
    this.#isEscaped = false;
    return true;
  }

  /** Token by token; `#position` is at the start of one. */
  #readBencode(): boolean {
    while (this.#position < this.#length) {
      const code = this.#at(this.#position);
      if (code >= ZERO && code <= NINE) {
        if (!this.#skipBencodeString()) return false;
      } else if (code === 0x69) {
        const end = this.#buffer.subarray(0, this.#length).indexOf(0x65, this.#position);
        if ((end < 0 ? this.#length : end) - this.#position > 24) throw this.#badBencode();
        if (end < 0) return false;
        this.#position = end + 1;
      } else if (code === 0x64 || code === 0x6c) {
        this.#depth++;
        this.#position++;
      } else if (code === 0x65) {
        this.#position++;
        if (--this.#depth === 0) return true;
      } else {
        throw this.#badBencode();
      }
    }
    return false;
  }

  #skipBencodeString(): boolean {
    let at = this.#position;
    let length = 0;
    while (at < this.#length && this.#at(at) >= ZERO && this.#at(at) <= NINE) {
      length = length * 10 + this.#at(at++) - ZERO;
      if (length > this.#maxLength) {
        throw new NgFrameError("E_NG_TOO_LONG", `Message exceeds ${this.#maxLength} bytes`);
      }
      if (at - this.#position > 10) throw this.#badBencode();
    }
    if (at === this.#length) return false;
    if (this.#at(at) !== COLON) throw this.#badBencode();
    if (at + 1 + length > this.#length) return false;
    this.#position = at + 1 + length;
    return true;
  }

  /** Counts brackets outside of strings; whether it is JSON is for the decoder to say. */
  #readJson(): boolean {
    while (this.#position < this.#length) {
      const code = this.#at(this.#position++);
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (code === BACKSLASH) this.#isEscaped = true;
        else if (code === QUOTE) this.#isInString = false;
      } else if (code === QUOTE) {
        this.#isInString = true;
      } else if (code === 0x7b || code === 0x5b) {
        this.#depth++;
      } else if ((code === 0x7d || code === 0x5d) && --this.#depth === 0) {
        return true;
      }
    }
    return false;
  }

  #at(position: number): number {
    return this.#buffer[position] as number;
  }

  #badBencode(): NgFrameError {
    return new NgFrameError("E_NG_BENCODE", "Could not decode bencode dictionary");
  }
}
