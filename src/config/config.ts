import type { Given } from "./command-line.ts";
import type { Diagnostic, Origin } from "./diagnostic.ts";
import type { HostPort, ListenAddress } from "./listen-address.ts";
import type { InterfaceAlias, MediaInterface } from "./media-interface.ts";
import type { OptionValue } from "./option.ts";
import { OPTIONS } from "./options.ts";
import { LOG_SUBSYSTEMS, type LogSubsystem } from "./options-runtime.ts";

/** What the process is asked to do. All but `run` print something and exit. */
export type Action = "run" | "config-test" | "help" | "version" | "codecs" | "nftables";

/** How media reach the relay (`--backend`). */
export type Backend = "auto" | "steered" | "sockets";

/** Forwarding in the kernel: what it can carry, that or no start, nothing. */
export type Fastpath = "auto" | "required" | "off";

/** How a party's address is learned; `safe` is ours and the default. */
export type LearningMode = "safe" | "delayed" | "immediate" | "off" | "heuristic";

/** Scheduling policy of worker threads. */
export type SchedulingPolicy = "default" | "none" | "fifo" | "rr" | "other" | "batch" | "idle";

/** A rule for transcoding a pair of codecs, from a section `[PREFIX-NAME]`. */
export interface TranscodeRule {
  readonly name: string;
  /** Codec received and codec sent, as in `rtpmap`: `PCMA`, `opus/48000/2`. */
  readonly source: string;
  readonly destination: string;
  /** Weight against other pairs; 0 is neutral. */
  readonly preference: number;
  /** Engine that is asked to transcode instead. */
  readonly transform?: HostPort;
  readonly localInterface?: string;
  readonly remoteInterface?: string;
  readonly addressFamily?: string;
}

/** Everything that options, file and defaults say. Immutable; plain data apart from the two maps. */
export interface Config {
  readonly action: Action;
  /** Findings go out as JSON (`--config-test --json`). */
  readonly json: boolean;
  /** The file that was read. */
  readonly configFile?: string;
  readonly configSection: string;
  readonly pidFile?: string;
  readonly softwareId?: string;
  readonly backend: Backend;
  readonly fastpath: Fastpath;

  /** In order of preference; the first one's name is the default interface. May be empty. */
  readonly interfaces: readonly MediaInterface[];
  /** Where each of `interfaces` was described, and by which key; same order. */
  readonly interfaceOrigins: readonly (Origin & { readonly key: string })[];
  readonly interfaceAliases: readonly InterfaceAlias[];
  /** Range of interfaces without one of their own, inclusive. */
  readonly portMin: number;
  readonly portMax: number;
  readonly saveInterfacePorts: boolean;

  readonly listenNg: readonly ListenAddress[];
  readonly listenTcpNg: readonly ListenAddress[];
  readonly listenCli: readonly ListenAddress[];
  readonly listenHttp: readonly ListenAddress[];
  readonly listenHttps: readonly ListenAddress[];
  /** 0: Node's default. */
  readonly httpIdleTimeoutSeconds: number;
  /** 0..255; 0: untouched. */
  readonly controlTos: number;

  readonly timeoutSeconds: number;
  readonly silentTimeoutSeconds: number;
  readonly offerTimeoutSeconds: number;
  /** 0: unlimited. */
  readonly finalTimeoutSeconds: number;
  readonly deleteDelaySeconds: number;

  /** -1: unlimited; 0: none. */
  readonly maxSessions: number;
  /** One-minute load average; 0: unlimited. */
  readonly maxLoad: number;
  /** Percent; 0: unlimited. */
  readonly maxCpuPercent: number;
  /** Bytes a second received; 0: unlimited. */
  readonly maxBandwidthBytesPerSecond: number;

  readonly endpointLearning: LearningMode;
  readonly sipSource: boolean;
  /** 0..255; 0: untouched. */
  readonly tos: number;
  readonly rejectInvalidSdp: boolean;

  /** Absent: one a CPU. */
  readonly numThreads?: number;
  /** Absent: unset. */
  readonly scheduling?: SchedulingPolicy;
  readonly priority: number;
  /** CPUs to spread over; 0: off, negative: all. */
  readonly socketCpuAffinity: number;

  /** 0..7, or below 0 for silence. */
  readonly logLevel: number;
  readonly logLevels: Readonly<Record<LogSubsystem, number>>;
  readonly logFormat: "default" | "parsable";
  readonly logTimestamps: boolean;
  readonly logMarkPrefix: string;
  readonly logMarkSuffix: string;

  /** Signalling templates by name; the value is a string of flags. */
  readonly templates: ReadonlyMap<string, string>;
  readonly transcodeRules: readonly TranscodeRule[];

  /** Every option by name, defaults included; what is unset and has no default is absent. */
  readonly options: Readonly<Record<string, OptionValue>>;
  /** What was given, with its place. */
  readonly given: ReadonlyMap<string, Given>;
  /** Warnings and notices met while reading; no errors. */
  readonly notices: readonly Diagnostic[];
}

/** What `load` has found out apart from option values. */
export type ConfigParts = Pick<
  Config,
  | "action"
  | "configFile"
  | "configSection"
  | "interfaces"
  | "interfaceOrigins"
  | "interfaceAliases"
  | "listenNg"
  | "listenTcpNg"
  | "listenCli"
  | "listenHttp"
  | "listenHttps"
  | "templates"
  | "transcodeRules"
  | "given"
  | "notices"
>;

/** The value of every option: what was given, else the default. */
export function optionValues(given: ReadonlyMap<string, Given>): Readonly<Record<string, OptionValue>> {
  const values: Record<string, OptionValue> = {};
  for (const option of OPTIONS) {
    const value = given.get(option.name)?.value ?? option.default ?? (option.isList ? [] : undefined);
    if (value !== undefined) values[option.name] = value;
  }
  return values;
}

/** Assembles the typed configuration from option values and the other parts. */
export function buildConfig(parts: ConfigParts): Config {
  const options = optionValues(parts.given);
  const number = (name: string): number => options[name] as number;
  const flag = (name: string): boolean => options[name] === true;
  const text = (name: string): string | undefined => nonEmpty(options[name]);
  const pidFile = text("pidfile");
  const softwareId = text("software-id")?.replace(/[^A-Za-z0-9-]/g, "-");
  const numThreads = options["num-threads"] as number | undefined;
  const scheduling = text("scheduling") as SchedulingPolicy | undefined;
  return {
    ...parts,
    json: flag("json"),
    ...(pidFile === undefined ? {} : { pidFile }),
    ...(softwareId === undefined ? {} : { softwareId }),
    backend: options.backend as Backend,
    fastpath: fastpathOf(parts.given, options),
    portMin: number("port-min"),
    portMax: number("port-max"),
    saveInterfacePorts: flag("save-interface-ports"),
    httpIdleTimeoutSeconds: number("http-idle-timeout"),
    controlTos: number("control-tos"),
    timeoutSeconds: positive(number("timeout"), 60),
    silentTimeoutSeconds: positive(number("silent-timeout"), 3600),
    offerTimeoutSeconds: positive(number("offer-timeout"), 3600),
    finalTimeoutSeconds: positive(number("final-timeout"), 0),
    deleteDelaySeconds: number("delete-delay"),
    maxSessions: Math.max(-1, number("max-sessions")),
    maxLoad: number("max-load"),
    maxCpuPercent: number("max-cpu"),
    maxBandwidthBytesPerSecond: number("max-bandwidth"),
    endpointLearning: options["endpoint-learning"] as LearningMode,
    sipSource: flag("sip-source"),
    tos: number("tos"),
    rejectInvalidSdp: flag("reject-invalid-sdp"),
    ...(numThreads === undefined || numThreads < 1 ? {} : { numThreads }),
    ...(scheduling === undefined ? {} : { scheduling }),
    priority: number("priority"),
    socketCpuAffinity: number("socket-cpu-affinity"),
    logLevel: number("log-level"),
    logLevels: logLevels(options),
    logFormat: options["log-format"] as "default" | "parsable",
    logTimestamps: !flag("no-log-timestamps"),
    logMarkPrefix: text("log-mark-prefix") ?? "",
    logMarkSuffix: text("log-mark-suffix") ?? "",
    options,
  };
}

function logLevels(options: Readonly<Record<string, OptionValue>>): Readonly<Record<LogSubsystem, number>> {
  const levels = {} as Record<LogSubsystem, number>;
  for (const [name] of LOG_SUBSYSTEMS) {
    const fallback = name === "internals" ? -1 : (options["log-level"] as number);
    levels[name] = ((options[`log-level-${name}`] as number | undefined) ?? 0) || fallback;
  }
  if (options["debug-srtp"] === true) levels.srtp = 7;
  return levels;
}

/** `table` and `no-fallback` are upstream's words for it; ours wins. */
function fastpathOf(
  given: ReadonlyMap<string, unknown>,
  options: Readonly<Record<string, OptionValue>>,
): Fastpath {
  const isOff = given.has("fastpath")
    ? options.fastpath === "off"
    : given.has("table") && Number(options.table) < 0;
  if (isOff) return "off";
  return options.fastpath === "tc" || options["no-fallback"] === true ? "required" : "auto";
}

function positive(value: number, fallback: number): number {
  return value > 0 ? value : fallback;
}

function nonEmpty(value: OptionValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
