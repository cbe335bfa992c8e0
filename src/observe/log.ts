/** Severity as syslog numbers it (RFC 5424 §6.2.1); upstream's `log-level` uses the same. */
export const Level = {
  Emergency: 0,
  Alert: 1,
  Critical: 2,
  Error: 3,
  Warning: 4,
  Notice: 5,
  Info: 6,
  Debug: 7,
} as const;

export type Level = (typeof Level)[keyof typeof Level];

const NAMES = ["EMERG", "ALERT", "CRIT", "ERR", "WARNING", "NOTICE", "INFO", "DEBUG"] as const;

/** What a line says beside its sentence. Values are printed as they are; keys are constants. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where finished lines go. */
export type Sink = (level: Level, line: string) => void;

/** How lines look. */
export interface LogStyle {
  /** `ID="CALLID"` rather than `[CALLID]`. */
  readonly isParsable: boolean;
  /** Around values that are private. */
  readonly markPrefix: string;
  readonly markSuffix: string;
}

const PLAIN: LogStyle = { isParsable: false, markPrefix: "", markSuffix: "" };

/** Fields that name people or where they are. */
const PRIVATE_FIELDS: ReadonlySet<string> = new Set(["from", "to", "local", "peer", "tag"]);

/** The subsystem of an event, by how its name begins; all others are `core`. */
const SUBSYSTEMS: readonly (readonly [prefix: string, subsystem: string])[] = [
  ["ng-", "control"],
  ["cli", "control"],
  ["request", "control"],
  ["limit", "control"],
  ["http", "http"],
];

function subsystemOf(event: string): string {
  return SUBSYSTEMS.find(([prefix]) => event.startsWith(prefix))?.[1] ?? "core";
}

/** Writes what happened, one line an event, never one a packet. */
export class Log {
  /** Lines above this are not written, where their subsystem has no level of its own. */
  level: Level;
  readonly #sink: Sink;
  readonly #subsystems: Map<string, Level>;
  readonly #style: LogStyle;

  constructor(
    level: Level,
    sink: Sink,
    subsystems: ReadonlyMap<string, Level> = new Map(),
    style: LogStyle = PLAIN,
  ) {
    this.level = level;
    this.#sink = sink;
    this.#subsystems = new Map(subsystems);
    this.#style = style;
  }

  /** Level of a subsystem now. */
  levelOf(subsystem: string): Level {
    return this.#subsystems.get(subsystem) ?? this.level;
  }

  /** Sets the level of a subsystem. */
  setLevel(subsystem: string, level: Level): void {
    this.#subsystems.set(subsystem, level);
  }

  isEnabled(level: Level, subsystem = "core"): boolean {
    return level <= this.levelOf(subsystem);
  }

  error(event: string, message: string, fields?: Fields): void {
    this.write(Level.Error, event, message, fields);
  }

  warning(event: string, message: string, fields?: Fields): void {
    this.write(Level.Warning, event, message, fields);
  }

  notice(event: string, message: string, fields?: Fields): void {
    this.write(Level.Notice, event, message, fields);
  }

  info(event: string, message: string, fields?: Fields): void {
    this.write(Level.Info, event, message, fields);
  }

  debug(event: string, message: string, fields?: Fields): void {
    this.write(Level.Debug, event, message, fields);
  }

  /** @param isForced whatever the level: the call is being debugged */
  write(level: Level, event: string, message: string, fields: Fields = {}, isForced = false): void {
    if (!isForced && !this.isEnabled(level, subsystemOf(event))) return;
    const { callId, ...rest } = fields;
    const details = Object.entries(rest)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => ` ${key}=${this.#show(key, String(value))}`)
      .join("");
    this.#sink(level, `${NAMES[level]}: ${this.#head(callId)}[${event}] ${message}${details}`);
  }

  #head(callId: Fields[string]): string {
    if (callId === undefined) return "";
    const marked = this.#mark(printable(String(callId)));
    return this.#style.isParsable ? `[ID="${marked.replaceAll('"', "\\x22")}"] ` : `[${marked}] `;
  }

  #show(key: string, text: string): string {
    const shown = printable(text);
    return PRIVATE_FIELDS.has(key) ? this.#mark(shown) : shown;
  }

  #mark(text: string): string {
    return this.#style.markPrefix + text + this.#style.markSuffix;
  }
}

const LONGEST_VALUE = 512;

/** Names and tags come from outside: what could break a line or a terminal is escaped. */
export function printable(text: string): string {
  const short = text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 3)}...` : text;
  let clean = "";
  for (const character of short) {
    const code = character.codePointAt(0)!;
    const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0);
    clean += isControl || character === "\\" ? `\\x${code.toString(16).padStart(2, "0")}` : character;
  }
  return clean;
}
