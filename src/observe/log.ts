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

/** Writes what happened, one line an event, never one a packet. */
export class Log {
  /** Lines above this are not written. */
  level: Level;
  readonly #sink: Sink;
  readonly #subsystems: ReadonlyMap<string, Level>;

  constructor(level: Level, sink: Sink, subsystems: ReadonlyMap<string, Level> = new Map()) {
    this.level = level;
    this.#sink = sink;
    this.#subsystems = subsystems;
  }

  isEnabled(level: Level, subsystem?: string): boolean {
    return level <= ((subsystem !== undefined ? this.#subsystems.get(subsystem) : undefined) ?? this.level);
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

  write(level: Level, event: string, message: string, fields: Fields = {}): void {
    if (!this.isEnabled(level)) return;
    const { callId, ...rest } = fields;
    const details = Object.entries(rest)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => ` ${key}=${printable(String(value))}`)
      .join("");
    const call = callId === undefined ? "" : `[${printable(String(callId))}] `;
    this.#sink(level, `${NAMES[level]}: ${call}[${event}] ${message}${details}`);
  }
}

const LONGEST_VALUE = 512;

/** Names and tags come from outside: what could break a line or a terminal is escaped. */
function printable(text: string): string {
  const short = text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 3)}...` : text;
  let clean = "";
  for (const character of short) {
    const code = character.codePointAt(0)!;
    const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0);
    clean += isControl || character === "\\" ? `\\x${code.toString(16).padStart(2, "0")}` : character;
  }
  return clean;
}
