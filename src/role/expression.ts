import nunjucks from "nunjucks";

/** Values that expressions and templates see. */
export type Context = Readonly<Record<string, unknown>>;

/** An expression or template that cannot be worked out. */
export class ExpressionError extends Error {
  /** As it was written. */
  readonly text: string;

  constructor(text: string, reason: string, options?: ErrorOptions) {
    super(`\`${text.length > 120 ? `${text.slice(0, 120)}…` : text}\`: ${reason}`, options);
    this.name = "ExpressionError";
    this.text = text;
  }
}

/**
 * The part of Jinja that Ansible and nunjucks understand alike: what the role is written in, so that both of its
 * back ends read the same words.
 *
 * `and or not in == != < > + ~`, `A if B else C`, lists, attributes, `is defined`, `is match`, `.split`, `.items()`, and the filters `bool`, `int`,
 * `string`, `default`, `length`, `join`, `lower`, `replace`. Blocks behave as in Ansible's `template`: the line
 * break after a `%}` goes.
 */
const environment = new nunjucks.Environment(null, {
  autoescape: false,
  trimBlocks: true,
  throwOnUndefined: true,
});

// `.items()` of dictionaries, `True`, `None`: Jinja's, not JavaScript's.
nunjucks.installJinjaCompat();

/** What leads from a value to whatever this process can do. Values are also others': inventories, files of variables. */
const FORBIDDEN = /^(?:constructor|prototype|__\w+__)$/;

interface Runtime {
  memberLookup(this: unknown, object: unknown, name: unknown, ...more: unknown[]): unknown;
}

const runtime = (nunjucks as unknown as { runtime: Runtime }).runtime;
const memberLookup = runtime.memberLookup;
runtime.memberLookup = function guarded(object, name, ...more) {
  if (FORBIDDEN.test(String(name))) throw new Error(`${String(name)} is not to be had`);
  return memberLookup.call(this, object, name, ...more);
};

/** As Python's `re.match`: from the start on. The types know nothing of tests. */
(environment as unknown as { addTest(name: string, test: (...values: unknown[]) => boolean): void }).addTest(
  "match",
  (value, pattern) => new RegExp(`^(?:${String(pattern)})`).test(String(value)),
);

const TRUE_WORDS = new Set(["yes", "on", "1", "true"]);

/** As Ansible's: also of words, since `-e` and inventories give words. */
environment.addFilter("bool", (value: unknown) =>
  typeof value === "string" ? TRUE_WORDS.has(value.toLowerCase()) : value === true || value === 1,
);

/** Renders a template. @throws ExpressionError */
export function render(template: string, context: Context): string {
  if (!/\{[{%#]/.test(template)) return template;
  // A name alone is looked up in a dictionary that has this one of its own.
  if (/\bconstructor\b|__proto__/.test(template))
    throw new ExpressionError(template, "constructor is not to be had");
  try {
    return environment.renderString(template, context);
  } catch (cause) {
    throw new ExpressionError(template, reasonOf(cause), { cause });
  }
}

/** Whether a condition holds. @throws ExpressionError */
export function isTrue(condition: string, context: Context): boolean {
  try {
    return environment.renderString(`{% if ${condition} %}yes{% endif %}`, context) === "yes";
  } catch (cause) {
    throw new ExpressionError(condition, reasonOf(cause), { cause });
  }
}

/** nunjucks puts the place first and breaks the line. */
function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text
    .replace(/^\(unknown path\)\s*/, "")
    .replace(/\[Line (\d+), Column \d+\]\s*/, "line $1: ")
    .replace(/^\s*(?:Template render error:|Error:)\s*/, "")
    .replace(/\s+/g, " ")
    .trim();
}
