import type { Endpoint } from "../../base/endpoint.ts";
import { askDaemon } from "../../client/index.ts";

/** What relays the media, in the engine's words. */
export interface Carrier {
  readonly name: string;
  /** Why no better one does; empty when the best does. */
  readonly reason: string;
}

const TIMEOUT_MS = 2000;

/** Asks the engine, at its command port, how it relays what the kernel does not; that does not change while it runs. */
export async function askCarrier({ address, port }: Endpoint): Promise<Carrier> {
  const daemon = { host: address, port };
  try {
    const relay = readCarrier(await askDaemon(daemon, "json list interfaces", TIMEOUT_MS));
    const why = readObstacle(await askDaemon(daemon, "json fastpath status", TIMEOUT_MS));
    return { name: relay.name, reason: [why, relay.reason].filter((text) => text !== "").join("; ") };
  } catch (error) {
    return { name: "unknown", reason: (error as Error).message };
  }
}

/** Reads the answer to `json list interfaces`. */
export function readCarrier(answer: string): Carrier {
  try {
    const [first] = JSON.parse(answer) as { backend?: unknown; reason?: unknown }[];
    if (typeof first?.backend === "string")
      return { name: first.backend, reason: String(first.reason ?? "") };
  } catch {
    // Not what was asked for, which the answer below says.
  }
  return { name: "unknown", reason: "the engine does not tell" };
}

/** Reads the answer to `json fastpath status`: why the kernel forwards nothing; empty when it may. */
export function readObstacle(answer: string): string {
  try {
    const { reason } = JSON.parse(answer) as { reason?: unknown };
    return typeof reason === "string" ? reason : "";
  } catch {
    return "";
  }
}
