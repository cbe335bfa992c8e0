// Loaded in front of a daemon that another process of ours has started: ends it when that process is gone,
// however it went. Standard input is a pipe that only the parent's end keeps open.
import { isMainThread } from "node:worker_threads";

if (isMainThread) {
  const end = (): void => void process.kill(process.pid, "SIGTERM");
  process.stdin.once("end", end).once("error", end).resume();
  // Nobody reads the last lines then, which must not stop the daemon from ending in order.
  process.stderr.on("error", () => undefined);
}
