import { fileURLToPath } from "node:url";
import type { NgDictionary } from "../../../src/wire/ng/value.ts";
import { ADDRESSES, type Network } from "../../role/support/network.ts";
import { Child } from "../../support/processes/child.ts";
import type { CallOrder, CallOutcome } from "./two-way-call.ts";

const PROGRAM = fileURLToPath(new URL("./two-way-call.ts", import.meta.url));

/** Two phones on the proxy's machine talk through the media host. */
export interface RunningCall {
  readonly outcome: Promise<CallOutcome>;
}

/** Sets a call up. @returns when both phones talk */
export async function startCall(
  network: Network,
  seconds: number,
  more: NgDictionary = {},
): Promise<RunningCall> {
  const order: CallOrder = { server: ADDRESSES["media-1"], local: ADDRESSES["sip-1"], seconds, more };
  const node = [process.execPath, PROGRAM, JSON.stringify(order)];
  const [command, ...args] = network.inNamespace("sip-1", node);
  const child = new Child(command!, args);
  await child.says(/^talking$/m, 60_000);
  return { outcome: outcomeOf(child, seconds) };
}

async function outcomeOf(child: Child, seconds: number): Promise<CallOutcome> {
  const status = await child.end(seconds * 1000 + 60_000);
  const [line] = /^\{.*\}$/m.exec(child.output) ?? [];
  if (status === 0 && line !== undefined) return JSON.parse(line);
  throw new Error(`The call ended with ${status}:\n${child.output}`);
}
