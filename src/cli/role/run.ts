import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import {
  type ApplyEvent,
  type Context,
  ConvergeError,
  converge,
  dropJournal,
  gatherFacts,
  type Host,
  HostError,
  importConfiguration,
  LocalHost,
  loadJournal,
  RECIPE,
  type Recap,
  readTemplates,
  readVariables,
  render,
  SshHost,
  undo,
  VARIABLES,
  verifyApplied,
  withDerived,
} from "../../role/index.ts";
import type { RoleRequest } from "./arguments.ts";
import { runDoctor } from "./doctor.ts";
import { GivenError, readGiven } from "./given.ts";
import { readInventory } from "./inventory.ts";
import { Printer } from "./printer.ts";
import { verifyHost } from "./verify.ts";

/** Where `npm run build:deb` puts the packages. */
const DEB_FOLDER = fileURLToPath(new URL("../../../dist", import.meta.url));

/** Where a command writes to; its output and what people watch meanwhile. */
export interface Output {
  readonly out: (text: string) => void;
  readonly progress: (text: string) => void;
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
      const { code, result } = await onHost(host, access, given, output);
      status = Math.max(status, code);
      results.push({ host: host.name, ...result });
    } finally {
      await host.close();
    }
  }
  if (request.json) output.out(`${JSON.stringify(results, null, 2)}\n`);
  return status;
}

/** A host with its variables, and how it is reached. */
interface RoleTarget {
  /** Undefined: this host. */
  readonly destination: string | undefined;
  readonly given: Context;
  readonly access: RoleRequest;
}

/** What an inventory says of a host gives way to files and the command line, as Ansible's `-e` does. */
function targetsOf(request: RoleRequest): RoleTarget[] {
  const own = readGiven(request.variableFiles, request.assignments);
  const withDefaults = (variables: Context): Context => ({
    rtpengine_deb_dir: DEB_FOLDER,
    ...variables,
    ...own,
  });
  if (request.inventory === undefined) {
    const hosts = request.hosts.length === 0 ? [undefined] : request.hosts;
    return hosts.map((destination) => ({ destination, given: withDefaults({}), access: request }));
  }
  const hosts = readInventory(request.inventory);
  const names = hosts.map(({ name }) => name);
  const unknown = request.hosts.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new GivenError(`${request.inventory} has no host ${unknown}; it has ${names.join(", ") || "none"}`);
  }
  const chosen = hosts.filter(({ name }) => request.hosts.length === 0 || request.hosts.includes(name));
  return chosen.map(({ name, variables }) => ({
    destination:
      variables.ansible_connection === "local" ? undefined : String(variables.ansible_host ?? name),
    given: withDefaults(variables),
    access: { ...request, hosts: [name], ...accessOf(variables, request) },
  }));
}

/** How an inventory says a host is reached, where the command line does not. */
function accessOf(variables: Context, request: RoleRequest): Partial<RoleRequest> {
  const words = String(variables.ansible_ssh_common_args ?? "").match(/(?<=-o\s*)[^\s]+=[^\s]+/g) ?? [];
  const user = request.user ?? variables.ansible_user;
  const port = request.port ?? variables.ansible_port;
  const keyFile = request.keyFile ?? variables.ansible_ssh_private_key_file;
  return {
    user: user === undefined ? undefined : String(user),
    port: port === undefined ? undefined : Number(port),
    keyFile: keyFile === undefined ? undefined : String(keyFile),
    sshOptions: [...words, ...request.sshOptions],
  };
}

function connect(
  destination: string | undefined,
  request: RoleRequest,
  isUnprivileged = false,
): Promise<Host> {
  if (destination === undefined) return Promise.resolve(new LocalHost(process.getuid?.() === 0));
  const { user, port, keyFile, sshOptions } = request;
  return SshHost.connect({
    destination,
    isUnprivileged,
    user,
    port,
    keyFile,
    options: sshOptions.flatMap((text) => ["-o", text]),
  });
}

interface HostOutcome {
  readonly code: number;
  readonly result: object;
}

async function onHost(
  host: Host,
  request: RoleRequest,
  given: Context,
  output: Output,
): Promise<HostOutcome> {
  if (request.command === "rollback") return rollback(host, request, output);
  if (request.command === "verify") {
    const remote = request.hosts.length === 0 ? undefined : host;
    return verifyHost(remote, request, given, output, (destination) => connect(destination, request, true));
  }
  const facts = await gatherFacts(host);
  const { values, problems } = readVariables(given, facts);
  if (problems.length > 0) {
    if (!request.json) for (const { message } of problems) output.out(`${host.name}: ${message}\n`);
    return { code: 1, result: { problems } };
  }
  if (request.command === "doctor") {
    return runDoctor(host, `${String(values.rtpengine_config_dir)}/rtpengine.conf`, request, output);
  }
  if (request.command === "render") return renderFiles(request, values, output);
  return apply(host, request, values, output);
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
    if (json) events.push(event);
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
  await undo(host, journal);
  await dropJournal(host);
  const count = journal.steps.length;
  const at = new Date(journal.startedAt * 1000).toISOString();
  if (!request.json)
    output.out(`${host.name}: ${count} ${count === 1 ? "change" : "changes"} of ${at} taken back\n`);
  return { code: 0, result: { rolledBack: count, at } };
}

/** Every file of the role that a template makes for these variables. */
function renderFiles(request: RoleRequest, values: Context, output: Output): HostOutcome {
  const context = withDerived(
    // Numbers that only the host knows.
    { ...values, __rtpengine_uid: { stdout: "UID" }, __rtpengine_gid: { stdout: "GID" } },
    RECIPE.derived,
  );
  const files: Record<string, string> = {};
  for (const [name, text] of readTemplates()) files[name.replace(/\.j2$/, "")] = render(text, context);
  const { outputFolder, json } = request;
  if (outputFolder !== undefined) {
    mkdirSync(outputFolder, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(outputFolder, name), text);
  } else if (!json) {
    for (const [name, text] of Object.entries(files)) output.out(`==> ${name} <==\n${text}\n`);
  }
  return { code: 0, result: { files } };
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
