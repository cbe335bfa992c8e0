import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { GivenError } from "./given.ts";

/** A host of an inventory, with all that groups and host say of it. */
export interface InventoryHost {
  readonly name: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

interface Group {
  readonly hosts: Map<string, Record<string, unknown>>;
  readonly variables: Record<string, unknown>;
  readonly children: Set<string>;
}

/**
 * Reads an Ansible inventory: INI or YAML, groups with children and variables, `group_vars` and `host_vars` beside it.
 *
 * Patterns of hosts (`media[1:9]`), plugins, scripts and vaults are not understood; they are refused by name.
 *
 * @throws GivenError
 */
export function readInventory(file: string): InventoryHost[] {
  const groups = new Map<string, Group>();
  const text = read(file);
  if (/\.ya?ml$/.test(file)) readYaml(file, text, groups);
  else readIni(file, text, groups);
  const folder = dirname(file);
  for (const [name, group] of groups)
    Object.assign(group.variables, readFolder(join(folder, "group_vars"), name));
  const names = new Set([...groups.values()].flatMap(({ hosts }) => [...hosts.keys()]));
  return [...names].map((name) => ({ name, variables: variablesOf(name, groups, folder) }));
}

function groupOf(groups: Map<string, Group>, name: string): Group {
  let group = groups.get(name);
  if (!group) {
    group = { hosts: new Map(), variables: {}, children: new Set() };
    groups.set(name, group);
  }
  return group;
}

/** `all`, then outer groups before inner ones, then the host: what comes later wins. */
function variablesOf(
  host: string,
  groups: ReadonlyMap<string, Group>,
  folder: string,
): Record<string, unknown> {
  const contains = (name: string, seen: Set<string>): boolean => {
    const group = groups.get(name);
    if (!group || seen.has(name)) return false;
    seen.add(name);
    return group.hosts.has(host) || [...group.children].some((child) => contains(child, seen));
  };
  const depth = (name: string, seen: readonly string[] = []): number => {
    if (seen.includes(name)) return 0;
    const parents = [...groups].filter(([, group]) => group.children.has(name)).map(([parent]) => parent);
    return 1 + Math.max(0, ...parents.map((parent) => depth(parent, [...seen, name])));
  };
  const mine = [...groups.keys()].filter((name) => name === "all" || contains(name, new Set()));
  mine.sort((a, b) => (a === "all" ? -1 : b === "all" ? 1 : depth(a) - depth(b) || a.localeCompare(b)));
  const variables: Record<string, unknown> = {
    inventory_hostname: host,
    ...readFolder(join(folder, "group_vars"), "all"),
  };
  for (const name of mine) Object.assign(variables, groups.get(name)!.variables);
  for (const name of mine) Object.assign(variables, groups.get(name)!.hosts.get(host) ?? {});
  return Object.assign(variables, readFolder(join(folder, "host_vars"), host));
}

function readYaml(file: string, text: string, groups: Map<string, Group>): void {
  const visit = (name: string, value: unknown): void => {
    const group = groupOf(groups, name);
    if (value === null || value === undefined) return;
    const { hosts, vars, children } = dictionary(file, name, value);
    for (const [host, own] of Object.entries(dictionary(file, name, hosts))) {
      checkHost(file, host);
      group.hosts.set(host, { ...group.hosts.get(host), ...dictionary(file, host, own) });
    }
    Object.assign(group.variables, dictionary(file, name, vars));
    for (const [child, inner] of Object.entries(dictionary(file, name, children))) {
      group.children.add(child);
      visit(child, inner);
    }
  };
  for (const [name, value] of Object.entries(dictionary(file, "inventory", parseYaml(file, text))))
    visit(name, value);
}

function readIni(file: string, text: string, groups: Map<string, Group>): void {
  let [name, part] = ["ungrouped", "hosts"];
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.replace(/(^|\s)[#;].*$/, "").trim();
    if (line === "") continue;
    const header = /^\[([^\]:]+)(?::(children|vars))?\]$/.exec(line);
    if (header) {
      [name, part] = [header[1]!, header[2] ?? "hosts"];
      groupOf(groups, name);
      continue;
    }
    const group = groupOf(groups, name);
    if (part === "children") group.children.add(line);
    else if (part === "vars") {
      const equals = line.indexOf("=");
      if (equals < 0) throw new GivenError(`${file}:${index + 1}: a variable is NAME=VALUE`);
      group.variables[line.slice(0, equals).trim()] = scalar(line.slice(equals + 1).trim());
    } else {
      const [host = "", ...words] = line.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? [];
      checkHost(file, host);
      const own = words.map((word): [string, unknown] => {
        const equals = word.indexOf("=");
        if (equals < 0) throw new GivenError(`${file}:${index + 1}: a host's variable is NAME=VALUE`);
        return [word.slice(0, equals), scalar(word.slice(equals + 1))];
      });
      group.hosts.set(host, { ...group.hosts.get(host), ...Object.fromEntries(own) });
    }
  }
}

/** Ansible reads values of INI files as Python would: numbers and truth values, quotes go. */
function scalar(text: string): unknown {
  const bare = text.replace(/^(["'])(.*)\1$/, "$2");
  if (bare !== text) return bare;
  if (/^-?[0-9]+$/.test(text)) return Number(text);
  if (text === "True" || text === "true") return true;
  if (text === "False" || text === "false") return false;
  return text;
}

function checkHost(file: string, host: string): void {
  if (/[[\]*?{}]/.test(host)) {
    throw new GivenError(
      `${file}: ${host} is a pattern of hosts, which is not understood here: name them one by one`,
    );
  }
}

/** `NAME.yml`, `NAME.yaml`, `NAME`, or all files of a folder of that name. */
function readFolder(folder: string, name: string): Record<string, unknown> {
  for (const path of [join(folder, name), join(folder, `${name}.yml`), join(folder, `${name}.yaml`)]) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile()) return dictionary(path, name, parseYaml(path, read(path)));
    if (!stat?.isDirectory()) continue;
    const files = readdirSync(path).filter((entry) => /\.ya?ml$/.test(entry));
    return Object.assign(
      {},
      ...files.sort().map((entry) => dictionary(entry, name, parseYaml(entry, read(join(path, entry))))),
    ) as Record<string, unknown>;
  }
  return {};
}

function dictionary(file: string, where: string, value: unknown): Record<string, unknown> {
  if (value === null || value === undefined) return {};
  if (typeof value !== "object" || Array.isArray(value))
    throw new GivenError(`${file}: ${where} has to be a dictionary`);
  return value as Record<string, unknown>;
}

function parseYaml(file: string, text: string): unknown {
  if (text.startsWith("$ANSIBLE_VAULT")) {
    throw new GivenError(
      `${file} is encrypted with ansible-vault: give its variables with --vars from \`ansible-vault view\``,
    );
  }
  try {
    return parse(text);
  } catch (cause) {
    throw new GivenError(`${file}: ${(cause as Error).message}`);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new GivenError(`${file} cannot be read: ${(cause as Error).message}`);
  }
}
