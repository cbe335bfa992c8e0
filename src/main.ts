import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { formatDiagnostic } from "./config/diagnostic.ts";
import { helpText } from "./config/help.ts";
import { loadConfig } from "./config/load.ts";
import { ListenError, startDaemon } from "./daemon/daemon.ts";
import { createLog } from "./daemon/logging.ts";
import { openDataplane } from "./daemon/media.ts";
import { VERSION } from "./daemon/version.ts";
import { hostAddresses } from "./platform/host.ts";

const { config, diagnostics } = loadConfig(process.argv.slice(2), {
  hostAddresses: hostAddresses(),
  readFile: (path) => {
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  },
});
for (const diagnostic of diagnostics) process.stderr.write(`${formatDiagnostic(diagnostic)}\n`);
if (!config) process.exit(1);
if (config.action === "help" || config.action === "version") {
  process.stdout.write(config.action === "help" ? helpText() : `Version: ${VERSION}\n`);
  process.exit(0);
}

const log = createLog(config);
try {
  const daemon = await startDaemon(config, await openDataplane(config, log), log);
  if (config.pidFile) writeFileSync(config.pidFile, `${process.pid}\n`);
  const stop = (): void => {
    log.notice("stop", "Shutting down");
    void daemon.close().then(() => {
      if (config.pidFile) rmSync(config.pidFile, { force: true });
      process.exit(0);
    });
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  log.notice("start", `Startup complete, version ${VERSION}`);
} catch (error) {
  process.stderr.write(`${error instanceof ListenError ? error.message : (error as Error).stack}\n`);
  process.exit(1);
}
