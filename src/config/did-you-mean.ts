/**
 * The candidate that `word` was probably meant to be.
 *
 * Differences of case and of `-` and `_` count little; a word that is the tail or head of exactly one
 * candidate (`cpu-affinity`) is taken for it.
 *
 * @returns undefined when nothing is near enough to be helpful
 */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = normalise(word);
  if (wanted === "") return undefined;
  let best: { candidate: string; distance: number } | undefined;
  const partial: string[] = [];
  for (const candidate of candidates) {
    const other = normalise(candidate);
    const distance = editDistance(wanted, other);
    if (best === undefined || distance < best.distance) best = { candidate, distance };
    if (wanted.length >= 4 && (other.endsWith(`-${wanted}`) || other.startsWith(`${wanted}-`)))
      partial.push(candidate);
  }
  if (best !== undefined && best.distance <= Math.min(3, Math.floor(wanted.length / 3)))
    return best.candidate;
  return partial.length === 1 ? partial[0] : undefined;
}

function normalise(word: string): string {
  return word.toLowerCase().replaceAll("_", "-").slice(0, 64);
}

/** Fewest insertions, deletions, replacements and swaps of neighbours that make one word the other. */
export function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, beforePrevious[j - 2]! + 1);
      }
      current.push(best);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length]!;
}
