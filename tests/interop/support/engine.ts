import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import type { Endpoint } from "../../../src/base/endpoint.ts";
import { DaemonProcess } from "../../../src/cli/demo/daemon-process.ts";
import type { NgClient } from "../../../src/client/index.ts";

// As root, in a network of our own: no other engine takes our ports.
export { BACKENDS, IS_ROOT } from "../../netns/relay/support/backends.ts";

/** A daemon of its own process, and a client of it. */
export interface TestEngine {
  readonly ng: Endpoint;
  /** Its `listen-cli`. */
  readonly cli: Endpoint;
  readonly client: NgClient;
  readonly daemon: DaemonProcess;
  close(): Promise<void>;
}

/** Starts the real daemon with control ports on the loopback address. */
export async function startEngine(...args: string[]): Promise<TestEngine> {
  const port = await freePort();
  const ng = { family: 4, address: "127.0.0.1", port } as const;
  const cli = { ...ng, port: await freePort() };
  const listen = [
    `--listen-ng=127.0.0.1:${port}`,
    `--listen-tcp-ng=127.0.0.1:${port}`,
    `--listen-cli=127.0.0.1:${cli.port}`,
  ];
  const daemon = new DaemonProcess(["--config-file=none", "--table=-1", "--log-level=6", ...listen, ...args]);
  try {
    const client = await daemon.ready(ng);
    const close = async (): Promise<void> => {
      await client.close();
      await daemon.stop();
    };
    return { ng, cli, client, daemon, close };
  } catch (error) {
    await daemon.stop();
    throw new Error(daemon.lastLines(20).join("\n"), { cause: error });
  }
}

/** A port of 127.0.0.1 that UDP and TCP have free, below those that the kernel and the engine choose from. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 9000);
    if ((await isFree(createServer().listen(port, "127.0.0.1"))) && (await isFree(bindUdp(port))))
      return port;
  }
}

function bindUdp(port: number): ReturnType<typeof createSocket> {
  return createSocket("udp4").bind({ port, address: "127.0.0.1", exclusive: true });
}

function isFree(socket: ReturnType<typeof createSocket> | ReturnType<typeof createServer>): Promise<boolean> {
  return new Promise((resolve) => {
    socket.once("error", () => resolve(false));
    socket.once("listening", () => socket.close(() => resolve(true)));
  });
}

/** Waits until a condition holds. @returns whether it did in time */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await pause(5);
  }
  return true;
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
