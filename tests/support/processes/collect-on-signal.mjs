// Loaded into a daemon with --import by tests that weigh its memory: SIGUSR2 collects all garbage.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { isMainThread } from "node:worker_threads";

if (isMainThread) {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  process.on("SIGUSR2", () => {
    collect({ type: "major", flavor: "last-resort" });
    // What finalizers let go of the first time is collected the second.
    setImmediate(() => {
      collect({ type: "major", flavor: "last-resort" });
      process.stderr.write("collected\n");
    });
  });
}
