import type { Engine } from "../engine/index.ts";
import type { Log } from "../observe/log.ts";
import { errnoName } from "../platform/errors.ts";
import { ServiceManagerSocket, unixSockaddr } from "../platform/service-manager.ts";

/** How often the service manager is told how many calls there are, where that has changed. */
const STATUS_MILLISECONDS = 5000;

/** A longer time than a timer can be set to would make it fire without a pause. */
const MAX_TIMER_MILLISECONDS = 0x7fffffff;

/** What a service manager hands its service (`sd_notify(3)`, `sd_watchdog_enabled(3)`). */
export interface ServiceEnvironment {
  /** Where it listens; undefined: nowhere. */
  readonly socket: string | undefined;
  /** How often it wants to hear that we live; undefined: never. */
  readonly watchdogMilliseconds: number | undefined;
}

/** Reads the environment of a process. What is meant for another process counts as absent. */
export function readServiceEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  ownPid: number,
): ServiceEnvironment {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: period, WATCHDOG_PID: pid } = environment;
  const micros = Number(period);
  const isMeant = pid === undefined || pid === "" || Number(pid) === ownPid;
  return {
    socket: socket === "" ? undefined : socket,
    // Half the time it would wait, as its manual advises.
    watchdogMilliseconds:
      isMeant && micros >= 2000 ? Math.min(Math.floor(micros / 2000), MAX_TIMER_MILLISECONDS) : undefined,
  };
}

/** What the service manager shows of the daemon. */
export function statusText({ size, isDraining }: Pick<Engine, "size" | "isDraining">): string {
  const calls = size === 1 ? "1 call" : `${size} calls`;
  return isDraining ? `${calls}; draining, new calls are refused` : calls;
}

/** Our side of the conversation with a service manager. */
export interface Service {
  /** Tells that the end has begun, and stops talking. */
  stopping(): void;
}

const NOBODY: Service = { stopping: () => {} };

/**
 * Tells the service manager, where there is one, that calls are served, and from then on how many there are and that
 * we live. None of it is worth ending a call for: what goes wrong is logged once.
 */
export function announceReady(
  engine: Pick<Engine, "size" | "isDraining">,
  log: Log,
  { socket, watchdogMilliseconds }: ServiceEnvironment = readServiceEnvironment(process.env, process.pid),
): Service {
  if (socket === undefined) return NOBODY;
  if (unixSockaddr(socket) === undefined) {
    log.warning("service", "NOTIFY_SOCKET is no Unix socket: the service manager is not told anything", {
      socket,
    });
    return NOBODY;
  }
  const manager = new ServiceManagerSocket(socket);
  let shown = statusText(engine);
  const errno = manager.send(`READY=1\nSTATUS=${shown}`, true);
  if (errno !== 0) {
    log.warning("service", `The service manager cannot be told that we are ready: ${errnoName(errno)}`);
  }
  const status = setInterval(() => {
    const text = statusText(engine);
    if (text !== shown && manager.send(`STATUS=${text}`, false) === 0) shown = text;
  }, STATUS_MILLISECONDS);
  const watchdog =
    watchdogMilliseconds === undefined
      ? undefined
      : setInterval(() => manager.send("WATCHDOG=1", false), watchdogMilliseconds);
  return {
    stopping: () => {
      clearInterval(status);
      clearInterval(watchdog);
      manager.send(`STOPPING=1\nSTATUS=Ending ${statusText(engine)}`, true);
      manager.close();
    },
  };
}
