import { spawnSync } from "node:child_process";
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
  version: () => {
    const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
    return (JSON.parse(text) as { version: string }).version;
  },
  installedVersion: () => {
    for (const program of ["/opt/rtpengine/current/bin/rtpengine", "/usr/bin/rtpengine"]) {
      // Its own file is not for everybody to read, and not asked about here.
      const words = ["--config-file=none", "--version"];
      const { status, stdout, stderr } = spawnSync(program, words, { encoding: "utf8" });
      if (status === 0) return stdout || stderr;
    }
    return undefined;
  },
  signal: controller.signal,
});
