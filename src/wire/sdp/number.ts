/** The number that a word of decimal digits is; undefined for anything else, and above `max`. */
export function parseDecimal(word: string | undefined, max: number): number | undefined {
  if (word === undefined || word === "" || word.length > 15) return undefined;
  let number = 0;
  for (let index = 0; index < word.length; index++) {
    const digit = word.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number <= max ? number : undefined;
}

/** The words of a value: what is between spaces, which may come in runs. */
export function splitWords(value: string): string[] {
  const words = value.split(" ");
  return words.includes("") ? words.filter((word) => word !== "") : words;
}
