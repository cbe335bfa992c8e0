import { stringify } from "yaml";
import { CHECK } from "../recipe/check.ts";
import { PRESENT } from "../recipe/conditions.ts";
import { HANDLER_NAMES, type HandlerName, type Recipe, type Resource, type Section } from "../resource.ts";
import { type ChangingResource, KINDS } from "../resources/index.ts";
import type { AnsibleTask, Kind } from "../resources/kind.ts";
import { keyOf, SYSTEMS } from "../systems.ts";
import { VARIABLES } from "../variables/table.ts";
import { argumentSpecs } from "./argument-specs.ts";
import { debFileTasks } from "./deb-file-tasks.ts";
import { defaultsFile } from "./defaults.ts";
import { readme } from "./readme.ts";
import { validationTasks } from "./validation.ts";

/** Texts of the role's files by path within the role. */
export type RoleFiles = ReadonlyMap<string, string>;

const HEADER = "# Generated from src/role by `node scripts/docs.mjs`; changes belong there.\n";

/**
 * The role as Ansible reads it.
 *
 * @param templates texts of the templates by name; both back ends render the same
 */
export function emitRole(recipe: Recipe, templates: ReadonlyMap<string, string>): RoleFiles {
  const files = new Map<string, string>();
  files.set("defaults/main.yml", `${HEADER}${defaultsFile()}`);
  files.set("meta/main.yml", yamlFile(META));
  files.set("meta/argument_specs.yml", yamlFile(argumentSpecs()));
  files.set(
    "vars/main.yml",
    yamlFile({ __rtpengine_names: VARIABLES.map(({ name }) => name), ...recipe.derived }),
  );
  for (const system of SYSTEMS) files.set(`vars/${keyOf(system)}.yml`, yamlFile(system.values));
  files.set(
    "handlers/main.yml",
    yamlFile(HANDLER_NAMES.flatMap((name) => recipe.handlers[name].map((entry) => handlerOf(name, entry)))),
  );
  files.set("tasks/main.yml", yamlFile(mainTasks(recipe)));
  files.set("tasks/validate.yml", yamlFile(validationTasks()));
  for (const { name, resources } of recipe.sections) {
    const first = isProof(resources) ? [FLUSH] : [];
    files.set(`tasks/${name}.yml`, yamlFile([...first, ...resources.flatMap(tasksOf)]));
  }
  files.set("tasks/deb_file.yml", yamlFile(debFileTasks()));
  for (const [name, text] of templates) files.set(`templates/${name}`, text);
  files.set("README.md", readme(recipe));
  return files;
}

const META = {
  galaxy_info: {
    role_name: "rtpengine",
    namespace: "rtpengine_ts",
    author: "The rtpengine-ts authors",
    description: "Installs, configures and verifies an RTPEngine media host",
    license: "MIT",
    min_ansible_version: "2.14",
    // What it was tested on, no more.
    platforms: SYSTEMS.filter(({ isTested }) => isTested).map(({ distribution, release }) => ({
      name: distribution,
      versions: [release],
    })),
    galaxy_tags: ["voip", "rtp", "rtpengine", "sip"],
  },
  dependencies: [],
};

/** What has been notified has to have happened before anything can be proven. */
const FLUSH: AnsibleTask = { name: "Let changes take effect", "ansible.builtin.meta": "flush_handlers" };

function isProof(resources: readonly Resource[]): boolean {
  return resources.some(({ kind }) => kind === "verify");
}

function mainTasks(recipe: Recipe): AnsibleTask[] {
  const include = ({ name, title, when, resources }: Section): AnsibleTask => {
    // What has only been looked at cannot be proven, and its handlers are not to run in the middle.
    const conditions = [...(when ?? []), ...(isProof(resources) ? ["not ansible_check_mode"] : [])];
    return {
      name: title,
      "ansible.builtin.include_tasks": `${name}.yml`,
      ...(conditions.length > 0 && { when: one(conditions) }),
    };
  };
  const validate = { name: "validate", title: "Check the variables' values", resources: [] };
  // Once the checks have refused systems that there is no file for.
  return [
    include(validate),
    ...recipe.sections.flatMap((section) =>
      section.name === CHECK.name ? [include(section), READ_SYSTEM] : [include(section)],
    ),
  ];
}

const READ_SYSTEM: AnsibleTask = {
  name: "Read what is particular to the system",
  "ansible.builtin.include_vars":
    "{{ ansible_facts.distribution }}-{{ ansible_facts.distribution_major_version }}.yml",
  when: PRESENT,
};

/** Handlers are notified by their names as people know them; a task's name begins with a capital. */
function handlerOf(name: HandlerName, declaration: Resource): AnsibleTask {
  const task = taskOf(declaration);
  const title = declaration.name;
  return { ...task, name: `${title[0]!.toUpperCase()}${title.slice(1)}`, listen: name };
}

/** The tasks that wish what a declaration wishes. */
function tasksOf(declaration: Resource): AnsibleTask[] {
  const task = taskOf(declaration);
  return declaration.kind === "vault" ? [task, secretsCheckTask(declaration)] : [task];
}

/** The task that wishes what a declaration wishes. */
export function taskOf(declaration: Resource): AnsibleTask {
  const { name, when = [], notifies } = declaration;
  const notify = notifies !== undefined && { notify: one(notifies) };
  if (declaration.kind === "check") return checkTask(declaration);
  if (declaration.kind === "vault") return vaultTask(declaration);
  if (declaration.kind === "probe") {
    return {
      name,
      "ansible.builtin.command": { argv: declaration.argv },
      register: declaration.register,
      changed_when: false,
      failed_when: false,
      check_mode: false,
      ...(when.length > 0 && { when: one(when) }),
    };
  }
  if (declaration.kind === "verify") return verifyTask(declaration);
  if (declaration.kind === "note") {
    return {
      name,
      "ansible.builtin.command": { argv: declaration.argv },
      changed_when: false,
      ...(when.length > 0 && { when: one(when) }),
    };
  }
  const kind = KINDS[declaration.kind] as Kind<ChangingResource>;
  return {
    name,
    ...kind.task(declaration),
    ...(when.length > 0 && { when: one(when) }),
    // Tasks that are included notify for themselves.
    ...(declaration.kind !== "deb-file" && notify),
    ...(declaration.kind === "template" &&
      declaration.hasSecrets && { diff: "{{ rtpengine_vault_options | length == 0 }}" }),
  };
}

/** MOUNT/PATH#FIELD is read at MOUNT/data/PATH. Asked by the control machine, which has the token. */
function vaultTask({ name, register, when = [] }: Extract<Resource, { kind: "vault" }>): AnsibleTask {
  const path = "item.value.split('#')[0]";
  const mount = `${path}.split('/')[0]`;
  return {
    name,
    "ansible.builtin.uri": {
      url: `{{ rtpengine_vault_addr }}/v1/{{ ${path} | replace(${mount} ~ '/', ${mount} ~ '/data/', 1) }}`,
      headers: { "X-Vault-Token": "{{ rtpengine_vault_token }}" },
      follow_redirects: "none",
    },
    loop: "{{ rtpengine_vault_options | dict2items }}",
    register,
    no_log: true,
    check_mode: false,
    delegate_to: "localhost",
    become: false,
    ...(when.length > 0 && { when: one(when) }),
  };
}

/** A secret of several lines would be more options. Loops over names alone: what a loop holds is shown when it fails. */
function secretsCheckTask({ register, when = [] }: Extract<Resource, { kind: "vault" }>): AnsibleTask {
  const [path, field] = ["item.value.split('#')[0]", "item.value.split('#')[1]"];
  const secret = `(${register}.results[__rtpengine_index].json.data | default({})).data[${field}]`;
  return {
    name: "The secrets are texts of one line",
    "ansible.builtin.assert": {
      that: [`${secret} is defined`, `${secret} is string`, `${secret} is not search('[\\r\\n]')`],
      fail_msg: `Vault: {{ ${path} }} has no text of one line called {{ ${field} }} (for {{ item.key }})`,
      quiet: true,
    },
    loop: "{{ rtpengine_vault_options | dict2items }}",
    loop_control: { index_var: "__rtpengine_index", label: "{{ item.key }}" },
    ...(when.length > 0 && { when: one(when) }),
  };
}

function checkTask({
  name,
  that,
  message,
  isWarning,
  when = [],
}: Extract<Resource, { kind: "check" }>): AnsibleTask {
  if (!isWarning) {
    return {
      name,
      "ansible.builtin.assert": { that: [that], fail_msg: message, quiet: true },
      ...(when.length > 0 && { when: one(when) }),
    };
  }
  return {
    name,
    "ansible.builtin.debug": { msg: `WARNING: ${message}` },
    when: one([...when, `not (${that})`]),
  };
}

function verifyTask({ name, argv, when = [] }: Extract<Resource, { kind: "verify" }>): AnsibleTask {
  const result = "__rtpengine_verified";
  return {
    name,
    "ansible.builtin.command": { argv },
    register: result,
    changed_when: false,
    ...(when.length > 0 && { when: one(when) }),
  };
}

function one<T>(list: readonly T[]): T | readonly T[] {
  return list.length === 1 ? list[0]! : list;
}

function yamlFile(value: unknown): string {
  return `---\n${HEADER}${stringify(value, { lineWidth: 120, aliasDuplicateObjects: false })}`;
}
