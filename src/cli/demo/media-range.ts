import type { PortClaim } from "../../platform/port-claims.ts";
import type { DemoArguments } from "./arguments.ts";

/** Ports for media, inclusive, with the engine that has the usual ones, where one does. */
export interface MediaRange {
  readonly portMin: number;
  readonly portMax: number;
  readonly instead?: PortClaim;
}

const SIZE = 10_000;

/** The engine's own range, then others of its size. */
const RANGES = [30_000, 40_000, 20_000, 50_000, 10_000].map((portMin) => {
  return { portMin, portMax: portMin + SIZE - 1 };
});

/** The range that was asked for, else the first that no other engine of this host has on the loopback address. */
export function chooseMediaRange(
  { portMin, portMax }: Pick<DemoArguments, "portMin" | "portMax">,
  claims: readonly PortClaim[],
): MediaRange {
  if (portMin !== undefined) return { portMin, portMax: portMax ?? Math.min(65_535, portMin + SIZE - 1) };
  if (portMax !== undefined) return { portMin: Math.max(1, portMax - SIZE + 1), portMax };
  const holder = (range: MediaRange): PortClaim | undefined =>
    claims.find(
      (one) => one.address === "127.0.0.1" && one.portMin <= range.portMax && range.portMin <= one.portMax,
    );
  const [usual] = RANGES as [MediaRange];
  const instead = holder(usual);
  const free = RANGES.find((range) => holder(range) === undefined);
  return instead === undefined || free === undefined ? usual : { ...free, instead };
}
