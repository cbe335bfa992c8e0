import { VARIABLES } from "../variables/table.ts";
import type { VariableType } from "../variables/variable.ts";

const TYPES: Readonly<Partial<Record<VariableType, string>>> = {
  boolean: "bool",
  integer: "int",
  list: "list",
  dictionary: "dict",
};

/** `meta/argument_specs.yml`: names, types and choices, which Ansible checks before the first task. */
export function argumentSpecs(): object {
  const options = VARIABLES.map((variable): [string, object] => [
    variable.name,
    {
      type: TYPES[variable.type] ?? "str",
      ...(variable.type === "list" && { elements: "str" }),
      description: variable.sentence,
      ...(variable.choices && { choices: variable.choices }),
      default: variable.default,
    },
  ]);
  return {
    argument_specs: {
      main: {
        short_description: "Installs, configures and verifies an RTPEngine media host",
        options: Object.fromEntries(options),
      },
    },
  };
}
