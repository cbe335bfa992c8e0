/** What a value looks like. */
export type VariableType =
  | "boolean"
  | "integer"
  | "text"
  | "path"
  /** An IP address. */
  | "address"
  /** `ADDRESS` or `ADDRESS!ADVERTISED`, or empty. */
  | "interface"
  /** `ADDRESS:PORT`, IPv6 in brackets. */
  | "endpoint"
  | "host"
  | "choice"
  | "account"
  /** Texts. */
  | "list"
  /** Texts by name. */
  | "dictionary";

/** Where a name and its default come from: the document that asked for the role, the role its author published, or here. */
export type VariableOrigin = "seed" | "published" | "own";

export type VariableValue = boolean | number | string | readonly string[] | Readonly<Record<string, string>>;

/** One variable: all that reading, `vars`, the emitted defaults, argument specification and README know of it. */
export interface Variable {
  readonly name: string;
  readonly group: string;
  readonly type: VariableType;
  /** A value, or a text with Jinja in it. */
  readonly default: VariableValue;
  /** One sentence, without a full stop. */
  readonly sentence: string;
  readonly origin: VariableOrigin;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** Shape of a text, or of each text of a list or dictionary, where the type says less. */
  readonly pattern?: string;
  /** Empty means "none". */
  readonly mayBeEmpty?: boolean;
  /** Never printed. */
  readonly isSecret?: boolean;
}

/** A row before its group is known. */
export type VariableRow = Omit<Variable, "group" | "origin"> & { readonly origin?: VariableOrigin };

/** Completes the rows of a group; what says nothing of its origin is the seed's. */
export function group(name: string, rows: readonly VariableRow[]): readonly Variable[] {
  return rows.map((row) => ({ origin: "seed", ...row, group: name }));
}

// Whether the digits make an address is for those to find out who can do more than compare shapes.
const ADDRESS = "[0-9A-Fa-f.:]+";

/** The shape of a text, for those who can only compare shapes (Ansible's `match`). */
export const TYPE_PATTERNS: Readonly<Partial<Record<VariableType, string>>> = {
  path: "/[A-Za-z0-9_@%+=:,./-]*",
  address: ADDRESS,
  interface: `${ADDRESS}(!${ADDRESS})?`,
  endpoint: "([0-9.]+|\\[[0-9A-Fa-f.:]+]):[0-9]+",
  host: "[A-Za-z0-9:][A-Za-z0-9.:-]*",
  account: "[a-z_][a-z0-9_-]{0,31}",
};

/** The shape that a variable's text, or each of its texts, has to have. */
export function patternOf({ type, pattern }: Variable): string | undefined {
  return pattern ?? TYPE_PATTERNS[type];
}

/** What a type is called in a sentence. */
export const TYPE_NAMES: Readonly<Record<VariableType, string>> = {
  boolean: "true or false",
  integer: "a whole number",
  text: "a text of one line",
  path: "an absolute path of letters, digits and _@%+=:,./-",
  address: "an IP address",
  interface: "an IP address, or ADDRESS!ADVERTISED-ADDRESS",
  endpoint: "ADDRESS:PORT",
  host: "a host name or an IP address",
  choice: "one of a few words",
  account: "a user or group name",
  list: "a list of texts",
  dictionary: "a dictionary of texts",
};
