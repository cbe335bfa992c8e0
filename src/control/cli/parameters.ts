import type { OptionValue } from "../../config/option.ts";
import { LOG_SUBSYSTEMS } from "../../config/options-runtime.ts";
import type { Level } from "../../observe/log.ts";
import { answer, type CliAnswer, type CliCommand, type CliContext } from "./command.ts";
import { printSetting, SETTINGS } from "./settings.ts";

/** `params`: the configuration as it was at the start and as it is now. */
export const PARAMETER_COMMANDS: readonly CliCommand[] = [
  {
    words: "params start",
    help: "print initial startup configuration values",
    run: (_rest, context) => listParameters(startParameters(context)),
  },
  {
    words: "params current",
    help: "print current configuration values",
    run: (_rest, context) => listParameters(currentParameters(context)),
  },
  {
    words: "params diff",
    help: "print difference between current and initial config",
    run: (_rest, context) => {
      const changes = differences(context);
      return answer(
        changes.map(({ name, start, current }) => `${name}: ${start} => ${current}`),
        changes.map((change) => ({ ...change })),
      );
    },
  },
  {
    words: "params revert",
    help: "revert config options to startup values",
    run: (_rest, context) => revert(context),
  },
];

/** Values that nobody should see. */
const SECRET = /(?:^|-)(?:pass(?:word)?|pw|secret)$|^redis(?:-write|-subscribe)?$/;

type Parameters = ReadonlyMap<string, string>;

function listParameters(parameters: Parameters): CliAnswer {
  return answer(
    [...parameters].map(([name, value]) => `${name} = ${value}`),
    Object.fromEntries(parameters),
  );
}

function startParameters({ config }: CliContext): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [name] of LOG_SUBSYSTEMS) parameters.set(`log-level-${name}`, String(config.logLevels[name]));
  for (const [name, value] of Object.entries(config.options)) {
    if (parameters.has(name) || name === "interface") continue;
    parameters.set(name, SECRET.test(name) && value !== "" ? "***" : printValue(value));
  }
  config.interfaces.forEach(({ name, bind }, index) => {
    parameters.set(`interface[${index}]`, `${name}\\${bind.address}`);
  });
  return parameters;
}

function printValue(value: OptionValue): string {
  if (typeof value === "boolean") return value ? "1" : "0";
  return typeof value === "object" ? value.join(";") : String(value);
}

function currentParameters(context: CliContext): Map<string, string> {
  const parameters = startParameters(context);
  for (const [name] of LOG_SUBSYSTEMS) parameters.set(`log-level-${name}`, String(context.log.levelOf(name)));
  for (const setting of SETTINGS) {
    parameters.set(setting.option, printSetting(setting, setting.read(context)));
  }
  return parameters;
}

interface Change {
  readonly name: string;
  readonly start: number;
  readonly current: number;
  readonly revert: () => void;
}

function changes(context: CliContext): Change[] {
  const { config, log } = context;
  const levels = LOG_SUBSYSTEMS.map(([name]) => ({
    name: `log-level-${name}`,
    start: config.logLevels[name],
    current: log.levelOf(name) as number,
    revert: () => log.setLevel(name, config.logLevels[name] as Level),
  }));
  const settings = SETTINGS.map((setting) => {
    const start = startValue(setting.option, context);
    return {
      name: setting.option,
      start,
      current: setting.read(context),
      revert: () => setting.write(context, start),
    };
  });
  return [...levels, ...settings].filter(({ start, current }) => start !== current);
}

/** Some options mean their default when they are 0; the configuration has settled that. */
function startValue(option: string, { config }: CliContext): number {
  switch (option) {
    case "timeout":
      return config.timeoutSeconds;
    case "silent-timeout":
      return config.silentTimeoutSeconds;
    case "offer-timeout":
      return config.offerTimeoutSeconds;
    case "final-timeout":
      return config.finalTimeoutSeconds;
    case "max-sessions":
      return config.maxSessions;
    default:
      return config.options[option] as number;
  }
}

function differences(context: CliContext): { name: string; start: number; current: number }[] {
  return changes(context).map(({ name, start, current }) => ({ name, start, current }));
}

function revert(context: CliContext): CliAnswer {
  const all = changes(context);
  for (const change of all) change.revert();
  context.log.level = context.config.logLevel as Level;
  const names = all.map(({ name }) => name);
  return answer(
    names.map((name) => `Success reverting ${name}`),
    { reverted: names },
  );
}
