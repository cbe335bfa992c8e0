import type { MediaInterface } from "../../../../src/config/media-interface.ts";
import type { Dataplane } from "../../../../src/dataplane/index.ts";
import { createDataplane, type DataplaneOptions } from "../../../../src/dataplane/index.ts";
import { enterOwnNetwork } from "./own-network.ts";

export type BackendName = "steered" | "sockets";

/** Steering needs root; who is root and cannot steer has a fault to mend, not a test to skip. */
export const IS_ROOT: boolean = process.getuid?.() === 0;

if (IS_ROOT) enterOwnNetwork();

/** Both backends, the one that needs root marked. */
export const BACKENDS: readonly { name: BackendName; needsRoot: boolean }[] = [
  { name: "sockets", needsRoot: false },
  { name: "steered", needsRoot: true },
];

export function open(
  backend: BackendName,
  interfaces: readonly MediaInterface[],
  changes: Partial<DataplaneOptions> = {},
): Promise<Dataplane> {
  return createDataplane({ interfaces, workers: 1, backend, random: () => 0, ...changes });
}
