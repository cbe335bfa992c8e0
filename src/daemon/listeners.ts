import type { ListenTarget } from "../control/ng/udp-listener.ts";
import type { Log } from "../observe/log.ts";
import { errnoName, SystemError } from "../platform/errors.ts";
import { describePortOwner } from "../platform/port-owner.ts";

/** Something the daemon has opened, to be closed in the reverse order. */
export interface Closable {
  close(): Promise<void>;
}

/** Where the daemon takes requests. */
export interface Listening {
  /** The option that asked for it. */
  readonly option: string;
  readonly target: ListenTarget;
}

/** What opening listeners works with: what is open, in order, and where. */
export interface OpeningListeners {
  readonly opened: Closable[];
  readonly listening: Listening[];
  readonly log: Log;
}

/** A port that is somebody's, or one that takes a privilege. */
function explain(code: string | undefined, option: string, target: ListenTarget, cause: unknown): string {
  const protocol = option === "listen-ng" ? "udp" : "tcp";
  if (code === "EADDRINUSE") return `it is taken by ${describePortOwner(protocol, target)}`;
  if (code === "EACCES" && target.port < 1024)
    return "ports below 1024 are for root and for processes with CAP_NET_BIND_SERVICE";
  if (code === "EADDRNOTAVAIL") return "this host has no such address";
  return String((cause as Error).message);
}

function systemCode(cause: unknown): string | undefined {
  return cause instanceof SystemError ? errnoName(cause.errno) : (cause as NodeJS.ErrnoException).code;
}

/** A control address that cannot be had. */
export class ListenError extends Error {
  readonly option: string;
  readonly target: ListenTarget;
  /** The system's code, `EADDRINUSE` above all. */
  readonly systemCode: string | undefined;

  constructor(option: string, target: ListenTarget, cause: unknown) {
    const code = systemCode(cause);
    const where =
      target.family === 6 ? `[${target.address}]:${target.port}` : `${target.address}:${target.port}`;
    const why = explain(code, option, target, cause);
    super(`Cannot listen on ${where}: ${why}. Choose another with --${option}=ADDRESS:PORT`, { cause });
    this.name = "ListenError";
    this.option = option;
    this.target = target;
    this.systemCode = code;
  }
}

/**
 * Opens the listeners of one option and remembers them.
 *
 * An address that only follows from a bare port may be missing on a host without that IP version.
 *
 * @throws ListenError
 */
export async function openListeners<Listener extends Closable>(
  option: string,
  targets: readonly (ListenTarget & { readonly isOptional: boolean })[],
  opener: (target: ListenTarget) => Promise<Listener>,
  { opened, listening, log }: OpeningListeners,
): Promise<Listener[]> {
  const listeners: Listener[] = [];
  for (const target of targets) {
    try {
      const listener = await opener(target);
      listeners.push(listener);
      opened.push(listener);
      listening.push({ option, target });
    } catch (cause) {
      const code = systemCode(cause);
      if (!target.isOptional || (code !== "EADDRNOTAVAIL" && code !== "EAFNOSUPPORT")) {
        throw new ListenError(option, target, cause);
      }
      log.debug("listen", `${option}: no ${target.address} on this host`);
    }
  }
  return listeners;
}
