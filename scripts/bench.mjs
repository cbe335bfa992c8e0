// npm run bench -- QUESTION [--json] [--rounds N]: measures us beside Debian's rtpengine-daemon, same run, same cores.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { installPackages, PACKAGES, projectNode, ROOT, setup } from "./setup.mjs";

setup();
installPackages(PACKAGES.bench, "the peer that is measured beside us, and the load rig");
const child = spawn(projectNode(), ["--expose-gc", join(ROOT, "bench", "run.ts"), ...process.argv.slice(2)], {
  stdio: "inherit",
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => process.exit(code ?? 1));
