/*
 * What one call may hold. Callers decide how often they signal, and every request looks at all of it; real calls stay
 * far below.
 */

/** Parties at a time: branches of a forked call, above all. */
export const MAX_PARTIES = 256;

/** Parties since the call began: each leaves its number behind. */
export const MAX_PARTIES_EVER = 1024;

/** Media sections of all parties since the call began. */
export const MAX_SECTIONS_EVER = 2048;

/** Ports by remote endpoint that a media section keeps; of a party that moves on and on, those it left first go. */
export const MAX_PORT_MAPS = 8;

/** Earlier tags that still name a party, and other names (`alias-key`) of all; the oldest go. */
export const MAX_ALIASES = 64;

/** Adds to the end of a list that holds so many at most; what is there already moves to the end. */
export function pushBounded<T>(list: T[], item: T, isSame: (known: T) => boolean): void {
  const at = list.findIndex(isSame);
  if (at >= 0) list.splice(at, 1);
  else if (list.length >= MAX_ALIASES) list.shift();
  list.push(item);
}
