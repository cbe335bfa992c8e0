import { execFileSync } from "node:child_process";
import koffi from "koffi";

const CLONE_NEWNET = 0x40000000;

/**
 * Puts this thread, and what it starts from now on, into a network namespace of its own with nothing but a loopback:
 * the tests' ports are then nobody else's. Needs CAP_SYS_ADMIN; without it the host's loopback has to do.
 */
export function enterOwnNetwork(): void {
  const unshare = koffi.load("libc.so.6").func("unshare", "int", ["int"]);
  if (unshare(CLONE_NEWNET) === 0) execFileSync("ip", ["link", "set", "lo", "up"]);
}
