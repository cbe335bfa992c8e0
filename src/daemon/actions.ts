import { fileURLToPath } from "node:url";
import { parseCommandLine } from "../config/command-line.ts";
import type { Action } from "../config/config.ts";
import { helpText } from "../config/help.ts";
import { runConfigTest } from "../diagnose/config-test-run.ts";
import { VERSION } from "./version.ts";

/** Where compiled eBPF programs are. */
const BPF_FOLDER = fileURLToPath(new URL("../../bpf", import.meta.url));

/** What the process prints, and how it exits. */
export interface Printed {
  readonly text: string;
  readonly exitCode: number;
}

const TEXTS: Readonly<Record<Exclude<Action, "run" | "config-test">, () => string>> = {
  help: helpText,
  version: () => `Version: ${VERSION}\n`,
  codecs: () => "No codec is transcoded in this version; media of every codec are passed on as they are.\n",
  nftables: () =>
    "There is nothing to manage: forwarding needs no firewall rule here. Open the port range in your firewall.\n",
};

/** What an action other than running prints; undefined: the daemon is to run. */
export function printedAction(action: Action): Printed | undefined {
  if (action === "run" || action === "config-test") return undefined;
  return { text: TEXTS[action](), exitCode: 0 };
}

/** The findings of `--config-test`, where that is asked for; it works where loading fails. */
export async function printedConfigTest(argv: readonly string[]): Promise<Printed | undefined> {
  if (parseCommandLine(argv).given.get("config-test")?.value !== true) return undefined;
  const { output, exitCode } = await runConfigTest(argv, BPF_FOLDER);
  return { text: output, exitCode };
}
