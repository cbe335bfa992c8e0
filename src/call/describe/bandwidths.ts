import type { Bandwidth } from "../../wire/sdp/model.ts";

const ORDER = ["AS", "RR", "RS", "CT", "TIAS"];

/** Bandwidths in the order that upstream prints them; types it does not know come last, as they came. */
export function inPrintOrder(bandwidths: readonly Bandwidth[]): readonly Bandwidth[] {
  if (bandwidths.length < 2) return bandwidths;
  const rank = ({ type }: Bandwidth): number => (ORDER.indexOf(type) + ORDER.length + 1) % (ORDER.length + 1);
  return [...bandwidths].sort((a, b) => rank(a) - rank(b));
}
