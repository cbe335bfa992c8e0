/** Label of a metric: a constant, or read from what the figure is read from. */
export type MetricLabels<Source> = Readonly<Record<string, string | ((source: Source) => string)>>;

/** How a figure appears in `/metrics`. */
export interface Metric<Source> {
  /** Without the prefix `rtpengine_`. Figures of one name make one family. */
  readonly name: string;
  readonly type: "counter" | "gauge";
  /** Absent: the figure's label, else what an earlier member of the family says. */
  readonly help?: string;
  readonly labels?: MetricLabels<Source>;
}

/** One number or word: declared once, shown in as many forms as it has names. */
export interface Figure<Source> {
  readonly kind: "figure";
  /** Key in `list jsonstats` and NG `statistics`; absent: not there. */
  readonly key?: string;
  /** Label in `list totals`; absent: not there. */
  readonly label?: string;
  /** What `list totals` prints after the number. */
  readonly unit?: string;
  /** Decimals as printed; absent: an integer or a word. */
  readonly decimals?: number;
  readonly read: (source: Source) => number | string;
  readonly metric?: Metric<Source>;
}

/** Figures under one key, and in `list totals` under one title. */
export interface Group<Source> {
  readonly kind: "group";
  readonly key: string;
  readonly title?: string | ((source: Source) => string);
  /** Blank lines after it in `list totals`; absent: 2. */
  readonly gap?: number;
  readonly rows: readonly Row<Source>[];
}

/** The same figures of each of several things. */
export interface List<Source> {
  readonly kind: "list";
  /** Absent: only metrics are made of it. */
  readonly key?: string;
  readonly items: (source: Source) => readonly never[];
  readonly rows: readonly Row<never>[];
}

/** Lines that only `list totals` has. */
export interface Lines<Source> {
  readonly kind: "lines";
  readonly read: (source: Source) => readonly string[];
}

/** A row of the table of figures. */
export type Row<Source> = Figure<Source> | Group<Source> | List<Source> | Lines<Source>;

/** What a figure may have beside key and reader. */
export type FigureExtra<Source> = Omit<Figure<Source>, "kind" | "key" | "read">;

/** A figure that has a key. */
export function figure<Source>(
  key: string,
  read: (source: Source) => number | string,
  extra: FigureExtra<Source> = {},
): Figure<Source> {
  return { kind: "figure", key, read, ...extra };
}

/** A figure that only metrics have. */
export function metric<Source>(
  declared: Metric<Source>,
  read: (source: Source) => number,
  extra: FigureExtra<Source> = {},
): Figure<Source> {
  return { kind: "figure", read, metric: declared, ...extra };
}

export function group<Source>(
  key: string,
  title: Group<Source>["title"],
  rows: readonly Row<Source>[],
): Group<Source> {
  return { kind: "group", key, ...(title === undefined ? {} : { title }), rows };
}

/** Figures of each item. @param key undefined: only metrics */
export function list<Source, Item>(
  key: string | undefined,
  items: (source: Source) => readonly Item[],
  rows: readonly Row<Item>[],
): List<Source> {
  return {
    kind: "list",
    ...(key === undefined ? {} : { key }),
    items: items as (source: Source) => readonly never[],
    rows,
  };
}

/** Lines that only `list totals` has. */
export function lines<Source>(read: (source: Source) => readonly string[]): Lines<Source> {
  return { kind: "lines", read };
}

/** The name alone: a sample of a family that an earlier figure has described. */
export function counter<Source>(name: string, help?: string, labels?: MetricLabels<Source>): Metric<Source> {
  return declare("counter", name, help, labels);
}

export function gauge<Source>(name: string, help?: string, labels?: MetricLabels<Source>): Metric<Source> {
  return declare("gauge", name, help, labels);
}

function declare<Source>(
  type: "counter" | "gauge",
  name: string,
  help: string | undefined,
  labels: MetricLabels<Source> | undefined,
): Metric<Source> {
  return { name, type, ...(help === undefined ? {} : { help }), ...(labels === undefined ? {} : { labels }) };
}
