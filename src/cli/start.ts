// Tells scripts/start.mjs what to run: prints "demo" or "engine", or what is wrong.
import { DEMO_USAGE } from "./demo/arguments.ts";
import { startMode } from "./start-mode.ts";

const mode = startMode(process.argv.slice(2));
if (typeof mode === "string") process.stdout.write(mode);
else {
  process.stderr.write(`${mode.reason}\n\n${DEMO_USAGE}`);
  process.exitCode = 1;
}
