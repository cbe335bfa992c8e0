import type { EngineSettings } from "../../engine/index.ts";
import { CLI_ERRORS, type CliContext, type CliError } from "./command.ts";

/** A number that can be read and changed while the daemon runs. */
export interface Setting {
  /** In `list` and `set`. */
  readonly name: string;
  /** The start option it stands for. */
  readonly option: string;
  readonly params: "<uint>" | "<int>" | "<float>";
  readonly min: number;
  readonly max: number;
  /** Digits after the point. */
  readonly decimals: number;
  readonly help: string;
  readonly read: (context: CliContext) => number;
  readonly write: (context: CliContext, value: number) => void;
  /** The line that `list` prints. */
  readonly show: (text: string) => string;
  /** What `set` calls it. */
  readonly title: string;
}

type NumberKey = {
  [Key in keyof EngineSettings]: EngineSettings[Key] extends number ? Key : never;
}[keyof EngineSettings];

const MAX_INTEGER = 2 ** 31 - 1;

const inEngine = (key: NumberKey): Pick<Setting, "read" | "write"> => ({
  read: ({ engine }) => engine.settings[key],
  write: ({ engine }, value) => {
    engine.settings[key] = value;
    engine.settingsChanged();
  },
});

const plain = (text: string): string => text;

/** A number of seconds. Upstream's answers call each of them `timeout`. */
const timeout = (name: string, option: string, key: NumberKey): Setting => ({
  name,
  option,
  params: "<uint>",
  min: 0,
  max: MAX_INTEGER,
  decimals: 0,
  help: `the --${option} parameter`,
  ...inEngine(key),
  show: (text) => `${option.toUpperCase().replace("-", "_")}=${text}`,
  title: "timeout",
});

/** Everything that `list`, `set` and `params` can do with numbers. */
export const SETTINGS: readonly Setting[] = [
  {
    name: "maxsessions",
    option: "max-sessions",
    params: "<int>",
    min: -1,
    max: MAX_INTEGER,
    decimals: 0,
    help: "the max number of allowed sessions",
    ...inEngine("maxSessions"),
    show: (text) => `Maximum sessions configured on rtpengine: ${text}`,
    title: "maxsessions",
  },
  {
    name: "maxcpu",
    option: "max-cpu",
    params: "<float>",
    min: 0,
    max: 100_000,
    decimals: 1,
    help: "the maximum CPU usage allowed",
    ...inEngine("maxCpuPercent"),
    show: (text) => `Maximum CPU usage configured on rtpengine: ${text}`,
    title: "maxcpu",
  },
  {
    name: "maxload",
    option: "max-load",
    params: "<float>",
    min: 0,
    max: 100_000,
    decimals: 2,
    help: "the maximum load average allowed",
    ...inEngine("maxLoad"),
    show: (text) => `Maximum load average configured on rtpengine: ${text}`,
    title: "maxload",
  },
  {
    name: "maxbw",
    option: "max-bandwidth",
    params: "<uint>",
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    decimals: 0,
    help: "the maximum bandwidth usage allowed, bytes a second",
    ...inEngine("maxBandwidthBytesPerSecond"),
    show: (text) => `Maximum bandwidth configured on rtpengine: ${text}`,
    title: "maxbw",
  },
  timeout("timeout", "timeout", "timeoutSeconds"),
  timeout("silenttimeout", "silent-timeout", "silentTimeoutSeconds"),
  timeout("offertimeout", "offer-timeout", "offerTimeoutSeconds"),
  timeout("finaltimeout", "final-timeout", "finalTimeoutSeconds"),
  {
    name: "controltos",
    option: "control-tos",
    params: "<uint>",
    min: 0,
    max: 255,
    decimals: 0,
    help: "the --control-tos parameter",
    read: (context) => context.controlTos,
    write: (context, value) => {
      context.controlTos = value;
    },
    show: plain,
    title: "control-tos",
  },
  {
    name: "deletedelay",
    option: "delete-delay",
    params: "<uint>",
    min: 0,
    max: MAX_INTEGER,
    decimals: 0,
    help: "the --delete-delay parameter",
    ...inEngine("deleteDelaySeconds"),
    show: plain,
    title: "delete-delay",
  },
];

/** Prints a value with the digits it has. */
export function printSetting(setting: Setting, value: number): string {
  return value.toFixed(setting.decimals);
}

/**
 * Reads a new value.
 *
 * @throws CliError that says what is wrong with it
 */
export function parseSetting(setting: Setting, text: string): number {
  if (text === "") throw CLI_ERRORS.incomplete();
  const isNumber = setting.params === "<float>" ? /^-?\d+(\.\d*)?$/ : /^[+-]?\d+$/;
  if (!isNumber.test(text)) throw refusal(setting, text, "no digits found");
  const value = Number(text);
  if (value >= setting.min && value <= setting.max) return value;
  if (setting.min === -1) throw refusal(setting, text, "either positive or -1 values allowed");
  throw refusal(setting, text, `must be between ${setting.min} and ${setting.max}`);
}

function refusal({ title }: Setting, text: string, why: string): CliError {
  return CLI_ERRORS.refused(`Fail setting ${title} to ${text}; ${why}`);
}
