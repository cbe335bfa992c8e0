// npm start: all set-up, then the demonstration call; with the daemon's own options, the plain daemon.
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { projectNode, ROOT, setup } from "./setup.mjs";

const args = process.argv.slice(2);
const DEMO_OPTIONS = /^--(?:seconds|listen-ng|listen-cli|listen-http)(?:=|$)/;
const isDemo = args.every((arg, at) => DEMO_OPTIONS.test(arg) || (at > 0 && DEMO_OPTIONS.test(args[at - 1])));

setup();
if (args.includes("--help")) {
  spawnSync(projectNode(), [join(ROOT, "src", "cli", "demo.ts"), "--help"], { stdio: "inherit" });
  console.log("The engine's own options:\n");
}
const child = isDemo
  ? spawn(projectNode(), [join(ROOT, "src", "cli", "demo.ts"), ...args], { stdio: "inherit" })
  : spawn(join(ROOT, "bin", "rtpengine"), args, { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
