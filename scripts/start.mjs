// npm start: all set-up, then the demonstration call; with the engine's own options, the engine alone.
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { projectNode, ROOT, setup } from "./setup.mjs";

const args = process.argv.slice(2);
const program = (name) => join(ROOT, "src", "cli", name);

setup();
const choice = spawnSync(projectNode(), [program("start.ts"), ...args], {
  stdio: ["ignore", "pipe", "inherit"],
  encoding: "utf8",
});
if (choice.status !== 0) process.exit(1);
if (args.includes("--help")) {
  spawnSync(projectNode(), [program("demo.ts"), "--help"], { stdio: "inherit" });
  console.log("The engine's own options:\n");
}
const child =
  choice.stdout === "demo"
    ? spawn(projectNode(), [program("demo.ts"), ...args], { stdio: "inherit" })
    : spawn(join(ROOT, "bin", "rtpengine"), args, { stdio: "inherit" });
// Whoever is told to end passes it on: npm tells us alone, a terminal tells everybody.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
