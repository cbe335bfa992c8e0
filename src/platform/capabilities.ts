import { readFileSync } from "node:fs";

/** Bit numbers of the capabilities that matter here (`capabilities(7)`). */
const BITS = {
  CAP_NET_ADMIN: 12,
  CAP_NET_RAW: 13,
  CAP_SYS_ADMIN: 21,
  CAP_SYS_NICE: 23,
  CAP_BPF: 39,
} as const;

export type Capability = keyof typeof BITS;

/** What this process is allowed (its effective set). */
export function effectiveCapabilities(): ReadonlySet<Capability> {
  return parseCapabilities(readFileSync("/proc/self/status", "utf8"));
}

/** Reads the effective set out of the text of `/proc/PID/status`. CAP_SYS_ADMIN implies CAP_BPF. */
export function parseCapabilities(status: string): ReadonlySet<Capability> {
  const found = new Set<Capability>();
  const hex = /^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1];
  if (hex === undefined) return found;
  const set = BigInt(`0x${hex}`);
  for (const name of Object.keys(BITS) as Capability[]) {
    if ((set >> BigInt(BITS[name])) & 1n) found.add(name);
  }
  if (found.has("CAP_SYS_ADMIN")) found.add("CAP_BPF");
  return found;
}
