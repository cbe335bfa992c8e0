import { OPTION_GROUPS, type Option, type OptionStatus } from "./option.ts";
import { OPTIONS, optionsOfGroup } from "./options.ts";

const INDENT = 34;
const WIDTH = 110;

/** The text of `--help`. */
export function helpText(): string {
  const lines = [
    "Usage: rtpengine [OPTION]...",
    "",
    "A media proxy that is driven over the NG protocol. Each option can also stand in the file, by its long name;",
    "the command line wins. --config-test checks options, file and host without starting.",
    "Options marked * are known but do nothing yet.",
  ];
  for (const group of OPTION_GROUPS) {
    if (group === "Former options") continue;
    lines.push("", `${group}:`, ...optionsOfGroup(group).flatMap(helpLines));
  }
  return `${lines.join("\n")}\n`;
}

function helpLines(option: Option): readonly string[] {
  const isIdle = option.status === "not-built" || option.status === "without-effect";
  const letter = option.short === undefined ? "    " : `-${option.short}, `;
  const argument = argumentName(option);
  const head = `${isIdle ? "*" : " "} ${letter}--${option.name}${argument === "" ? "" : `=${argument}`}`;
  const shown = defaultText(option);
  const text = `${option.sentence.replaceAll("`", "")}${shown === "" ? "" : ` [${shown}]`}`;
  const wrapped = wrap(text, WIDTH - INDENT);
  const first =
    head.length < INDENT - 1
      ? [`${head.padEnd(INDENT)}${wrapped[0] ?? ""}`]
      : [head, `${" ".repeat(INDENT)}${wrapped[0] ?? ""}`];
  return [...first, ...wrapped.slice(1).map((line) => `${" ".repeat(INDENT)}${line}`)];
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** What stands for the value in help and reference. */
export function argumentName(option: Option): string {
  switch (option.type) {
    case "flag":
      return "";
    case "integer":
      return option.unit === undefined
        ? "NUMBER"
        : option.unit.toUpperCase().replace("BYTES/S", "BYTES").replace("%", "PERCENT");
    case "float":
      return option.unit === "%" ? "PERCENT" : "NUMBER";
    case "enum":
      return (option.values ?? []).length > 8 ? "NAME" : (option.values ?? []).join("|");
    case "listen":
      return "[HOST:]PORT";
    case "endpoint":
      return "HOST:PORT";
    case "redis":
      return "[PASSWORD@]HOST:PORT/DATABASE";
    case "interface":
      return "[NAME/]ADDRESS[!ADVERTISED]";
    case "path":
      return "PATH";
    case "string":
      return "TEXT";
  }
}

function defaultText(option: Option): string {
  const value = option.default;
  if (value === undefined || value === "" || option.type === "flag") return "";
  return Array.isArray(value) ? value.join(", ") : String(value);
}

const STATUS_TEXT: Readonly<Record<OptionStatus, string>> = {
  implemented: "works",
  mapped: "mapped",
  "not-built": "not built yet",
  "without-effect": "no effect",
};

/** The reference page of all options, Markdown. */
export function optionsReference(): string {
  const count = (status: OptionStatus): number => OPTIONS.filter((option) => option.status === status).length;
  const lines = [
    "# Start options",
    "",
    "<!-- Generated from src/config/options*.ts by `node scripts/docs.mjs`; changes belong there. -->",
    "",
    "Each option is given as `--name=value` (some as `-x value`) or as `name = value` in the section `[rtpengine]` of",
    "`/etc/rtpengine/rtpengine.conf`; the command line wins. A list is given by repeating the option, in the file on one",
    "line with semicolons. An option that is not built yet is accepted with a warning, one that has no effect here with a",
    "notice, at the start as in `rtpengine --config-test`; a malformed value is refused.",
    "",
    `${OPTIONS.length} options: ${count("implemented")} work as in upstream's manual, ${count("mapped")} are mapped to something else here, ` +
      `${count("not-built")} are not built yet, ${count("without-effect")} have no effect.`,
  ];
  for (const group of OPTION_GROUPS) {
    lines.push(
      "",
      `## ${group}`,
      "",
      "| Option | Value | Default | Meaning | State |",
      "|---|---|---|---|---|",
    );
    lines.push(...optionsOfGroup(group).map(referenceRow));
  }
  return `${lines.join("\n")}\n`;
}

function referenceRow(option: Option): string {
  const names = [`\`${option.name}\``, ...(option.short === undefined ? [] : [`\`-${option.short}\``])].join(
    " ",
  );
  const argument =
    option.type === "flag"
      ? "flag"
      : `${argumentName(option)}${range(option)}${option.isList ? " (list)" : ""}`;
  const marks = [
    option.isOwn ? "ours" : "",
    option.liveName === undefined ? "" : `live: \`set ${option.liveName}\``,
  ];
  const state = [STATUS_TEXT[option.status], ...marks.filter((mark) => mark !== "")].join("; ");
  const why = option.why === undefined ? "" : ` — ${option.why}`;
  const shown = defaultText(option);
  return `| ${[names, cell(argument), shown === "" ? "" : `\`${cell(shown)}\``, cell(option.sentence), cell(`${state}${why}`)].join(" | ")} |`;
}

function range(option: Option): string {
  if (option.min === undefined || option.max === undefined)
    return option.min === undefined ? "" : `, at least ${option.min}`;
  return `, ${option.min} to ${option.max}`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
