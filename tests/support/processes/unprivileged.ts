import { spawnSync } from "node:child_process";

/**
 * What goes in front of a command so that it runs without any privilege: as nobody where that user may read a file
 * of this project, else without capabilities.
 */
export function unprivileged(file: string): string[] {
  const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  const mayRead = spawnSync(nobody[0]!, [...nobody.slice(1), "test", "-r", file]).status === 0;
  return mayRead ? nobody : ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
}
