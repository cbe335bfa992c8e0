import { describe } from "vitest";

/** Root may open namespaces, capture packets and steer them; who is root skips nothing. */
export const IS_ROOT: boolean = process.getuid?.() === 0;

/** A suite that root alone can run; for others it is skipped, and its name says why. */
export function describeAsRoot(title: string, why: string, suite: () => void): void {
  if (IS_ROOT) describe(title, suite);
  else describe.skip(`${title} (skipped: ${why} needs root)`, suite);
}

/** A suite for either way that media reach the relay. */
export function describeBackends(suite: (backend: "sockets" | "steered") => void): void {
  describe("on sockets", () => suite("sockets"));
  describeAsRoot("steered", "loading eBPF programs", () => suite("steered"));
}
