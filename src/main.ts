import { ProxyError } from "./base/errors.ts";
import { type Diagnostic, formatDiagnostic, worstLast } from "./config/diagnostic.ts";
import { loadConfig } from "./config/load.ts";
import { missingRequirements } from "./config/requirements.ts";
import { type Printed, printedAction, printedConfigTest } from "./daemon/actions.ts";
import { ListenError, startDaemon } from "./daemon/daemon.ts";
import { createLog } from "./daemon/logging.ts";
import { openDataplane } from "./daemon/media.ts";
import { PidFile } from "./daemon/pid-file.ts";
import { announceReady } from "./daemon/service.ts";
import { logStart } from "./daemon/start-report.ts";
import { VERSION } from "./daemon/version.ts";
import { hostAddresses, readTextFile, resolveHost } from "./diagnose/facts.ts";
import { yieldHelperThreads } from "./platform/scheduling.ts";

function printAndExit({ text, exitCode }: Printed): never {
  process.stdout.write(text);
  process.exit(exitCode);
}

function report(diagnostics: readonly Diagnostic[]): void {
  for (const diagnostic of worstLast(diagnostics)) process.stderr.write(`${formatDiagnostic(diagnostic)}\n`);
}

/** Whoever asks again after that wants an end at once. */
const IMPATIENCE_MS = 1000;

const argv = process.argv.slice(2);
const tested = await printedConfigTest(argv);
if (tested) printAndExit(tested);

const { config, diagnostics } = loadConfig(argv, {
  hostAddresses: hostAddresses(),
  readFile: readTextFile,
  resolveHost,
});
if (!config) {
  report(diagnostics);
  process.exit(1);
}
const printed = printedAction(config.action);
const missing = printed ? [] : missingRequirements(config);
report([...diagnostics, ...missing]);
if (printed) printAndExit(printed);
if (missing.length > 0) process.exit(1);

const log = createLog(config);
yieldHelperThreads();
// Whoever read our log is gone: that is no reason to end calls.
process.stderr.on("error", () => {});
process.on("uncaughtException", (error) => log.error("fault", `A fault of ours: ${error.stack}`));
// Calls outlive a closed terminal, and a `reload` that upstream does not have either.
process.on("SIGHUP", () => log.notice("signal", "SIGHUP is ignored: nothing is read anew while running yet"));
let pidFile: PidFile | undefined;
try {
  if (config.pidFile !== undefined) pidFile = new PidFile(config.pidFile);
  const daemon = await startDaemon(config, await openDataplane(config, log), log);
  try {
    pidFile?.write(process.pid);
  } catch (error) {
    await daemon.close();
    throw error;
  }
  const service = announceReady(daemon.engine, log);
  let stoppedAt = 0;
  const stop = (): void => {
    // A terminal signals every process, and whoever has started us passes it on: that is one wish, not two.
    if (stoppedAt > 0) {
      if (performance.now() - stoppedAt > IMPATIENCE_MS) process.exit(1);
      return;
    }
    stoppedAt = performance.now();
    service.stopping();
    log.notice("stop", "Shutting down");
    void daemon.close().then(() => {
      pidFile?.remove();
      process.exit(0);
    });
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  logStart(daemon, log);
  log.notice("start", `Startup complete, version ${VERSION}`);
} catch (error) {
  pidFile?.remove();
  const isExpected = error instanceof ListenError || error instanceof ProxyError;
  process.stderr.write(`${isExpected ? error.message : (error as Error).stack}\n`);
  process.exit(1);
}
