import type { Config } from "../config/config.ts";
import { type Level, Log } from "../observe/log.ts";

/** The log that a configuration asks for. Lines go to standard error, which systemd hands to the journal. */
export function createLog(config: Config): Log {
  const subsystems = new Map(Object.entries(config.logLevels) as [string, Level][]);
  const prefix = config.logTimestamps ? () => `[${(Date.now() / 1000).toFixed(6)}] ` : () => "";
  return new Log(
    config.logLevel as Level,
    (_level, line) => process.stderr.write(`${prefix()}${line}\n`),
    subsystems,
    {
      isParsable: config.logFormat === "parsable",
      markPrefix: config.logMarkPrefix,
      markSuffix: config.logMarkSuffix,
    },
  );
}
