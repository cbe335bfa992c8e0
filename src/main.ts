import { rmSync, writeFileSync } from "node:fs";
import { ProxyError } from "./base/errors.ts";
import { formatDiagnostic } from "./config/diagnostic.ts";
import { loadConfig } from "./config/load.ts";
import { type Printed, printedAction, printedConfigTest } from "./daemon/actions.ts";
import { ListenError, startDaemon } from "./daemon/daemon.ts";
import { createLog } from "./daemon/logging.ts";
import { openDataplane } from "./daemon/media.ts";
import { announceReady } from "./daemon/service.ts";
import { VERSION } from "./daemon/version.ts";
import { hostAddresses, readTextFile, resolveHost } from "./diagnose/facts.ts";
import { yieldHelperThreads } from "./platform/scheduling.ts";

function printAndExit({ text, exitCode }: Printed): never {
  process.stdout.write(text);
  process.exit(exitCode);
}

const argv = process.argv.slice(2);
const tested = await printedConfigTest(argv);
if (tested) printAndExit(tested);

const { config, diagnostics } = loadConfig(argv, {
  hostAddresses: hostAddresses(),
  readFile: readTextFile,
  resolveHost,
});
for (const diagnostic of diagnostics) process.stderr.write(`${formatDiagnostic(diagnostic)}\n`);
if (!config) process.exit(1);
const printed = printedAction(config.action);
if (printed) printAndExit(printed);

const log = createLog(config);
yieldHelperThreads();
// Whoever read our log is gone: that is no reason to end calls.
process.stderr.on("error", () => {});
process.on("uncaughtException", (error) => log.error("fault", `A fault of ours: ${error.stack}`));
try {
  const daemon = await startDaemon(config, await openDataplane(config, log), log);
  if (config.pidFile) writeFileSync(config.pidFile, `${process.pid}\n`);
  const service = announceReady(daemon.engine, log);
  const stop = (): void => {
    service.stopping();
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
  const isExpected = error instanceof ListenError || error instanceof ProxyError;
  process.stderr.write(`${isExpected ? error.message : (error as Error).stack}\n`);
  process.exit(1);
}
