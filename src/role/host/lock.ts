import { type Host, HostError } from "./host.ts";

/** Gone after a boot, and in a folder that only root writes. */
const LOCK = "/run/rtpengine-role.lock";

const HOLD = 'exec 9>>"$1" && flock --nonblock 9 || exit 1; echo held; exec cat >/dev/null';

/**
 * Keeps other runs away from a host while something is done to it. The lock lives as long as the connection: one that
 * breaks off leaves none behind.
 *
 * @throws HostError when another run is at work there
 */
export async function alone<T>(host: Host, work: () => Promise<T>, path: string = LOCK): Promise<T> {
  const release = await host.hold(["sh", "-c", HOLD, "sh", path]);
  if (release === undefined) {
    throw new HostError(`${host.name}: another run of the role is at work here (${path}): wait for its end`);
  }
  try {
    return await work();
  } finally {
    await release();
  }
}
