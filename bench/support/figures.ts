/** One measured quantity over several rounds. */
export interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Median, least and greatest of some values. */
export function figure(values: readonly number[]): Figure {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median: round(median), min: round(sorted[0]!), max: round(sorted.at(-1)!) };
}

/** The value below which a share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

/** Three significant digits, or whole numbers above 100. */
export function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

/** Named figures of one engine. */
export type Figures = Readonly<Record<string, Figure>>;

/** The values of named quantities, collected round by round. */
export class Samples {
  readonly #values: Map<string, number[]> = new Map();

  add(name: string, value: number): void {
    const values = this.#values.get(name);
    if (values) values.push(value);
    else this.#values.set(name, [value]);
  }

  figures(): Figures {
    return Object.fromEntries([...this.#values].map(([name, values]) => [name, figure(values)]));
  }
}

/** For which figures less is better. */
export type Direction = "more" | "less";

/** Ours over the peer's medians, turned so that above 1 is better for us. */
export function ratios(
  ours: Figures,
  peer: Figures,
  better: Readonly<Record<string, Direction>>,
): Record<string, number> {
  const result: Record<string, number> = {};
  for (const [name, direction] of Object.entries(better)) {
    const a = ours[name];
    const b = peer[name];
    if (!a || !b) continue;
    result[name] = round(direction === "more" ? a.median / b.median : b.median / a.median);
  }
  return result;
}
