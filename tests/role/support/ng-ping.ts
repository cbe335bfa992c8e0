import { fileURLToPath } from "node:url";
import { execute } from "./command.ts";
import type { Network, Place } from "./network.ts";

const NG_ASK = fileURLToPath(new URL("../../support/processes/ng-ask.mjs", import.meta.url));

/** Sends an NG ping as a proxy does. @returns the answer, or what was said instead */
export function ngPing(network: Network, from: Place, address: string, port = 2223): Promise<unknown> {
  return ngAsk(network, from, address, { command: "ping" }, port);
}

const SDP = [
  "v=0",
  "o=- 1 1 IN IP4 192.168.64.10",
  "s=-",
  "c=IN IP4 192.168.64.10",
  "t=0 0",
  "m=audio 40000 RTP/AVP 0",
  "",
].join("\r\n");

/** Begins a call as a proxy does. */
export function ngOffer(network: Network, from: Place, address: string): Promise<unknown> {
  return ngAsk(network, from, address, { command: "offer", "call-id": "rig", "from-tag": "a", sdp: SDP });
}

async function ngAsk(
  network: Network,
  from: Place,
  address: string,
  request: object,
  port = 2223,
): Promise<unknown> {
  const ask = [process.execPath, NG_ASK, address, String(port), JSON.stringify(request)];
  const { stdout, stderr } = await execute(network.inNamespace(from, ask));
  try {
    return JSON.parse(stdout);
  } catch {
    return `${stdout}${stderr}`;
  }
}
