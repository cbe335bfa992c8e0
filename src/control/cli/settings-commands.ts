import { LOG_SUBSYSTEMS } from "../../config/options-runtime.ts";
import type { Level } from "../../observe/log.ts";
import { answer, CLI_ERRORS, type CliAnswer, type CliCommand, type CliContext } from "./command.ts";
import { parseSetting, printSetting, SETTINGS, type Setting } from "./settings.ts";

/** What cannot be raised or lowered below this (upstream: 65536). */
const FEWEST_OPEN_FILES = 65536;

const REDIS = [
  ["redisallowederrors", "redis-allowed-errors", "<int>"],
  ["redisdisabletime", "redis-disable-time", "<uint>"],
  ["redisconnecttimeout", "redis-connect-timeout", "<uint>"],
  ["rediscmdtimeout", "redis-cmd-timeout", "<uint>"],
] as const;

const NO_REDIS = "calls are not stored in Redis";

/** `list` of single values. */
export const VALUE_COMMANDS: readonly CliCommand[] = [
  ...SETTINGS.map(
    (setting): CliCommand => ({
      words: `list ${setting.name}`,
      help: `print ${setting.help}`,
      run: (_rest, context) => showSetting(setting, context),
    }),
  ),
  {
    words: "list maxopenfiles",
    help: "print the number of allowed open files",
    run: (_rest, { openFileLimit }) => {
      const maxopenfiles = openFileLimit();
      return answer(
        [`Maximum open-files configured on rtpengine: ${maxopenfiles}; cat /proc/${process.pid}/limits`],
        { maxopenfiles },
      );
    },
  },
  {
    words: "list loglevels",
    help: "list available log levels",
    run: () =>
      answer(
        LOG_SUBSYSTEMS.map(([name, text]) => `${name} - ${text}`),
        Object.fromEntries(LOG_SUBSYSTEMS),
      ),
  },
  {
    words: "list loglevel",
    params: "[<system>]",
    help: "print all current log levels, or one log level",
    run: listLogLevel,
  },
  ...REDIS.map(
    ([name, option]): CliCommand => ({
      words: `list ${name}`,
      help: `print ${option} parameter`,
      run: (_rest, { config }) => {
        const value = config.options[option] as number;
        return answer([String(value)], { [name]: value });
      },
    }),
  ),
];

/** `set`. */
export const SET_COMMANDS: readonly CliCommand[] = [
  ...SETTINGS.map(
    (setting): CliCommand => ({
      words: `set ${setting.name}`,
      params: setting.params,
      help: `set ${setting.help}`,
      run: (rest, context) => changeSetting(setting, rest, context),
    }),
  ),
  {
    words: "set maxopenfiles",
    params: "<uint>",
    help: "set the max number of allowed open files",
    run: setOpenFiles,
  },
  {
    words: "set loglevel",
    params: "<uint> | <sys> <uint>",
    help: "set one or all log levels to new value (1-7)",
    run: setLogLevel,
  },
  ...[...REDIS, ["redisdisable", "redis-disable", "0 | 1"] as const].map(
    ([name, option, params]): CliCommand => ({
      words: `set ${name}`,
      params,
      help: `set the --${option} parameter`,
      isBuilt: false,
      run: () => {
        throw CLI_ERRORS.notBuilt(NO_REDIS);
      },
    }),
  ),
];

function showSetting(setting: Setting, context: CliContext): CliAnswer {
  const value = setting.read(context);
  return answer([setting.show(printSetting(setting, value))], { [setting.name]: value });
}

function changeSetting(setting: Setting, rest: string, context: CliContext): CliAnswer {
  const value = parseSetting(setting, rest);
  const before = setting.read(context);
  setting.write(context, value);
  const isOff = setting.name === "maxsessions" && value === -1;
  const text = `Success setting ${setting.title} to ${printSetting(setting, value)}`;
  context.log.notice("cli-set", `${setting.option} changed by operator`, { before, now: value });
  return answer([`${text}${isOff ? "; disable feature" : ""}`], { [setting.name]: value, before });
}

function setOpenFiles(rest: string, { openFileLimit }: CliContext): CliAnswer {
  if (rest === "") throw CLI_ERRORS.incomplete();
  if (!/^\d+$/.test(rest)) throw CLI_ERRORS.refused(`Fail setting open_files to ${rest}; no digits found`);
  const wanted = Number(rest);
  if (wanted < FEWEST_OPEN_FILES) {
    throw CLI_ERRORS.refused(`Fail setting open_files to ${wanted}; can't set it under ${FEWEST_OPEN_FILES}`);
  }
  const maxopenfiles = openFileLimit(wanted);
  if (maxopenfiles < wanted) {
    throw CLI_ERRORS.refused(`Fail setting open_files to ${wanted}; the system allows ${maxopenfiles}`);
  }
  return answer([`Success setting open_files to ${wanted}; cat /proc/${process.pid}/limits`], {
    maxopenfiles,
  });
}

const isSubsystem = (name: string): boolean => LOG_SUBSYSTEMS.some(([known]) => known === name);

function assertSubsystem(name: string): void {
  if (isSubsystem(name)) return;
  const names = LOG_SUBSYSTEMS.map(([known]) => known).join(" ");
  throw CLI_ERRORS.refused(`Fail: no log subsystem ${name}; there are: ${names}`);
}

function listLogLevel(rest: string, { log }: CliContext): CliAnswer {
  if (rest === "") {
    const levels = LOG_SUBSYSTEMS.map(([name]) => [name, log.levelOf(name)] as const);
    return answer(
      levels.map(([name, level]) => `${name} = ${level}`),
      Object.fromEntries(levels),
    );
  }
  assertSubsystem(rest);
  return answer([String(log.levelOf(rest))], { [rest]: log.levelOf(rest) });
}

function setLogLevel(rest: string, { log }: CliContext): CliAnswer {
  const words = rest.split(/ +/).filter((word) => word !== "");
  const [subsystem, text] = words.length > 1 ? words : [undefined, words[0]];
  if (text === undefined) throw CLI_ERRORS.incomplete();
  if (subsystem === undefined && isSubsystem(text)) throw CLI_ERRORS.incomplete();
  if (!/^-?\d+$/.test(text) || Number(text) > 7 || Number(text) < -1) {
    throw CLI_ERRORS.refused(`Fail setting loglevel to ${text}; must be between -1 and 7`);
  }
  if (subsystem !== undefined) assertSubsystem(subsystem);
  const level = Number(text) as Level;
  for (const [name] of LOG_SUBSYSTEMS) {
    if (subsystem === undefined || name === subsystem) log.setLevel(name, level);
  }
  if (subsystem === undefined) log.level = level;
  return answer([`Success setting loglevel to ${level}`], { loglevel: level });
}
