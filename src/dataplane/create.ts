import { assert } from "../base/errors.ts";
import type { MediaInterface } from "../base/media-interface.ts";
import { KERNEL_REFUSALS } from "../flow/reasons.ts";
import { monotonicNow } from "../platform/clock.ts";
import { raiseOpenFileLimit } from "../platform/limits.ts";
import { BackendUnavailableError } from "./errors.ts";
import { fastpathObstacle, KernelProgram } from "./fastpath/program.ts";
import { Routes } from "./fastpath/routes.ts";
import type { Dataplane, DataplaneEvent } from "./index.ts";
import { PlacedDataplane, type PlacementParts } from "./placed-dataplane.ts";
import type { Backend, BackendAddress } from "./relay/backend.ts";
import { countPorts, distinctAddresses, PortTable } from "./relay/port-table.ts";
import { RelayDataplane } from "./relay/relay-dataplane.ts";
import { SocketsBackend } from "./relay/sockets-backend.ts";
import { MAX_STEERED_WORKERS, SteeredBackend, steeringObstacle } from "./relay/steered-backend.ts";
import { WORKER_PROGRAM, WorkerHandle } from "./relay/worker-handle.ts";

/** How to build a data plane. */
export interface DataplaneOptions {
  readonly interfaces: readonly MediaInterface[];
  /** How many relay worker threads. */
  readonly workers: number;
  /** `auto`: steered where the host lets us, else sockets. Naming one makes its absence an error. */
  readonly backend?: "auto" | "steered" | "sockets";
  /** `auto`: the kernel forwards what it can, where the host lets us; `required`: or there is no data plane. Default: `off`. */
  readonly fastpath?: "auto" | "required" | "off";
  /** The best way to attach to an interface that is to be tried. Default: `tcx`. */
  readonly fastpathHook?: "tcx" | "clsact";
  /** A number from 0 up to but not including 1: where in each port range to begin. */
  readonly random: () => number;
  readonly log?: (level: "info" | "warning" | "error", message: string) => void;
  /** Hears what packets bring about. */
  readonly onEvent?: (event: DataplaneEvent) => void;
  /** SCHED_FIFO priority that the workers ask for; 0: none. Default 40. */
  readonly realtimePriority?: number;
  /** CPU for each worker, by index. Default: any. */
  readonly cpus?: readonly number[];
  /** What worker threads run: a module that calls `runWorker`. Default: the relay's pipeline. */
  readonly workerProgram?: URL;
}

const DEFAULT_REALTIME_PRIORITY = 40;
/** Descriptors that are not media ports. */
const OTHER_DESCRIPTORS = 1024;

/**
 * Builds and starts the data plane; resolves when its workers relay. `close` it.
 *
 * @throws BackendUnavailableError when the backend that was named cannot run here
 */
export async function createDataplane(options: DataplaneOptions): Promise<Dataplane> {
  const { interfaces, workers: workerCount } = options;
  assert(interfaces.length > 0, "a data plane needs an interface");
  assert(workerCount >= 1 && workerCount <= MAX_STEERED_WORKERS, `${workerCount} relay workers`);
  for (const { portMin, portMax } of interfaces) {
    assert(portMin >= 1 && portMin <= portMax && portMax <= 65535, `port range ${portMin}-${portMax}`);
  }
  const log = options.log ?? ((): void => {});
  const addresses = distinctAddresses(interfaces);
  const capacity = countPorts(interfaces, addresses);
  const { backend, reason } = chooseBackend(options.backend ?? "auto", addresses, capacity);
  const ports = new PortTable(interfaces, addresses, backend, options.random);
  const program = options.workerProgram ?? WORKER_PROGRAM;
  const workers = Array.from({ length: workerCount }, (_, index) => new WorkerHandle(index, program, log));
  const kernel = openFastpath(options, addresses, capacity);
  let placed: PlacedDataplane | undefined;
  const onEvent = (event: DataplaneEvent): void => {
    placed?.hear(event);
    options.onEvent?.(event);
  };
  const kernelParts = { kernelStates: kernel.parts?.program.states, kernelObstacle: kernel.reason };
  const parts = { interfaces, addresses, backend, reason, ports, capacity, workers, log, onEvent };
  const relay = new RelayDataplane({ ...parts, ...kernelParts });
  placed = kernel.parts && new PlacedDataplane({ ...kernel.parts, relay, interfaces });
  const dataplane = placed ?? relay;
  try {
    await relay.start(options.realtimePriority ?? DEFAULT_REALTIME_PRIORITY, options.cpus ?? []);
  } catch (error) {
    await dataplane.close();
    throw error;
  }
  return dataplane;
}

/** Loads the kernel's program, or says why not. */
function openFastpath(
  { interfaces, fastpath: wanted = "off", fastpathHook: hook = "tcx" }: DataplaneOptions,
  addresses: readonly BackendAddress[],
  capacity: number,
): { parts?: Omit<PlacementParts, "relay" | "interfaces">; reason: string } {
  if (wanted === "off") return { reason: KERNEL_REFUSALS.off };
  let reason = fastpathObstacle();
  if (reason === "") {
    let routes: Routes | undefined;
    try {
      routes = new Routes();
      const program = new KernelProgram(addresses, capacity, hook, handleOf(interfaces));
      return { parts: { program, routes, hopLimit: HOP_LIMIT, now: monotonicNow }, reason: "" };
    } catch (cause) {
      routes?.close();
      reason = `the program does not load: ${cause instanceof Error ? cause.message : String(cause)}`;
    }
  }
  if (wanted === "required") throw new BackendUnavailableError(reason);
  return { reason };
}

/** FNV-1a of the media ports, which no two engines share. */
function handleOf(interfaces: readonly MediaInterface[]): number {
  const text = interfaces.map(({ bind, portMin, portMax }) => `${bind.address} ${portMin}-${portMax}`).join();
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return hash >>> 0 || 1;
}

/** What a socket's packets start with. */
const HOP_LIMIT = 64;

function chooseBackend(
  wanted: "auto" | "steered" | "sockets",
  addresses: readonly BackendAddress[],
  capacity: number,
): { backend: Backend; reason: string } {
  if (wanted === "sockets")
    return { backend: makeSockets(addresses, capacity), reason: "steering is switched off" };
  const obstacle = steeringObstacle();
  if (obstacle === "") {
    try {
      return { backend: new SteeredBackend(addresses), reason: "" };
    } catch (cause) {
      const reason = `steering does not load: ${cause instanceof Error ? cause.message : String(cause)}`;
      if (wanted === "steered") throw new BackendUnavailableError(reason, { cause });
      return { backend: makeSockets(addresses, capacity), reason };
    }
  }
  if (wanted === "steered") throw new BackendUnavailableError(obstacle);
  return { backend: makeSockets(addresses, capacity), reason: obstacle };
}

function makeSockets(addresses: readonly BackendAddress[], capacity: number): Backend {
  raiseOpenFileLimit(capacity + OTHER_DESCRIPTORS);
  return new SocketsBackend(addresses, capacity);
}
