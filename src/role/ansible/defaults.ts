import { stringify } from "yaml";
import { VARIABLES } from "../variables/table.ts";

/** `defaults/main.yml`: every variable with its default, what it does above it. */
export function defaultsFile(): string {
  let text = "---\n";
  let group = "";
  for (const variable of VARIABLES) {
    if (variable.group !== group) {
      group = variable.group;
      text += `\n# ${group}\n`;
    }
    text += `\n# ${variable.sentence}${variable.choices ? `: ${variable.choices.join(", ")}` : ""}\n`;
    text += stringify({ [variable.name]: variable.default }, { lineWidth: 0 });
  }
  return text;
}
