import type { ListenTarget } from "../control/ng/udp-listener.ts";
import type { Log } from "../observe/log.ts";
import { errnoName, SystemError } from "../platform/errors.ts";
import { describePortOwner } from "../platform/port-owner.ts";

/** Something the daemon has opened, to be closed in the reverse order. */
export interface Closable {
  close(): Promise<void>;
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
    const protocol = option === "listen-ng" ? "udp" : "tcp";
    const why =
      code === "EADDRINUSE"
        ? `it is taken by ${describePortOwner(protocol, target)}`
        : String((cause as Error).message);
    super(`Cannot listen on ${where}: ${why}. Choose another with --${option}=ADDRESS:PORT`, { cause });
    this.name = "ListenError";
    this.option = option;
    this.target = target;
    this.systemCode = code;
  }
}

/**
 * Opens the listeners of one option and remembers them in `opened`.
 *
 * An address that only follows from a bare port may be missing on a host without that IP version.
 *
 * @throws ListenError
 */
export async function openListeners<Listener extends Closable>(
  option: string,
  targets: readonly (ListenTarget & { readonly isOptional: boolean })[],
  opener: (target: ListenTarget) => Promise<Listener>,
  opened: Closable[],
  log: Log,
): Promise<Listener[]> {
  const listeners: Listener[] = [];
  for (const target of targets) {
    try {
      const listener = await opener(target);
      listeners.push(listener);
      opened.push(listener);
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
