import { iniSection, parseIni } from "../wire/ini.ts";
import { findVariable } from "./variables/table.ts";
import type { VariableValue } from "./variables/variable.ts";

/** What a configuration file says, as variables of the role. */
export interface Imported {
  /** Those that differ from the defaults. */
  readonly variables: Readonly<Record<string, VariableValue>>;
  /** What the file says and no variable can, each with a reason. */
  readonly notes: readonly string[];
}

/** Keys that a variable of its own stands for. */
const VARIABLE_OF: Readonly<Record<string, string>> = {
  "listen-ng": "rtpengine_listen_ng",
  "listen-cli": "rtpengine_listen_cli",
  "listen-http": "rtpengine_listen_http",
  "port-min": "rtpengine_port_min",
  "port-max": "rtpengine_port_max",
  tos: "rtpengine_tos",
  timeout: "rtpengine_timeout",
  "silent-timeout": "rtpengine_silent_timeout",
  "final-timeout": "rtpengine_final_timeout",
  "max-sessions": "rtpengine_max_sessions",
  "log-level": "rtpengine_log_level",
  "log-facility": "rtpengine_log_facility",
  "log-stderr": "rtpengine_log_stderr",
  pidfile: "rtpengine_pidfile",
  "dtls-passive": "rtpengine_dtls_passive",
  "homer-protocol": "rtpengine_homer_protocol",
  "homer-id": "rtpengine_homer_id",
  "recording-dir": "rtpengine_recording_dir",
  "recording-method": "rtpengine_recording_method",
  "recording-format": "rtpengine_recording_format",
};

/** The template writes these itself. */
const OWN_KEYS = new Set(["foreground", "no-fallback"]);

/**
 * Reads an existing `rtpengine.conf` into variables that make the role write one that says the same.
 *
 * @param section the section that holds the daemon's options
 */
export function importConfiguration(text: string, section = "rtpengine"): Imported {
  const file = parseIni(text);
  const notes = file.problems.map(({ line, reason }) => `line ${line}: ${reason}`);
  const found = iniSection(file, section);
  if (found === undefined) return { variables: {}, notes: [...notes, `there is no section [${section}]`] };
  const values = new Map(found.entries.map(({ key, value }) => [key, value]));
  const variables: Record<string, VariableValue> = {};
  const options: Record<string, string> = {};
  const set = (name: string, value: VariableValue): void => {
    variables[name] = value;
  };
  for (const [key, value] of values) {
    const name = VARIABLE_OF[key];
    if (key === "interface") importInterfaces(value, set, options, notes);
    else if (key === "table") importTable(value, set);
    else if (key === "homer") importHomer(value, set);
    else if (key === "listen-ng" && !/^(\[.*\]|[0-9.]+):[0-9]+$/.test(value)) {
      importListener(key, value, options, notes, set);
    } else if (name !== undefined) set(name, typed(name, value));
    else if (!OWN_KEYS.has(key)) options[key] = value;
  }
  // Upstream's defaults are not the role's: what the file leaves to the daemon is to stay as it is.
  for (const [key, name, value] of LEFT_TO_THE_DAEMON) if (!values.has(key)) set(name, value);
  if (values.has("recording-dir")) set("rtpengine_recording_enabled", true);
  if (!values.has("homer")) set("rtpengine_homer_enabled", false);
  if (Object.keys(options).length > 0) set("rtpengine_options", options);
  return { variables: withoutDefaults(variables), notes };
}

/** Key, variable, and what upstream's daemon takes where the file is silent. */
const LEFT_TO_THE_DAEMON: readonly (readonly [string, string, VariableValue])[] = [
  ["port-min", "rtpengine_port_min", 30000],
  ["port-max", "rtpengine_port_max", 40000],
  ["tos", "rtpengine_tos", 0],
  ["timeout", "rtpengine_timeout", 60],
  ["silent-timeout", "rtpengine_silent_timeout", 3600],
  ["final-timeout", "rtpengine_final_timeout", 0],
  ["listen-http", "rtpengine_listen_http", ""],
];

type Assign = (name: string, value: VariableValue) => void;

function importInterfaces(
  value: string,
  set: Assign,
  options: Record<string, string>,
  notes: string[],
): void {
  const entries = value
    .split(/\s*;\s*/)
    .filter(Boolean)
    .map((entry) => {
      const slash = entry.indexOf("/");
      return slash < 0
        ? { name: "default", address: entry }
        : { name: entry.slice(0, slash), address: entry.slice(slash + 1) };
    });
  const [first, second, ...rest] = entries;
  const isPlain = entries.every(({ address }) => /^[0-9A-Fa-f.:!]+$/.test(address));
  if (!first || rest.length > 0 || !isPlain) {
    options.interface = value;
    notes.push(
      `interface: "${value}" is more than the two interfaces that the role names; it is kept in rtpengine_options`,
    );
    return;
  }
  set("rtpengine_interface_internal", first.address);
  set("rtpengine_interface_external", second?.address ?? "");
  const names = entries.map(({ name }) => name);
  const wanted = second ? "internal, external" : "internal";
  if (names.join(", ") !== wanted && !(names.length === 1 && names[0] === "default")) {
    options.interface = value;
    notes.push(
      `interface: the role calls interfaces internal and external, this file ${names.join(" and ")}; it is kept in rtpengine_options, lest the proxy's directions miss`,
    );
  }
}

function importTable(value: string, set: Assign): void {
  const table = Number(value);
  set("rtpengine_kernel_module", table >= 0);
  if (table >= 0) set("rtpengine_kernel_table", table);
}

function importHomer(value: string, set: Assign): void {
  const colon = value.lastIndexOf(":");
  set("rtpengine_homer_enabled", true);
  set("rtpengine_homer_host", value.slice(0, colon).replace(/^\[|\]$/g, ""));
  set("rtpengine_homer_port", Number(value.slice(colon + 1)));
}

/** A listener without an address, with a name, or several: the role's variables take one address and port. */
function importListener(
  key: string,
  value: string,
  options: Record<string, string>,
  notes: string[],
  set: Assign,
): void {
  const [, port] = /^localhost:([0-9]+)$/.exec(value) ?? [];
  if (port !== undefined) {
    set(VARIABLE_OF[key]!, `127.0.0.1:${port}`);
    return;
  }
  options[key] = value;
  notes.push(`${key}: "${value}" is not one ADDRESS:PORT; it is kept in rtpengine_options`);
}

function typed(name: string, value: string): VariableValue {
  const type = findVariable(name)!.type;
  if (type === "integer" && /^-?[0-9]+$/.test(value)) return Number(value);
  if (type === "boolean") return ["true", "yes", "on", "1"].includes(value.toLowerCase());
  if (type === "endpoint") return value.replace(/^localhost:/, "127.0.0.1:");
  return value;
}

function withoutDefaults(variables: Readonly<Record<string, VariableValue>>): Record<string, VariableValue> {
  return Object.fromEntries(
    Object.entries(variables).filter(([name, value]) => findVariable(name)?.default !== value),
  );
}
