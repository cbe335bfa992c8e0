import type { Config } from "../config/config.ts";
import { type Diagnostic, describe, type Severity } from "../config/diagnostic.ts";
import { OPTIONS } from "../config/options.ts";
import { missingRequirements } from "../config/requirements.ts";
import {
  checkCapacity,
  checkFiles,
  checkInterfaces,
  checkMedia,
  checkPortRange,
  checkTimeouts,
  type Rule,
} from "./config-rules.ts";
import { checkFastpath, checkListeners, checkOtherEngines, checkPrivileges } from "./config-rules-host.ts";
import type { HostFacts } from "./facts.ts";

const RULES: readonly Rule[] = [
  checkInterfaces,
  checkListeners,
  checkPortRange,
  checkCapacity,
  checkTimeouts,
  checkMedia,
  checkFiles,
  checkPrivileges,
  checkFastpath,
  checkOtherEngines,
];

const ORDER: readonly Severity[] = ["error", "warning", "notice"];

/** Everything that `--config-test` has found, worst first. */
export interface ConfigReport {
  /** No error: the daemon would start. */
  readonly ok: boolean;
  readonly errors: number;
  readonly warnings: number;
  readonly notices: number;
  /** The file that was read, if any. */
  readonly file?: string;
  readonly findings: readonly Diagnostic[];
}

/** Which daemon is to run with the configuration. */
export type TestedEngine = "ours" | "upstream";

/** What only this engine has or has not. */
const OF_OURS: ReadonlySet<Rule> = new Set([checkPrivileges, checkFastpath]);
const NOT_OURS: ReadonlySet<string> = new Set(
  OPTIONS.filter(({ status }) => status !== "implemented").map(({ name }) => name),
);

/** Judges a configuration that loads against the host it shall run on. Changes nothing. */
export function testConfig(config: Config, facts: HostFacts, engine: TestedEngine = "ours"): ConfigReport {
  const isOurs = engine === "ours";
  const found = RULES.filter((rule) => isOurs || !OF_OURS.has(rule)).flatMap((rule) => rule(config, facts));
  const notices = config.notices.filter(({ key }) => isOurs || key === undefined || !NOT_OURS.has(key));
  return configReport([...notices, ...missingRequirements(config), ...found], config.configFile);
}

/** Sorts and counts findings. Use it alone when loading has failed. */
export function configReport(findings: readonly Diagnostic[], file: string | undefined): ConfigReport {
  const sorted = [...findings].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  const count = (severity: Severity): number => sorted.filter((one) => one.severity === severity).length;
  return {
    ok: count("error") === 0,
    errors: count("error"),
    warnings: count("warning"),
    notices: count("notice"),
    ...(file === undefined ? {} : { file }),
    findings: sorted,
  };
}

/** One line a finding, in columns, and a summary. */
export function formatReport(report: ConfigReport): string {
  const rows = report.findings.map((one) => [
    one.severity,
    one.line === undefined ? one.source : `${one.source}:${one.line}`,
    one.key ?? "",
    describe(one),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((cells) => cells[column]!.length)));
  const lines = rows.map((cells) =>
    cells.map((text, column) => (column < 3 ? text.padEnd(widths[column]!) : text)).join("  "),
  );
  const numbers = [
    plural(report.errors, "error"),
    plural(report.warnings, "warning"),
    plural(report.notices, "notice"),
  ].join(", ");
  const subject = report.file ?? "no file read";
  const verdict = report.ok ? "the daemon can start" : "the daemon would not start";
  return `${[...lines, `${subject}: ${numbers}: ${verdict}`].join("\n")}\n`;
}

/** One JSON object. */
export function formatReportJson(report: ConfigReport): string {
  return `${JSON.stringify(report)}\n`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
