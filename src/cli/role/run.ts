import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import {
  type ApplyEvent,
  alone,
  type Context,
  ConvergeError,
  changesIn,
  converge,
  dropJournal,
  gatherFacts,
  type Host,
  HostError,
  importConfiguration,
  loadJournal,
  RECIPE,
  type Recap,
  readTemplates,
  readVariables,
  renderFiles,
  undo,
  VARIABLES,
  verifyApplied,
} from "../../role/index.ts";
import type { RoleRequest } from "./arguments.ts";
import { runDoctor } from "./doctor.ts";
import { GivenError } from "./given.ts";
import { Printer } from "./printer.ts";
import { connect, type RoleTarget, targetsOf } from "./targets.ts";
import { verifyHost } from "./verify.ts";

/** Where a command writes to; its output and what people watch meanwhile. */
export interface Output {
  readonly out: (text: string) => void;
  readonly hasColor: boolean;
}

/** Carries a request out on every host it names. @returns the exit status @throws GivenError, HostError */
export async function runRole(request: RoleRequest, output: Output): Promise<number> {
  if (request.command === "vars") return printVariables(request, output);
  if (request.command === "import") return importFile(request, output);
  const results: object[] = [];
  let status = 0;
  for (const { destination, given, access } of targetsOf(request)) {
    const host = await connect(destination, access);
    try {
      const { code, result } = await onHost(host, { destination, given, access }, request, output);
      status = Math.max(status, code);
      results.push({ host: host.name, ...result });
    } finally {
      await host.close();
    }
  }
  if (request.json) output.out(`${JSON.stringify(results, null, 2)}\n`);
  return status;
}

interface HostOutcome {
  readonly code: number;
  readonly result: object;
}

async function onHost(
  host: Host,
  { destination, given, access }: RoleTarget,
  request: RoleRequest,
  output: Output,
): Promise<HostOutcome> {
  if (request.command === "rollback") return alone(host, () => rollback(host, request, output));
  if (request.command === "verify") {
    const remote = destination === undefined ? undefined : host;
    return verifyHost(remote, request, given, output, (proxy) => connect(proxy, access, true));
  }
  const facts = await gatherFacts(host);
  const isUninstall = request.command === "uninstall";
  const { values, problems } = readVariables(
    isUninstall ? { ...given, rtpengine_state: "absent" } : given,
    facts,
  );
  if (problems.length > 0) {
    if (!request.json) for (const { message } of problems) output.out(`${host.name}: ${message}\n`);
    return { code: 1, result: { problems } };
  }
  if (request.command === "doctor") {
    const proxies = request.proxies.map((proxy) => ({
      destination: proxy,
      connect: () => connect(proxy, access, true),
    }));
    const file = request.configFile ?? `${String(values.rtpengine_config_dir)}/rtpengine.conf`;
    return runDoctor(host, file, request, output, proxies);
  }
  if (request.command === "render") return printFiles(request, values, output);
  if (request.isCheck) return apply(host, request, values, output);
  return alone(host, () => apply(host, request, values, output));
}

async function apply(
  host: Host,
  request: RoleRequest,
  variables: Context,
  output: Output,
): Promise<HostOutcome> {
  const { isCheck, keepsFailure, json, isVerbose, showsDiff } = request;
  const templates = readTemplates();
  const events: ApplyEvent[] = [];
  const printer = new Printer({
    isVerbose,
    showsDiff,
    isCheck,
    hasColor: output.hasColor,
    write: output.out,
  });
  const report = (event: ApplyEvent): void => {
    // Files may hold secrets: what they say is shown to who asks.
    if (json) events.push(showsDiff || event.kind !== "changed" ? event : { ...event, diff: undefined });
    else printer.print(event);
  };
  let recap: Recap;
  try {
    recap = await converge({
      recipe: RECIPE,
      variables,
      workplace: { host, templateText: (name) => templates.get(name)! },
      isCheck,
      keepsFailure,
      isRemoval: variables.rtpengine_state === "absent",
      verify: (context) =>
        verifyApplied(host, context, ({ title, outcome, evidence }) => {
          const message = `${title}: ${evidence}`;
          if (outcome === "warn") report({ kind: "warning", message });
          else if (outcome === "ok") report({ kind: "ok", name: `Verified that ${message}` });
          else if (outcome === "skip") report({ kind: "skipped", name: message });
        }),
      now: () => Math.floor(Date.now() / 1000),
      onEvent: report,
    });
  } catch (error) {
    if (!(error instanceof ConvergeError)) throw error;
    ({ recap } = error);
  }
  if (!json) printer.recap(host.name, recap);
  return { code: recap.failed > 0 ? 1 : 0, result: { recap, events } };
}

async function rollback(host: Host, request: RoleRequest, output: Output): Promise<HostOutcome> {
  const journal = await loadJournal(host);
  const problems = await undo(host, journal);
  await dropJournal(host);
  const count = changesIn(journal.steps);
  const at = new Date(journal.startedAt * 1000).toISOString();
  if (!request.json) {
    output.out(`${host.name}: ${count} ${count === 1 ? "change" : "changes"} of ${at} taken back\n`);
    for (const problem of problems) output.out(`${host.name}: not as it was: ${problem}\n`);
  }
  return { code: problems.length > 0 ? 1 : 0, result: { rolledBack: count, at, problems } };
}

/** Prints the files that the role would write, or (`--output`) writes them below a folder. */
function printFiles({ outputFolder, json }: RoleRequest, values: Context, { out }: Output): HostOutcome {
  const files = renderFiles(RECIPE, values, readTemplates());
  for (const [path, text] of files) {
    if (outputFolder !== undefined) {
      const file = join(outputFolder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    } else if (!json) out(`==> ${path} <==\n${text}\n`);
  }
  return { code: 0, result: { files: Object.fromEntries(files) } };
}

/** Prints variables as YAML; what the file says beyond them, as comments. */
function importFile({ file, json }: RoleRequest, { out }: Output): number {
  let text: string;
  try {
    text = readFileSync(file!, "utf8");
  } catch (cause) {
    throw new GivenError(`${file} cannot be read: ${(cause as Error).message}`);
  }
  const imported = importConfiguration(text);
  if (json) out(`${JSON.stringify(imported, null, 2)}\n`);
  else {
    out(`# From ${file}\n${imported.notes.map((note) => `# ${note}\n`).join("")}`);
    out(
      Object.keys(imported.variables).length === 0 ? "{}\n" : stringify(imported.variables, { lineWidth: 0 }),
    );
  }
  return 0;
}

function printVariables({ json }: RoleRequest, { out, hasColor }: Output): number {
  if (json) {
    out(`${JSON.stringify(VARIABLES, null, 2)}\n`);
    return 0;
  }
  const bold = (text: string): string => (hasColor ? `\u001b[1m${text}\u001b[0m` : text);
  let group = "";
  for (const variable of VARIABLES) {
    if (variable.group !== group) {
      group = variable.group;
      out(`\n${bold(group)}\n`);
    }
    const choices = variable.choices ? ` [${variable.choices.join(", ")}]` : "";
    out(`  ${variable.name}: ${JSON.stringify(variable.default)}\n      ${variable.sentence}${choices}\n`);
  }
  return 0;
}

/** Whether an error is one to show as a sentence. */
export function isExpected(error: unknown): error is Error {
  return error instanceof HostError;
}
