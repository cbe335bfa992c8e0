/** What a value looks like. `listen` is `[HOST:]PORT`, `endpoint` is `HOST:PORT`, `redis` is `[PASSWORD@]HOST:PORT[/DATABASE]`. */
export type OptionType =
  | "flag"
  | "integer"
  | "float"
  | "string"
  | "path"
  | "enum"
  | "listen"
  | "endpoint"
  | "redis"
  | "interface";

/**
 * What becomes of an option here.
 *
 * - `implemented`: does what upstream's manual says.
 * - `mapped`: taken into account, in another way than upstream's; `why` says which.
 * - `not-built`: its feature does not exist yet; accepted with a warning: what was asked for is not done.
 * - `without-effect`: its subject does not exist in this engine; accepted with a notice: nothing is missing.
 */
export type OptionStatus = "implemented" | "mapped" | "not-built" | "without-effect";

/** Unit of a number, as printed. */
export type OptionUnit = "s" | "ms" | "µs" | "kB" | "bytes/s" | "%" | "packets" | "bits" | "bytes";

/** Section of the help text and of the reference page, in this order. */
export const OPTION_GROUPS = [
  "General",
  "Interfaces and ports",
  "Listeners",
  "Timeouts",
  "Limits",
  "Media",
  "SRTP and DTLS",
  "Logging",
  "Threads",
  "Kernel",
  "Redis",
  "Recording",
  "Homer",
  "Graphite and MQTT",
  "DTMF",
  "Silence and DTX",
  "Players and media cache",
  "Transcoding",
  "Call-backs",
  "Former options",
] as const;

/** Name of a group of options. */
export type OptionGroup = (typeof OPTION_GROUPS)[number];

/** A parsed value: what the type says, an array for a list. */
export type OptionValue = boolean | number | string | readonly string[];

/** One start option: everything that the parser, the help, the reference page and the config test know of it. */
export interface Option {
  readonly name: string;
  /** One letter, for `-x`. */
  readonly short?: string;
  readonly group: OptionGroup;
  readonly type: OptionType;
  /** May be given several times; in a file: one line, separated by semicolons. */
  readonly isList: boolean;
  readonly unit?: OptionUnit;
  /** Upstream's default, except where `why` says otherwise. Absent: unset. */
  readonly default?: OptionValue;
  /** Smallest and largest value that is accepted. */
  readonly min?: number;
  readonly max?: number;
  /** The words of an `enum`, as printed; case does not matter when reading. */
  readonly values?: readonly string[];
  /** Other spellings that upstream reads, by the word they stand for. */
  readonly synonyms?: Readonly<Record<string, string>>;
  /** For an integer: not limited to 32 bits. */
  readonly isLong?: boolean;
  /** One sentence: what it does. */
  readonly sentence: string;
  readonly status: OptionStatus;
  /** For every status but `implemented`: what happens instead. */
  readonly why?: string;
  /** Whether it can be changed while the daemon runs. */
  readonly live: boolean;
  /** Its name in `rtpengine-ctl set` and `list`, when it is live. */
  readonly liveName?: string;
  /** Ours, unknown to upstream. */
  readonly isOwn: boolean;
  /** Has no meaning in a file. */
  readonly isCommandLineOnly: boolean;
  /** Former option: the name to use now. Its value is read as that option's. */
  readonly replacedBy?: string;
}

/** What a row of the table may add to name, type and sentence. */
export type OptionExtra = Partial<Omit<Option, "name" | "type" | "group" | "sentence" | "live">>;

/** A row before its group is known. */
export type OptionRow = OptionExtra & Pick<Option, "name" | "type" | "sentence">;

/** A row of the table. */
export function row(name: string, type: OptionType, sentence: string, extra: OptionExtra = {}): OptionRow {
  return { name, type, sentence, ...extra };
}

/** Completes the rows of one group. `common` holds for every row that does not say otherwise. */
export function group(name: OptionGroup, common: OptionExtra, rows: readonly OptionRow[]): readonly Option[] {
  return rows.map((entry) => {
    const merged = { status: "implemented" as const, ...common, ...entry };
    const { why, ...rest } = merged;
    return {
      isList: false,
      isOwn: false,
      isCommandLineOnly: false,
      ...(merged.type === "flag" ? { default: false } : {}),
      ...rest,
      ...(merged.status !== "implemented" && why !== undefined ? { why } : {}),
      group: name,
      live: merged.liveName !== undefined,
    };
  });
}
