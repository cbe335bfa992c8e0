import type { NgDictionary, NgValue } from "./value.ts";

/** One token of a flag string: a bare flag, or a key with its value. */
export interface FlagStringEntry {
  readonly key: string;
  /** Undefined for a bare flag, and for `key=` with nothing after it. */
  readonly value: NgValue | undefined;
}

/** Brackets deeper than this are dropped. */
const MAX_DEPTH = 16;

const SPACE = 0x20;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const EQUALS = 0x3d;

/**
 * Parses a flag string (`rtpp-flags`): tokens separated by spaces, `key=value`, and `[ ]` for lists
 * and dictionaries.
 *
 * A bracket is a dictionary when its first element reads `key=value`, else a list. Never fails: what
 * makes no sense comes out as a bare flag, for the caller to report.
 */
export function parseFlagString(text: string): FlagStringEntry[] {
  const reader = new Reader(text);
  const entries: FlagStringEntry[] = [];
  while (reader.skipSpaces()) entries.push(reader.entry());
  return entries;
}

class Reader {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Goes to the next character that is no space; false at the end. */
  skipSpaces(): boolean {
    while (this.#at() === SPACE) this.#position++;
    return this.#position < this.#text.length;
  }

  /** A token outside of brackets. */
  entry(): FlagStringEntry {
    const word = this.#word(false);
    const equals = word.indexOf("=");
    if (equals < 0) return { key: word, value: undefined };
    const key = word.slice(0, equals);
    if (equals === word.length - 1 && this.#at() === OPEN) {
      const value = this.#bracket(0);
      // More closed than opened: upstream's users have such strings in their scripts.
      while (this.#at() === CLOSE) this.#position++;
      return { key, value };
    }
    return { key, value: equals === word.length - 1 ? undefined : word.slice(equals + 1) };
  }

  /** A list or a dictionary; the position is at its `[`. */
  #bracket(depth: number): NgValue {
    this.#position++;
    const list: NgValue[] = [];
    const dictionary: NgDictionary = Object.create(null) as NgDictionary;
    let isDictionary: boolean | undefined;
    while (this.skipSpaces()) {
      const code = this.#at();
      if (code === CLOSE) {
        this.#position++;
        break;
      }
      if (code === OPEN) {
        isDictionary ??= false;
        if (depth < MAX_DEPTH) list.push(this.#bracket(depth + 1));
        else this.#position++;
        continue;
      }
      const word = this.#word(true);
      const equals = word.indexOf("=");
      const opensBracket = equals >= 0 && equals === word.length - 1 && this.#at() === OPEN;
      isDictionary ??= opensBracket || (equals >= 0 && equals < word.length - 1);
      if (!isDictionary) list.push(word);
      else if (opensBracket && depth < MAX_DEPTH)
        dictionary[word.slice(0, equals)] = this.#bracket(depth + 1);
      else if (equals >= 0) dictionary[word.slice(0, equals)] = word.slice(equals + 1);
    }
    return isDictionary ? dictionary : list;
  }

  /** Up to the next space, or the `[` after the first `=`; inside brackets also up to a `]`. */
  #word(isInsideBracket: boolean): string {
    const start = this.#position;
    let hasEquals = false;
    for (; this.#position < this.#text.length; this.#position++) {
      const code = this.#at();
      if (code === SPACE || (isInsideBracket && code === CLOSE)) break;
      if (code === OPEN && hasEquals && this.#text.charCodeAt(this.#position - 1) === EQUALS) break;
      if (code === EQUALS) hasEquals = true;
    }
    return this.#text.slice(start, this.#position);
  }

  #at(): number {
    return this.#text.charCodeAt(this.#position);
  }
}
