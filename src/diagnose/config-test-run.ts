import { parseCommandLine } from "../config/command-line.ts";
import { loadConfig } from "../config/load.ts";
import {
  type ConfigReport,
  configReport,
  formatReport,
  formatReportJson,
  type TestedEngine,
  testConfig,
} from "./config-test.ts";
import { gatherFacts, hostAddresses, readTextFile, resolveHost } from "./facts.ts";

/** What to print and how to exit. */
export interface ConfigTestOutcome {
  readonly report: ConfigReport;
  readonly output: string;
  /** 1 with errors, else 0: warnings do not stop a deployment. */
  readonly exitCode: 0 | 1;
}

/**
 * `rtpengine --config-test`: loads, looks at this host, judges. Binds ports for a moment, starts nothing.
 *
 * @param bpfFolder where the compiled eBPF programs would be
 * @param engine whose configuration it is: upstream's daemon knows more options
 */
export async function runConfigTest(
  argv: readonly string[],
  bpfFolder: string,
  engine: TestedEngine = "ours",
): Promise<ConfigTestOutcome> {
  const { given } = parseCommandLine(argv);
  const result = loadConfig(argv, { readFile: readTextFile, hostAddresses: hostAddresses(), resolveHost });
  const named = given.get("config-file")?.value;
  const report =
    result.config === undefined
      ? configReport(result.diagnostics, typeof named === "string" && named !== "none" ? named : undefined)
      : testConfig(result.config, await gatherFacts(result.config, bpfFolder), engine);
  const output = given.get("json")?.value === true ? formatReportJson(report) : formatReport(report);
  return { report, output, exitCode: report.ok ? 0 : 1 };
}
