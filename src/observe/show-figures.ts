import type { Figure, Group, Row } from "./figure.ts";

/** Figures as JSON has them. */
export type FigureValue = number | string | FigureValue[] | { [key: string]: FigureValue };

/** How numbers with decimals are written: JSON has them, NG's bencode does not. */
type Decimals = "as-numbers" | "as-strings";

/** The answer to `list jsonstats`. */
export function figuresAsJson<Source>(rows: readonly Row<Source>[], source: Source): Dictionary {
  return dictionaryOf(rows, source, "as-numbers");
}

/** The answer to NG `statistics`: the same, with decimals as strings. */
export function figuresAsNg<Source>(rows: readonly Row<Source>[], source: Source): Dictionary {
  return dictionaryOf(rows, source, "as-strings");
}

type Dictionary = { [key: string]: FigureValue };

function dictionaryOf<Source>(rows: readonly Row<Source>[], source: Source, decimals: Decimals): Dictionary {
  const result: Dictionary = {};
  for (const row of rows) {
    if (row.kind === "lines" || row.key === undefined) continue;
    if (row.kind === "figure") result[row.key] = figureValue(row, source, decimals);
    else if (row.kind === "group") {
      const own = dictionaryOf(row.rows, source, decimals);
      const shared = result[row.key];
      result[row.key] = typeof shared === "object" ? { ...(shared as Dictionary), ...own } : own;
    } else {
      result[row.key] = row.items(source).map((item) => dictionaryOf(row.rows, item, decimals));
    }
  }
  return result;
}

function figureValue<Source>(row: Figure<Source>, source: Source, decimals: Decimals): number | string {
  const value = row.read(source);
  if (typeof value === "string") return value;
  if (row.decimals === undefined) return Math.round(finite(value));
  const text = finite(value).toFixed(row.decimals);
  return decimals === "as-strings" ? text : Number(text);
}

/** The answer to `list totals`, line by line as upstream has it. */
export function figuresAsText<Source>(rows: readonly Row<Source>[], source: Source): string {
  const output: string[] = [""];
  for (const row of rows) {
    if (row.kind === "list") printTitled(row.rows, row.items(source), output);
    else if (row.kind === "group" && row.title !== undefined) {
      printHead(row, source, output);
      output.push("");
      printRows(row.rows, source, output);
      for (let blank = row.gap ?? 2; blank > 0; blank--) output.push("");
    }
  }
  return `${output.join("\n")}\n`;
}

/** Groups inside a list have a title where `list totals` is to show them. */
function printTitled(rows: readonly Row<never>[], items: readonly never[], output: string[]): void {
  for (const item of items) {
    for (const row of rows) {
      if (row.kind !== "group" || row.title === undefined) continue;
      printHead(row, item, output);
      printRows(row.rows, item, output);
      output.push("");
    }
  }
}

function printHead<Source>({ title }: Group<Source>, source: Source, output: string[]): void {
  output.push(typeof title === "function" ? title(source) : (title ?? ""));
}

function printRows<Source>(rows: readonly Row<Source>[], source: Source, output: string[]): void {
  for (const row of rows) {
    if (row.kind === "lines") output.push(...row.read(source));
    else if (row.kind === "figure" && row.label !== undefined) output.push(figureLine(row, source));
  }
}

const LABEL_COLUMNS = 48;

/** One figure as ` LABEL    :VALUE`. */
export function figureLine<Source>(row: Figure<Source>, source: Source): string {
  const value = row.read(source);
  const text =
    typeof value === "string"
      ? value
      : row.decimals === undefined
        ? String(Math.round(finite(value)))
        : finite(value).toFixed(row.decimals);
  return ` ${(row.label ?? "").padEnd(LABEL_COLUMNS)}:${text}${row.unit === undefined ? "" : ` ${row.unit}`}`;
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
