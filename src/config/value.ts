import { didYouMean } from "./did-you-mean.ts";
import { parseHostPort, parseRedisAddress } from "./listen-address.ts";
import type { Option, OptionValue } from "./option.ts";

/** A value, or why the text is none and what was probably meant. */
export type ValueResult<T = OptionValue> =
  | { readonly value: T }
  | { readonly reason: string; readonly didYouMean?: string };

/**
 * Which of upstream's two readers is followed: on its command line `020` is octal; in its file whatever
 * stands after a number and a blank is ignored (`60 # seconds`).
 */
export type ValueStyle = "command-line" | "file";

/** Parses the text of one value (one element, for a list option) as the option's type says. */
export function readValue(
  option: Option,
  text: string,
  style: ValueStyle,
): ValueResult<boolean | number | string> {
  const trimmed = text.trim();
  switch (option.type) {
    case "flag":
      return readFlag(trimmed);
    case "integer":
      return readInteger(option, trimmed, style);
    case "float":
      return readFloat(trimmed);
    case "enum":
      return readEnum(option, trimmed);
    case "endpoint":
    case "listen": {
      const parsed = parseHostPort(trimmed, option.type === "listen");
      return "reason" in parsed ? parsed : { value: trimmed };
    }
    case "redis": {
      const parsed = parseRedisAddress(trimmed, option.name !== "redis-subscribe");
      return "reason" in parsed ? parsed : { value: trimmed };
    }
    case "interface":
      return trimmed === "" ? { reason: "is empty: write [NAME/]ADDRESS" } : { value: trimmed };
    case "string":
    case "path":
      // Upstream drops blanks at the end only.
      return { value: text.replace(/ +$/, "") };
  }
}

function readFlag(text: string): ValueResult<boolean> {
  if (text === "true" || text === "1") return { value: true };
  if (text === "false" || text === "0") return { value: false };
  const meant = /^(yes|on|true)$/i.test(text) ? "true" : /^(no|off|false)$/i.test(text) ? "false" : undefined;
  return { reason: `"${text}" is neither true nor false`, ...(meant ? { didYouMean: meant } : {}) };
}

function readInteger(option: Option, written: string, style: ValueStyle): ValueResult<number> {
  const text = style === "file" ? (written.split(/\s/)[0] ?? "") : written;
  const match = /^([+-]?)(0[xX][0-9a-fA-F]+|\d+)$/.exec(text);
  if (match === null) return { reason: `"${text}" is no whole number` };
  const digits = match[2]!;
  const isOctal = style === "command-line" && /^0[0-7]+$/.test(digits);
  const value = (match[1] === "-" ? -1 : 1) * Number(isOctal ? `0o${digits.slice(1)}` : digits) || 0;
  const limit = option.isLong ? Number.MAX_SAFE_INTEGER : 2 ** 31 - 1;
  const min = option.min ?? -limit - 1;
  const max = option.max ?? limit;
  if (value < min || value > max) return { reason: outOfRange(text, option.min, max) };
  return { value };
}

function outOfRange(text: string, min: number | undefined, max: number): string {
  return min === undefined
    ? `${text} is too large: at most ${max}`
    : `${text} is out of range: ${min} to ${max}`;
}

function readFloat(text: string): ValueResult<number> {
  const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text);
  const value = Number(text);
  return isNumber && Number.isFinite(value) ? { value } : { reason: `"${text}" is no number` };
}

function readEnum(option: Option, text: string): ValueResult<string> {
  const word = text.toLowerCase();
  const values = option.values ?? [];
  const exact = values.find((value) => value.toLowerCase() === word);
  if (exact !== undefined) return { value: exact };
  const synonym =
    option.synonyms === undefined
      ? undefined
      : Object.entries(option.synonyms).find(([spelling]) => spelling === word);
  if (synonym !== undefined) return { value: synonym[1] };
  const meant = didYouMean(text, values);
  const choices = values.length > 8 ? `${values.slice(0, 8).join(", ")}, …` : values.join(", ");
  return { reason: `"${text}" is none of: ${choices}`, ...(meant ? { didYouMean: meant } : {}) };
}
