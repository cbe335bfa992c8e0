import type { Address } from "../base/endpoint.ts";
import {
  type IniEntry,
  type IniFile,
  type IniSection,
  iniSection,
  parseIni,
  splitIniList,
  unescapeIniValue,
} from "../wire/ini.ts";
import { type Given, parseCommandLine } from "./command-line.ts";
import { type Action, buildConfig, type Config, optionValues } from "./config.ts";
import { type Diagnostic, diagnose, type Origin } from "./diagnostic.ts";
import { didYouMean } from "./did-you-mean.ts";
import { InterfaceBuilder } from "./interfaces.ts";
import { type ListenAddress, listenAddresses, type ResolveHost } from "./listen-address.ts";
import type { HostAddress } from "./media-interface.ts";
import type { Option, OptionValue } from "./option.ts";
import { findOption, OPTIONS } from "./options.ts";
import { readTemplates, readTranscodeRules, reportUnreadSections, sectionsWithPrefix } from "./sections.ts";
import { readValue, type ValueResult } from "./value.ts";

/** What loading needs to know of the host. */
export interface LoadEnvironment {
  /** Text of a file; undefined when it does not exist. May throw when it cannot be read. */
  readonly readFile: (path: string) => string | undefined;
  /** For `any` and for names of network interfaces. */
  readonly hostAddresses: readonly HostAddress[];
  /** For host names; absent: no name but `localhost` resolves. */
  readonly resolveHost?: ResolveHost;
}

/** A configuration with what is worth saying about it, or the errors that stand in its way. */
export type LoadResult =
  | { readonly config: Config; readonly diagnostics: readonly Diagnostic[] }
  | { readonly config?: undefined; readonly diagnostics: readonly Diagnostic[] };

const COMMAND_LINE: Origin = { source: "command-line" };

/**
 * Reads command line and file; the command line wins.
 *
 * Malformed values, unknown options on the command line and lines that are nothing of the format are
 * errors. Unknown keys of the file and options whose feature is not built are warnings, options without effect notices.
 *
 * @param argv without the names of runtime and program
 */
export function loadConfig(argv: readonly string[], environment: LoadEnvironment): LoadResult {
  const commandLine = parseCommandLine(argv);
  const action = requestedAction(commandLine.given);
  const isPrintOnly = action === "help" || action === "version" || action === "codecs";
  if (isPrintOnly) return new Loader(environment, action, new Map(), {}).load([]);
  const file = readConfigFile(commandLine.given, environment.readFile);
  return new Loader(environment, action, commandLine.given, file).load(commandLine.diagnostics);
}

function requestedAction(given: ReadonlyMap<string, Given>): Action {
  const isSet = (name: string): boolean => given.get(name)?.value === true;
  for (const action of ["help", "version", "codecs", "config-test"] as const)
    if (isSet(action)) return action;
  return ["nftables-start", "nftables-stop", "nftables-status"].some(isSet) ? "nftables" : "run";
}

interface ConfigFile {
  readonly path?: string;
  readonly ini?: IniFile;
  readonly problem?: Diagnostic;
}

function readConfigFile(
  given: ReadonlyMap<string, Given>,
  readFile: LoadEnvironment["readFile"],
): ConfigFile {
  const explicit = given.get("config-file")?.value as string | undefined;
  const path = explicit ?? (findOption("config-file")!.default as string);
  if (path === "none") return {};
  try {
    const text = readFile(path);
    if (text !== undefined) return { path, ini: parseIni(text) };
  } catch (error) {
    const reason = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { problem: diagnose("error", { source: path }, "config-file", reason) };
  }
  if (explicit === undefined) return {};
  const reason = `${path} does not exist; --config-file=none reads no file`;
  return { problem: diagnose("error", COMMAND_LINE, "config-file", reason) };
}

/** One load: collects values and findings, then builds the configuration. */
class Loader {
  readonly #environment: LoadEnvironment;
  readonly #resolve: ResolveHost;
  readonly #action: Action;
  readonly #file: ConfigFile;
  readonly #given: Map<string, Given>;
  readonly #diagnostics: Diagnostic[] = [];

  constructor(
    environment: LoadEnvironment,
    action: Action,
    given: ReadonlyMap<string, Given>,
    file: ConfigFile,
  ) {
    this.#environment = environment;
    this.#resolve = environment.resolveHost ?? ((): readonly Address[] => []);
    this.#action = action;
    this.#file = file;
    this.#given = new Map(given);
  }

  load(found: readonly Diagnostic[]): LoadResult {
    this.#diagnostics.push(...found);
    if (this.#file.problem !== undefined) this.#diagnostics.push(this.#file.problem);
    const configSection = (this.#given.get("config-section")?.value as string | undefined) ?? "rtpengine";
    this.#readMainSection(configSection);
    const options = optionValues(this.#given);
    const config = this.#build(options, configSection);
    this.#reportUnbuilt();
    const diagnostics = this.#diagnostics;
    if (diagnostics.some((one) => one.severity === "error")) return { diagnostics };
    return { config: { ...config, notices: diagnostics }, diagnostics };
  }

  #build(options: Readonly<Record<string, OptionValue>>, configSection: string): Config {
    const { path, ini } = this.#file;
    const sectioned = ini === undefined || path === undefined ? undefined : { ini, path };
    const text = (name: string): string => (options[name] as string | undefined) ?? "";
    const push = (diagnostic: Diagnostic): void => void this.#diagnostics.push(diagnostic);
    if (sectioned !== undefined) reportUnreadSections(sectioned.ini, sectioned.path, text, push);
    const table = this.#interfaces(options);
    return buildConfig({
      action: this.#action,
      ...(path === undefined ? {} : { configFile: path }),
      configSection,
      interfaces: table.interfaces,
      interfaceOrigins: table.origins,
      interfaceAliases: table.aliases,
      listenNg: this.#listeners("listen-ng"),
      listenTcpNg: this.#listeners("listen-tcp-ng"),
      listenCli: this.#listeners("listen-cli"),
      listenHttp: this.#listeners("listen-http"),
      listenHttps: this.#listeners("listen-https"),
      templates: readTemplates(sectioned, text("templates"), this.#origin("templates"), push),
      transcodeRules: readTranscodeRules(sectioned, text("transcode-config"), push),
      given: this.#given,
      notices: [],
    });
  }

  #origin(name: string): Origin {
    const given = this.#given.get(name);
    if (given === undefined) return COMMAND_LINE;
    return { source: given.source, ...(given.line === undefined ? {} : { line: given.line }) };
  }

  #interfaces(options: Readonly<Record<string, OptionValue>>): ReturnType<InterfaceBuilder["build"]> {
    const portMin = options["port-min"] as number;
    const portMax = options["port-max"] as number;
    if (portMin > portMax) {
      const key = this.#given.has("port-min") ? "port-min" : "port-max";
      this.#report(
        "error",
        this.#origin(key),
        key,
        `the port range is empty: ${portMin} is above ${portMax}`,
      );
    }
    const { hostAddresses } = this.#environment;
    const builder = new InterfaceBuilder({ hostAddresses, resolveHost: this.#resolve, portMin, portMax });
    for (const text of options.interface as readonly string[])
      builder.addText(text, this.#origin("interface"));
    const { path, ini } = this.#file;
    const prefix = options["interfaces-config"] as string | undefined;
    if (prefix && ini !== undefined && path !== undefined) {
      for (const { section, name } of sectionsWithPrefix(ini, prefix))
        builder.addSection(section, name, path);
    }
    const table = builder.build();
    this.#diagnostics.push(...table.diagnostics);
    return table;
  }

  #listeners(name: string): readonly ListenAddress[] {
    const given = this.#given.get(name);
    const listeners: ListenAddress[] = [];
    for (const text of (given?.value as readonly string[] | undefined) ?? []) {
      const found = listenAddresses(text, this.#resolve);
      if ("reason" in found) this.#report("error", this.#origin(name), name, found.reason);
      else listeners.push(...found);
    }
    return listeners;
  }

  #readMainSection(name: string): void {
    const { path, ini } = this.#file;
    if (path === undefined || ini === undefined) return;
    for (const problem of ini.problems) {
      this.#report("error", { source: path, line: problem.line }, undefined, problem.reason);
    }
    const section = iniSection(ini, name);
    if (section === undefined) {
      const names = ini.sections.map((one) => one.name);
      this.#report(
        "error",
        { source: path },
        `[${name}]`,
        "this section is missing in the file",
        didYouMean(name, names),
      );
      return;
    }
    this.#readKeys(section, path);
  }

  #readKeys(section: IniSection, path: string): void {
    const fromFile = new Map<string, Given>();
    for (const entry of section.entries) {
      const origin = { source: path, line: entry.line };
      const option = this.#fileOption(entry, origin);
      if (option === undefined) continue;
      const result = readFileValue(option, entry.value);
      if ("reason" in result) {
        this.#report("error", origin, entry.key, result.reason, result.didYouMean);
        continue;
      }
      const before = fromFile.get(option.name);
      if (before !== undefined) {
        const hint = option.isList ? "; several values stand on one line, separated by semicolons" : "";
        this.#report("warning", origin, entry.key, `replaces the value of line ${before.line}${hint}`);
      }
      fromFile.set(option.name, { option, value: result.value, source: path, line: entry.line });
    }
    for (const [name, given] of fromFile) if (!this.#given.has(name)) this.#given.set(name, given);
  }

  #fileOption(entry: IniEntry, origin: Origin): Option | undefined {
    const option = findOption(entry.key);
    if (option === undefined) {
      const candidates = OPTIONS.filter((one) => !one.isCommandLineOnly).map((one) => one.name);
      const meant = didYouMean(entry.key, candidates);
      this.#report("warning", origin, entry.key, "is no option and is not read", meant);
      return undefined;
    }
    if (option.isCommandLineOnly) {
      this.#report("warning", origin, entry.key, "has no effect in a file: give it on the command line");
      return undefined;
    }
    if (option.replacedBy === undefined) return option;
    this.#report("notice", origin, entry.key, "is a former name", option.replacedBy);
    return findOption(option.replacedBy);
  }

  /** Says what has no effect, except where the value is the default anyway. */
  #reportUnbuilt(): void {
    for (const { option, value } of this.#given.values()) {
      if (option.status !== "not-built" && option.status !== "without-effect") continue;
      if (String(value) === String(option.default ?? (option.isList ? [] : ""))) continue;
      const isMissing = option.status === "not-built";
      const reason = `${isMissing ? "is not built yet" : "has no effect"}: ${option.why}`;
      this.#report(isMissing ? "warning" : "notice", this.#origin(option.name), option.name, reason);
    }
  }

  #report(
    severity: Diagnostic["severity"],
    origin: Origin,
    key: string | undefined,
    reason: string,
    meant?: string,
  ): void {
    this.#diagnostics.push(diagnose(severity, origin, key, reason, meant));
  }
}

function readFileValue(option: Option, raw: string): ValueResult {
  if (!option.isList) {
    const text = unescapeIniValue(raw);
    return "reason" in text ? text : readValue(option, text.value, "file");
  }
  const list = splitIniList(raw);
  if ("reason" in list) return list;
  const values: string[] = [];
  for (const element of list.value) {
    const result = readValue(option, element, "file");
    if ("reason" in result) return result;
    values.push(String(result.value));
  }
  return { value: values };
}
