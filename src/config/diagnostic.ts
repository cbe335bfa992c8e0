/** `error` stops the start, `warning` most likely hurts, `notice` is worth knowing. */
export type Severity = "error" | "warning" | "notice";

/** One finding about the configuration, with the place to correct. */
export interface Diagnostic {
  readonly severity: Severity;
  /** `command-line`, `host`, or the path of the file. */
  readonly source: string;
  /** Line of the file, from 1. */
  readonly line?: number;
  /** The option or key it is about. */
  readonly key?: string;
  /** What is wrong and what to do about it, without a final full stop. */
  readonly reason: string;
  /** The name or value that was probably meant. */
  readonly didYouMean?: string;
}

/** Where a value came from. */
export interface Origin {
  readonly source: string;
  readonly line?: number;
}

/** For a terminal, where the last line is the first to be read: the worst come last. */
export function worstLast(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const order: readonly Severity[] = ["notice", "warning", "error"];
  return [...diagnostics].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}

/** A finding at that place. */
export function diagnose(
  severity: Severity,
  origin: Origin,
  key: string | undefined,
  reason: string,
  didYouMean?: string,
): Diagnostic {
  return {
    severity,
    source: origin.source,
    ...(origin.line === undefined ? {} : { line: origin.line }),
    ...(key === undefined ? {} : { key }),
    reason,
    ...(didYouMean === undefined ? {} : { didYouMean }),
  };
}

/** `SOURCE:LINE: severity: key: reason (did you mean "x"?)`, on one line. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const place = diagnostic.line === undefined ? diagnostic.source : `${diagnostic.source}:${diagnostic.line}`;
  const key = diagnostic.key === undefined ? "" : `${diagnostic.key}: `;
  return `${place}: ${diagnostic.severity}: ${key}${describe(diagnostic)}`;
}

/** The reason with its suggestion. */
export function describe(diagnostic: Diagnostic): string {
  return diagnostic.didYouMean === undefined
    ? diagnostic.reason
    : `${diagnostic.reason}; did you mean "${diagnostic.didYouMean}"?`;
}
