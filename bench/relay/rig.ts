import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import type { Address } from "../../src/base/endpoint.ts";
import { undoAtExit } from "../support/cleanup.ts";

/** One side of the cable. */
export interface RigEnd {
  readonly namespace: string;
  readonly interface: string;
  readonly address: Address;
  /** Six bytes. */
  readonly hardware: readonly number[];
}

/** Two network namespaces joined by a cable (a veth pair): the load on one side, the engine on the other. */
export interface Rig {
  readonly load: RigEnd;
  readonly engine: RigEnd;
  /** Ends every process in the namespaces and removes them. Happens at the end of the process anyway. */
  remove(): void;
}

/** The engine has the first CPU to itself; the load and everything else of the measurement share the second. */
export const ENGINE_CPU = 0;
/** Where the load and this program run. */
export const LOAD_CPU = 1;

const SOCKET_BUFFER_BYTES = 32 << 20;
const BUFFER_LIMITS = ["/proc/sys/net/core/rmem_max", "/proc/sys/net/core/wmem_max"];

/**
 * Builds the rig. Needs root.
 *
 * @param receiver on which CPU the kernel takes in what reaches the engine's interface: with the load, as it comes, or with
 *   the engine, so that its work counts as the engine's
 */
export function buildRig(receiver: "load" | "engine" = "load"): Rig {
  const end = (role: string, number: number): RigEnd => ({
    namespace: `rtsb-${process.pid}-${role}`,
    interface: role,
    address: { family: 4, address: `10.9.0.${number}` },
    hardware: [2, 0, 0, 0, 0, number],
  });
  const load = end("load", 1);
  const engine = end("engine", 2);
  const remove = undoAtExit(() => {
    for (const { namespace } of [load, engine]) removeNamespace(namespace);
  });
  raiseBufferLimits();
  ip("netns", "add", load.namespace);
  ip("netns", "add", engine.namespace);
  ip(...`link add ${inside(load)} type veth peer name ${inside(engine)}`.split(" "));
  connect(load, engine);
  connect(engine, load);
  // Lets the load's side take packets in as a network card does, many at a time (NAPI).
  run("ip", "netns", "exec", load.namespace, "ethtool", "-K", load.interface, "gro", "on");
  if (receiver === "engine") {
    const mask = `/sys/class/net/${engine.interface}/queues/rx-0/rps_cpus`;
    run("ip", "netns", "exec", engine.namespace, "sh", "-c", `echo ${1 << ENGINE_CPU} > ${mask}`);
  }
  return { load, engine, remove };
}

const colons = ({ hardware }: RigEnd): string =>
  hardware.map((byte) => byte.toString(16).padStart(2, "0")).join(":");

const inside = (end: RigEnd): string => `${end.interface} address ${colons(end)} netns ${end.namespace}`;

/** Addresses, and a permanent neighbour: no resolution in the middle of a measurement. */
function connect(end: RigEnd, other: RigEnd): void {
  const { namespace, interface: name, address } = end;
  ip("-n", namespace, "address", "add", `${address.address}/24`, "dev", name);
  ip("-n", namespace, "link", "set", "lo", "up");
  ip("-n", namespace, "link", "set", name, "up");
  const neighbour = [other.address.address, "lladdr", colons(other), "dev", name, "nud", "permanent"];
  ip("-n", namespace, "neighbour", "replace", ...neighbour);
}

/** How large a socket buffer a program may ask for; put back at the end. */
function raiseBufferLimits(): void {
  for (const file of BUFFER_LIMITS) {
    const before = readFileSync(file, "utf8");
    if (Number(before) >= SOCKET_BUFFER_BYTES) continue;
    undoAtExit(() => writeFileSync(file, before));
    writeFileSync(file, String(SOCKET_BUFFER_BYTES));
  }
}

function removeNamespace(namespace: string): void {
  if (!existing().includes(namespace)) return;
  for (let attempt = 0; attempt < 20; attempt++) {
    const pids = output("ip", "netns", "pids", namespace).split("\n").filter(Boolean).map(Number);
    if (pids.length === 0) break;
    for (const pid of pids) kill(pid);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
  ip("netns", "delete", namespace);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended between the two looks.
  }
}

const existing = (): string[] =>
  output("ip", "netns", "list")
    .split("\n")
    .map((line) => line.split(" ")[0]!);

const ip = (...args: string[]): void => run("ip", ...args);

function run(command: string, ...args: string[]): void {
  output(command, ...args);
}

function output(command: string, ...args: string[]): string {
  const result = spawnSync(command, args, { encoding: "utf8" });
  if (result.status !== 0) {
    const reason = result.error?.message ?? result.stderr.trim();
    throw new Error(`${command} ${args.join(" ")}: ${reason}`);
  }
  return result.stdout;
}
