import type { Outcome } from "../../role/index.ts";

const COLORS: Readonly<Record<Outcome, number>> = { ok: 32, warn: 35, fail: 31, skip: 36 };

/** The word of an outcome as a table has it, in color where there is some. */
export function painter(hasColor: boolean): (outcome: Outcome) => string {
  return (outcome) => {
    const word = outcome.padEnd(4);
    return hasColor ? `\u001b[${COLORS[outcome]}m${word}\u001b[0m` : word;
  };
}
