import os from "node:os";
import koffi from "koffi";
import { ProxyError } from "../base/errors.ts";

/** Names of error numbers on this system (`errno(3)`). */
const ERRNO_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(os.constants.errno).map(([name, value]) => [value, name]),
);

/** Error numbers that callers branch on; equal on x64 and arm64. */
export const Errno = {
  EPERM: 1,
  EINTR: 4,
  EAGAIN: 11,
  EACCES: 13,
  EEXIST: 17,
  EINVAL: 22,
  EMSGSIZE: 90,
  EPROTONOSUPPORT: 93,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETUNREACH: 101,
  ENOBUFS: 105,
  ECONNREFUSED: 111,
} as const;

/** A system or library call that failed. `errno` is positive, as in `errno(3)`. */
export class SystemError extends ProxyError {
  readonly errno: number;
  /** The name of the foreign function. */
  readonly call: string;

  constructor(call: string, errno: number, detail = "") {
    super("E_SYSTEM", `${call}: ${errnoName(errno)}${detail === "" ? "" : ` (${detail})`}`);
    this.errno = errno;
    this.call = call;
  }
}

/** `EADDRINUSE` and the like; `errno 4711` for a number without a name. */
export function errnoName(errno: number): string {
  return ERRNO_NAMES.get(errno) ?? `errno ${errno}`;
}

/** Error number of this thread's last foreign call. Read it before any other foreign call. */
export function lastErrno(): number {
  return koffi.errno();
}

/**
 * Passes a result through, or throws when it is negative.
 *
 * @throws SystemError
 */
export function checked(call: string, result: number, detail?: string): number {
  if (result < 0) throw new SystemError(call, lastErrno(), detail);
  return result;
}
