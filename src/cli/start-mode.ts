import { didYouMean } from "../config/did-you-mean.ts";
import type { Option } from "../config/option.ts";
import { findOption, findOptionByLetter, OPTIONS } from "../config/options.ts";
import { DEMO_OPTIONS } from "./demo/arguments.ts";

/** What `npm start` is to run with these arguments, or what is wrong with them. */
export type StartMode = "demo" | "engine" | { readonly reason: string };

/**
 * The demonstration, with no option or none but its own; with any other, the engine alone. What is neither is a
 * mistake that must not start an engine on somebody's configuration.
 */
export function startMode(argv: readonly string[]): StartMode {
  let engineOption: string | undefined;
  let demoOption: string | undefined;
  for (let at = 0; at < argv.length; at++) {
    const text = argv[at]!;
    if (!text.startsWith("-") || text === "-") return { reason: strayWord(text) };
    const found = DEMO_OPTIONS.includes(text.slice(1).split("=")[0]!) ? undefined : read(text);
    if (found === undefined) {
      const meant = nearDemoOption(text);
      if (meant !== undefined) return { reason: `"${text}" is no option: did you mean --${meant}?` };
      // The engine refuses it, with a suggestion.
      engineOption ??= text;
      continue;
    }
    if (found.isOfEngineOnly) engineOption ??= text;
    if (found.name === "seconds") demoOption ??= text;
    if (found.takesNext) at++;
  }
  if (engineOption !== undefined && demoOption !== undefined) {
    return {
      reason: `"${demoOption}" is of the demonstration, "${engineOption}" of the engine alone: give one or the other`,
    };
  }
  return engineOption === undefined ? "demo" : "engine";
}

interface ReadOption {
  readonly name: string;
  readonly isOfEngineOnly: boolean;
  /** Whether its value is the next word. */
  readonly takesNext: boolean;
}

/** Undefined: nobody knows it. */
function read(text: string): ReadOption | undefined {
  const [, name, attached] = /^--([^=]+)(=.*)?$/.exec(text) ?? [];
  if (name === undefined) return readShort(text);
  const isOfEngineOnly = !DEMO_OPTIONS.includes(name);
  if (!isOfEngineOnly) return { name, isOfEngineOnly, takesNext: attached === undefined };
  const option = findOption(name) ?? (name.startsWith("no-") ? findOption(name.slice(3)) : undefined);
  if (option === undefined) return undefined;
  return { name, isOfEngineOnly, takesNext: attached === undefined && option.type !== "flag" };
}

/** `-n VALUE`, `-nVALUE`, or flags in one bundle, the last of which may take a value. */
function readShort(text: string): ReadOption | undefined {
  const letters = [...text.slice(1)];
  const options = letters.map((letter) => findOptionByLetter(letter));
  const at = options.findIndex((option) => option?.type !== "flag");
  const option: Option | undefined = at < 0 ? options[0] : options[at];
  if (option === undefined) return undefined;
  return { name: option.name, isOfEngineOnly: true, takesNext: at === letters.length - 1 };
}

const ALL_OPTIONS: readonly string[] = [...DEMO_OPTIONS, ...OPTIONS.map(({ name }) => name)];

/** The option of the demo that was meant, where none of the engine's is nearer. */
function nearDemoOption(text: string): string | undefined {
  const name = text.replace(/^-+/, "").split("=")[0]!.toLowerCase();
  const meant = name !== "" && "seconds".startsWith(name) ? "seconds" : didYouMean(name, ALL_OPTIONS);
  return meant !== undefined && DEMO_OPTIONS.includes(meant) ? meant : undefined;
}

function strayWord(word: string): string {
  const command = /^\d+$/.test(word) ? `npm start -- --seconds ${word}` : "npm start -- --OPTION=VALUE";
  return `"${word}" belongs to no option. npm keeps options for itself unless "--" stands before them: ${command}`;
}
