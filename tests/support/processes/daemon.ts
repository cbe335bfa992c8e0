import { createSocket } from "node:dgram";
import { fileURLToPath } from "node:url";
import { Child, type ChildOptions } from "./child.ts";

const PROGRAM = fileURLToPath(new URL("../../../bin/rtpengine", import.meta.url));

/** A second as a rule; on a machine whose CPUs others keep busy, many. */
const STARTUP_MS = 30_000;

/** A daemon of ours, started as a user starts it. */
export interface RunningDaemon {
  readonly child: Child;
  readonly pid: number;
  stop(): Promise<number | string>;
}

/** Starts `bin/rtpengine` and waits until it serves. */
export async function startDaemon(
  args: readonly string[],
  options: ChildOptions = {},
): Promise<RunningDaemon> {
  const child = new Child(PROGRAM, ["--config-file=none", "--foreground", "--log-stderr", ...args], options);
  try {
    await child.says(/Startup complete/, STARTUP_MS);
  } catch (error) {
    child.signal("SIGKILL");
    throw error;
  }
  return { child, pid: child.pid, stop: () => child.stop() };
}

let addresses = 0;

/** A loopback address that no other test of this machine uses at the same time. */
export function ownLoopback(): string {
  const id = (process.pid * 8 + addresses++) % (254 * 254 * 100);
  return `127.${100 + (Math.floor(id / (254 * 254)) % 100)}.${1 + (Math.floor(id / 254) % 254)}.${1 + (id % 254)}`;
}

/** A UDP port that is free on an address now. */
export async function freePort(address = "127.0.0.1"): Promise<number> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}
