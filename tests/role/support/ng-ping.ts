import { fileURLToPath } from "node:url";
import { execute } from "./command.ts";
import type { Network, Place } from "./network.ts";

const NG_ASK = fileURLToPath(new URL("../../support/processes/ng-ask.mjs", import.meta.url));

/** Sends an NG ping as a proxy does. @returns the answer, or what was said instead */
export async function ngPing(network: Network, from: Place, address: string, port = 2223): Promise<unknown> {
  const ask = [process.execPath, NG_ASK, address, String(port), '{"command":"ping"}'];
  const { stdout, stderr } = await execute(network.inNamespace(from, ask));
  try {
    return JSON.parse(stdout);
  } catch {
    return `${stdout}${stderr}`;
  }
}
