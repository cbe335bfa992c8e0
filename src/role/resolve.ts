import { type Context, ExpressionError, isTrue, render } from "./expression.ts";
import type { Resource } from "./resource.ts";

/** Adds the derived values to a context: those that can be worked out by now. */
export function withDerived(context: Context, derived: Readonly<Record<string, string>>): Context {
  const values: Record<string, unknown> = { ...context };
  for (const [name, expression] of Object.entries(derived)) {
    try {
      values[name] = render(expression, values);
    } catch (error) {
      // It needs what a later probe finds out; whoever uses it before then gets to hear so.
      if (!(error instanceof ExpressionError)) throw error;
    }
  }
  return values;
}

/** Whether a declaration concerns this host. @throws ExpressionError */
export function concerns(when: readonly string[] | undefined, context: Context): boolean {
  return when === undefined || when.every((condition) => isTrue(condition, context));
}

/** A declaration with its texts worked out for one host; conditions stay what they are. @throws ExpressionError */
export function resolve<R extends Resource>(declaration: R, context: Context): R {
  const texts = Object.entries(declaration).map(([key, value]) => [
    key,
    CONDITIONS.has(key) ? value : resolved(value, context),
  ]);
  return Object.fromEntries(texts) as R;
}

const CONDITIONS: ReadonlySet<string> = new Set(["when", "that", "isRunning"]);

function resolved(value: unknown, context: Context): unknown {
  if (typeof value === "string") return render(value, context);
  if (Array.isArray(value)) return value.map((item) => resolved(item, context));
  return value;
}
