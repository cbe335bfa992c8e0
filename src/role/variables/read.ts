import { parseAddress } from "../../base/endpoint.ts";
import { didYouMean } from "../../config/did-you-mean.ts";
import { type Context, ExpressionError, render } from "../expression.ts";
import { valuesOfSystem } from "../systems.ts";
import { findVariable, VARIABLES } from "./table.ts";
import {
  ENTRY_PATTERNS,
  FALSE_WORDS,
  patternOf,
  TRUE_WORDS,
  TYPE_NAMES,
  type Variable,
  type VariableValue,
} from "./variable.ts";

/** Something wrong with what was given. */
export interface VariableProblem {
  readonly variable: string;
  /** A sentence that says what to do. */
  readonly message: string;
}

/** Variables as the recipe sees them: every one of the table with a value of its type, and what else was given. */
export interface VariableReading {
  readonly values: Context;
  readonly problems: readonly VariableProblem[];
}

const PREFIX = "rtpengine_";

/**
 * Gives every variable its value: the one that was given, else its default, with the Jinja in either worked out.
 *
 * @param given names and values as a YAML file, an inventory or the command line has them
 * @param facts seen by expressions as `ansible_facts`
 */
export function readVariables(given: Context, facts: object): VariableReading {
  const problems: VariableProblem[] = [];
  for (const name of Object.keys(given)) {
    if (name.startsWith(PREFIX) && !findVariable(name)) problems.push(unknown(name));
  }
  const resolver = new Resolver(given, facts);
  const values: Record<string, unknown> = { ...given, ...valuesOfSystem(facts), ansible_facts: facts };
  for (const variable of VARIABLES) {
    const { name } = variable;
    try {
      const value = convert(variable, resolver.resolve(name));
      if ("message" in value) {
        // A value that is to stay unseen is not shown in a complaint about it either.
        const message = variable.isSecret ? "its value cannot be used" : value.message;
        problems.push({ variable: name, message: `${name}: ${message}` });
      }
      values[name] = "value" in value ? value.value : variable.default;
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      problems.push({ variable: name, message: `${name}: ${error.message}` });
      values[name] = variable.default;
    }
  }
  return { values, problems };
}

function unknown(name: string): VariableProblem {
  const names = VARIABLES.map((entry) => entry.name);
  // The prefix is long and always the same: what follows it is what was mistyped.
  const tails = new Map(names.map((known) => [known.slice(PREFIX.length), known]));
  const meant = didYouMean(name.slice(PREFIX.length), tails.keys());
  const hint =
    meant === undefined
      ? "`rtpengine-role vars` lists those there are"
      : `did you mean ${tails.get(meant)!}?`;
  return { variable: name, message: `${name}: no variable of the role; ${hint}` };
}

/** Works out values that refer to others, whatever their order. */
class Resolver {
  readonly #given: Context;
  readonly #facts: object;
  readonly #done = new Map<string, unknown>();
  readonly #open = new Set<string>();

  constructor(given: Context, facts: object) {
    this.#given = given;
    this.#facts = facts;
  }

  /** @throws ExpressionError */
  resolve(name: string): unknown {
    if (this.#done.has(name)) return this.#done.get(name);
    const raw = Object.hasOwn(this.#given, name) ? this.#given[name] : findVariable(name)?.default;
    if (this.#open.has(name)) throw new ExpressionError(String(raw), `${name} refers to itself`);
    this.#open.add(name);
    const value = this.#work(raw);
    this.#open.delete(name);
    this.#done.set(name, value);
    return value;
  }

  #work(raw: unknown): unknown {
    if (Array.isArray(raw)) return raw.map((item) => this.#work(item));
    if (raw !== null && typeof raw === "object") {
      return Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, this.#work(value)]));
    }
    if (typeof raw !== "string" || !raw.includes("{{")) return raw;
    const context: Record<string, unknown> = { ansible_facts: this.#facts };
    for (const [word] of raw.matchAll(/[A-Za-z_][A-Za-z0-9_]*/g)) {
      if (Object.hasOwn(this.#given, word) || findVariable(word)) context[word] = this.resolve(word);
    }
    return render(raw, context);
  }
}

type Converted = { readonly value: VariableValue } | { readonly message: string };

function convert(variable: Variable, raw: unknown): Converted {
  switch (variable.type) {
    case "boolean":
      return toBoolean(raw);
    case "integer":
      return toInteger(variable, raw);
    case "list":
      return toList(variable, raw);
    case "dictionary":
      return toDictionary(variable, raw);
    default:
      return toText(variable, raw);
  }
}

function toBoolean(raw: unknown): Converted {
  if (typeof raw === "boolean") return { value: raw };
  const word = String(raw).toLowerCase();
  if (TRUE_WORDS.includes(word)) return { value: true };
  if (FALSE_WORDS.includes(word)) return { value: false };
  return { message: `${show(raw)} is neither true nor false` };
}

function toInteger(variable: Variable, raw: unknown): Converted {
  const number = typeof raw === "string" && /^-?[0-9]+$/.test(raw.trim()) ? Number(raw) : raw;
  if (typeof number !== "number" || !Number.isSafeInteger(number)) return wrong(variable, raw);
  const { min, max } = variable;
  if ((min !== undefined && number < min) || (max !== undefined && number > max)) {
    return { message: `${number} is out of range: ${min} to ${max}` };
  }
  return { value: number };
}

function toList(variable: Variable, raw: unknown): Converted {
  if (!Array.isArray(raw) || !raw.every(isScalar)) return wrong(variable, raw);
  const texts = raw.map(String);
  const odd = texts.find(
    (text) => !hasShape(variable, text) || (variable.holdsNetworks === true && !isNetwork(text)),
  );
  return odd === undefined
    ? { value: texts }
    : { message: `${show(odd)} cannot be in it: ${variable.sentence}` };
}

/** An address, or with `/` and its length a network. */
function isNetwork(text: string): boolean {
  const [address = "", length] = text.split("/");
  const family = parseAddress(address)?.family;
  return family !== undefined && (length === undefined || Number(length) <= (family === 4 ? 32 : 128));
}

function hasShape(variable: Variable, text: string): boolean {
  const pattern = patternOf(variable);
  return pattern === undefined || new RegExp(`^(?:${pattern})$`).test(text);
}

function toDictionary(variable: Variable, raw: unknown): Converted {
  if (raw === null || typeof raw !== "object" || Array.isArray(raw)) return wrong(variable, raw);
  const entries = Object.entries(raw);
  if (!entries.every(([, value]) => isScalar(value))) return wrong(variable, raw);
  const texts = entries.map(([key, value]): [string, string] => [key, String(value)]);
  if (texts.some(([key, value]) => hasLineBreak(key) || hasLineBreak(value))) {
    return { message: "a line break is in it, which would become another line of the file" };
  }
  const oddName = texts.find(([key]) => !new RegExp(`^${ENTRY_PATTERNS.key}$`).test(key));
  if (oddName !== undefined) return { message: `${show(oddName[0])} is no name of an option` };
  const odd = texts.find(([, text]) => !hasShape(variable, text));
  if (odd !== undefined) return { message: `${show(odd[1])} (${odd[0]}) cannot be: ${variable.sentence}` };
  return { value: Object.fromEntries(texts) };
}

function toText(variable: Variable, raw: unknown): Converted {
  if (!isScalar(raw) || typeof raw === "boolean") return wrong(variable, raw);
  const text = String(raw);
  if (hasLineBreak(text))
    return { message: "a line break is in it, which would become another line of the file" };
  if (text === "") return variable.mayBeEmpty ? { value: "" } : { message: "it is empty" };
  const { choices, type } = variable;
  if (choices && !choices.includes(text)) {
    const meant = didYouMean(text, choices);
    return {
      message: `${show(raw)} is none of ${choices.join(", ")}${meant === undefined ? "" : `; did you mean ${meant}?`}`,
    };
  }
  if (!hasShape(variable, text)) {
    if (variable.pattern === undefined) return wrong(variable, raw);
    return { message: `${show(raw)} has a character that it cannot have: ${variable.sentence}` };
  }
  const address = impossibleAddress(type, text);
  return address === undefined ? { value: text } : { message: `${show(address)} is no IP address` };
}

/** The part of a well-shaped text that should be an address and is none. */
function impossibleAddress(type: Variable["type"], text: string): string | undefined {
  if (type === "address" || type === "interface") {
    return text.split("!").find((part) => parseAddress(part) === undefined);
  }
  if (type !== "endpoint") return undefined;
  const host = text.slice(0, text.lastIndexOf(":")).replace(/^\[|\]$/g, "");
  if (parseAddress(host) === undefined) return host;
  const port = Number(text.slice(text.lastIndexOf(":") + 1));
  return port >= 1 && port <= 65535 ? undefined : text;
}

function wrong(variable: Variable, raw: unknown): Converted {
  return { message: `${show(raw)} is not ${TYPE_NAMES[variable.type]}` };
}

function isScalar(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

function hasLineBreak(text: string): boolean {
  return /[\r\n\0]/.test(text);
}

function show(raw: unknown): string {
  const text = typeof raw === "string" ? `"${raw}"` : (JSON.stringify(raw) ?? "nothing");
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
