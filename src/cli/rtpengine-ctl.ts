import { readFileSync } from "node:fs";
import { askDaemon } from "../client/index.ts";
import { runCtl } from "./ctl.ts";

const controller = new AbortController();
process.once("SIGINT", () => controller.abort());
process.once("SIGTERM", () => controller.abort());
// The reader of a pipe may leave early (`rtpengine-ctl … | head`).
process.stdout.on("error", () => process.exit(0));

process.exitCode = await runCtl(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
  ask: askDaemon,
  readFile: (path) => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
  },
  size: () =>
    process.stdout.isTTY ? { columns: process.stdout.columns, rows: process.stdout.rows } : undefined,
  signal: controller.signal,
});
