import { type Diagnostic, diagnose } from "./diagnostic.ts";
import { didYouMean } from "./did-you-mean.ts";
import type { Option, OptionValue } from "./option.ts";
import { findOption, findOptionByLetter, OPTIONS } from "./options.ts";
import { readValue } from "./value.ts";

/** An option that was given, with its parsed value and its place. */
export interface Given {
  readonly option: Option;
  readonly value: OptionValue;
  /** `command-line` or the path of the file. */
  readonly source: string;
  /** Line of the file, from 1. */
  readonly line?: number;
}

/** What the command line says. */
export interface CommandLine {
  /** By option name; former names are replaced by the present ones. */
  readonly given: ReadonlyMap<string, Given>;
  readonly diagnostics: readonly Diagnostic[];
}

const SOURCE = "command-line";

/**
 * Parses arguments as GLib's option parser does: `--name=value`, `--name value`, `-x value`, `-xvalue`,
 * flags in one bundle (`-fE`), the last of several scalars, all of several list elements.
 *
 * Beyond it, a flag takes `=true` and `=false`, and `--no-FLAG` undoes it.
 *
 * @param argv without the names of runtime and program
 */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const state = new CommandLineParser(argv);
  return state.parse();
}

class CommandLineParser {
  readonly #argv: readonly string[];
  readonly #given = new Map<string, Given>();
  readonly #diagnostics: Diagnostic[] = [];
  #next = 0;

  constructor(argv: readonly string[]) {
    this.#argv = argv;
  }

  parse(): CommandLine {
    while (this.#next < this.#argv.length) {
      const argument = this.#argv[this.#next++]!;
      if (argument === "--") {
        for (const rest of this.#argv.slice(this.#next)) this.#positional(rest);
        break;
      }
      if (argument.startsWith("--")) this.#long(argument.slice(2));
      else if (argument.startsWith("-") && argument.length > 1) this.#short(argument.slice(1));
      else this.#positional(argument);
    }
    return { given: this.#given, diagnostics: this.#diagnostics };
  }

  #positional(argument: string): void {
    // Upstream passes over such words in silence; whoever wrote one meant something by it.
    this.#warn(undefined, `"${argument}" belongs to no option and is not read: options start with -`);
  }

  #long(argument: string): void {
    const equals = argument.indexOf("=");
    const name = equals < 0 ? argument : argument.slice(0, equals);
    const attached = equals < 0 ? undefined : argument.slice(equals + 1);
    const option = findOption(name);
    if (option === undefined) {
      const negated = name.startsWith("no-") ? findOption(name.slice(3)) : undefined;
      if (negated?.type === "flag" && attached === undefined) this.#store(negated, "false", `--${name}`);
      else this.#unknown(`--${name}`, name);
      return;
    }
    if (option.type === "flag") this.#store(option, attached ?? "true", `--${name}`);
    else this.#withArgument(option, attached, `--${name}`);
  }

  #short(letters: string): void {
    for (let index = 0; index < letters.length; index++) {
      const letter = letters.charAt(index);
      const option = findOptionByLetter(letter);
      if (option === undefined) {
        // A long option with one dash is the usual slip.
        this.#unknown(`-${letter}`, letters.split("=")[0]!);
        return;
      }
      if (option.type !== "flag") {
        const attached = letters.slice(index + 1);
        this.#withArgument(option, attached === "" ? undefined : attached, `-${letter}`);
        return;
      }
      this.#store(option, "true", `-${letter}`);
    }
  }

  #withArgument(option: Option, attached: string | undefined, shown: string): void {
    if (attached === undefined && this.#next >= this.#argv.length) {
      this.#report(option.name, `${shown} needs a value`);
      return;
    }
    this.#store(option, attached ?? this.#argv[this.#next++]!, shown);
  }

  #store(named: Option, text: string, shown: string): void {
    const option = (named.replacedBy === undefined ? undefined : findOption(named.replacedBy)) ?? named;
    if (option.type === "listen" && text.trim() === "") {
      this.#warn(named.name, "is empty and is not read");
      return;
    }
    const result = readValue(option, text, SOURCE);
    if ("reason" in result) {
      this.#diagnostics.push(
        diagnose("error", { source: SOURCE }, named.name, result.reason, result.didYouMean),
      );
      return;
    }
    if (option !== named) {
      const now = `${shown} is a former name`;
      this.#diagnostics.push(diagnose("notice", { source: SOURCE }, named.name, now, option.name));
    }
    this.#given.set(option.name, { option, value: this.#combined(option, result.value), source: SOURCE });
  }

  #combined(option: Option, value: boolean | number | string): OptionValue {
    if (!option.isList) return value;
    const before = this.#given.get(option.name)?.value;
    return [...(Array.isArray(before) ? before : []), String(value)];
  }

  #unknown(shown: string, name: string): void {
    const meant = didYouMean(
      name,
      OPTIONS.map((option) => option.name),
    );
    this.#report(
      undefined,
      `${shown} is no option (--help lists them)`,
      meant === undefined ? undefined : `--${meant}`,
    );
  }

  #warn(key: string | undefined, reason: string): void {
    this.#diagnostics.push(diagnose("warning", { source: SOURCE }, key, reason));
  }

  #report(key: string | undefined, reason: string, meant?: string): void {
    this.#diagnostics.push(diagnose("error", { source: SOURCE }, key, reason, meant));
  }
}
