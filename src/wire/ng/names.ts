/**
 * The one spelling of an NG key, flag or option word: lower case, with hyphens.
 *
 * Clients write `trust address`, `trust-address` and `trust_address` alike, and `SDES-off` next to `sdes-off`.
 */
export function canonicalName(text: string): string {
  return text.toLowerCase().replace(/[ _]/g, "-");
}

/** What kind of word an entry of `NG_KEYS` documents. */
export type NgKeyKind = "command" | "key" | "flag" | "value";

/**
 * What becomes of a documented word here.
 *
 * - `implemented`: does what the NG manual says.
 * - `refused`: the request fails with the reason, where the word would make a difference.
 * - `not-built`: has no effect yet; counted.
 * - `ignored`: has no effect on purpose; counted.
 */
export type NgKeyStatus = "implemented" | "refused" | "not-built" | "ignored";

/** A documented word of the protocol. */
export interface NgKeyEntry {
  readonly kind: NgKeyKind;
  /** As the NG manual spells it, with hyphens; values as `KEY=VALUE`, flags with a parameter as `PREFIX-PARAMETER`. */
  readonly name: string;
  /** The name as `canonicalName` gives it. */
  readonly canonical: string;
  /** Other names of the same thing. Case, spaces and underscores make no difference and are not listed. */
  readonly aliases: readonly string[];
  readonly area: string;
  readonly status: NgKeyStatus;
  readonly note: string;
}

/** Words of one kind, area and status: `NAME|ALIAS… : NOTE`. */
export type NgWordGroup = readonly [
  kind: NgKeyKind,
  area: string,
  status: NgKeyStatus,
  rows: readonly string[],
];
