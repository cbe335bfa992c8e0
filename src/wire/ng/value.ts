/**
 * What an NG message is made of: the common subset of bencode and JSON.
 *
 * Strings are byte strings: each character is one byte (0..255). Dictionaries are plain objects without a
 * prototype, in the order the keys came.
 */
export type NgValue = string | number | NgValue[] | NgDictionary;

/** A dictionary of an NG message; without a prototype when it came from the network. */
export interface NgDictionary {
  [key: string]: NgValue;
}

/** Whether the value is a dictionary. */
export function isDictionary(value: NgValue | undefined): value is NgDictionary {
  return typeof value === "object" && !Array.isArray(value);
}
