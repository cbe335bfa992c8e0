import type { AnsibleTask } from "../resources/kind.ts";
import { VARIABLES } from "../variables/table.ts";
import { patternOf, TYPE_NAMES, type Variable } from "../variables/variable.ts";

/** What Ansible's argument specification cannot say: unknown names, ranges, shapes. */
export function validationTasks(): AnsibleTask[] {
  return [
    {
      name: "There are no variables that the role does not know",
      "ansible.builtin.assert": {
        that: ["__rtpengine_unknown | length == 0"],
        fail_msg:
          "No variables of the role: {{ __rtpengine_unknown | join(', ') }}. `rtpengine-role vars` and the role's README list those there are",
        quiet: true,
      },
      vars: {
        __rtpengine_unknown:
          "{{ query('ansible.builtin.varnames', '^rtpengine_') | difference(__rtpengine_names) }}",
      },
    },
    ...VARIABLES.flatMap(shapeTask),
  ];
}

function shapeTask(variable: Variable): AnsibleTask[] {
  const { name, type, min, max, mayBeEmpty } = variable;
  const conditions: string[] = [];
  const pattern = patternOf(variable);
  if (pattern !== undefined && type === "dictionary") {
    const shape = `^(${pattern.replaceAll("\\", "\\\\")})$`;
    conditions.push(`${name}.values() | reject('match', '${shape}') | list | length == 0`);
  } else if (pattern !== undefined && type === "list") {
    const shape = `^(${pattern.replaceAll("\\", "\\\\")})$`;
    conditions.push(`${name} | reject('match', '${shape}') | list | length == 0`);
  } else if (pattern !== undefined) {
    const shape = `${name} is match('^(${pattern.replaceAll("\\", "\\\\")})$')`;
    conditions.push(mayBeEmpty ? `${name} == '' or ${shape}` : shape);
  }
  if (min !== undefined) conditions.push(`${name} | int >= ${min}`);
  if (max !== undefined) conditions.push(`${name} | int <= ${max}`);
  if (conditions.length === 0) return [];
  const wanted = type === "integer" ? `a whole number from ${min} to ${max}` : TYPE_NAMES[type];
  return [
    {
      name: `The value of ${name} is possible`,
      "ansible.builtin.assert": {
        that: conditions,
        fail_msg: `${name}: "{{ ${name} }}" is not ${wanted}`,
        quiet: true,
      },
    },
  ];
}
