import { parseHostPort } from "../config/listen-address.ts";
import { iniSection, parseIni, splitIniList } from "../wire/ini.ts";

/** Where the daemon's command line port is. */
export interface CtlTarget {
  readonly host: string;
  readonly port: number;
}

/** The address with where it came from, for whoever wonders why nobody answers there. */
interface ChosenTarget {
  readonly target: CtlTarget;
  /** Empty: it was given on the command line. */
  readonly origin: string;
}

/** What the user asked for. */
export interface CtlRequest {
  readonly target: CtlTarget;
  /** Where the address came from, if not from the command line; else empty. */
  readonly origin: string;
  readonly timeoutMs: number;
  readonly json: boolean;
  /** Words of the command joined by one blank; empty: help was asked for, or nothing. */
  readonly command: string;
  readonly wantsHelp: boolean;
  readonly wantsVersion: boolean;
}

const DEFAULT_FILE = "/etc/rtpengine/rtpengine.conf";
const DEFAULT_TARGET: CtlTarget = { host: "127.0.0.1", port: 9900 };

/** What is printed for `--help` and after a mistake. */
export const CTL_USAGE: string = `Usage: rtpengine-ctl [OPTION]... COMMAND...

Asks the running daemon and prints its answer. \`rtpengine-ctl usage\` lists the daemon's commands.
\`rtpengine-ctl top\` shows calls, packets and the worst streams, refreshed every second.
\`rtpengine-ctl drain --timeout SECONDS\` lets no new call in and waits until no call is left, or until then: exit
status 0 when none is, else 1.

  --ip ADDRESS[:PORT]   where the daemon listens for commands (listen-cli)
  --port PORT           its port
  --config-file PATH    take address and port from listen-cli of this file [${DEFAULT_FILE}]
  --timeout SECONDS     how long to wait for an answer [3]
  --json                print one JSON value
  --help                print this
  --version             print the version of this program; the command \`version\` asks the daemon for its own

Without --ip: listen-cli of the file, else ${DEFAULT_TARGET.host}:${DEFAULT_TARGET.port}.
Exit status: 0 answered, 1 the daemon refused the command, 2 wrong usage, 3 no answer.
`;

/**
 * Parses the arguments; options end where the command begins, and may have one dash or two.
 *
 * @param readFile text of a file, undefined when it cannot be read
 */
export function parseCtlArguments(
  argv: readonly string[],
  readFile: (path: string) => string | undefined,
): CtlRequest | { readonly reason: string } {
  const values = new Map<string, string>();
  let json = false;
  let wantsHelp = false;
  let wantsVersion = false;
  let index = 0;
  for (; index < argv.length; index++) {
    const match = /^--?([a-z][a-z-]*)(?:=(.*))?$/.exec(argv[index]!);
    if (match === null) break;
    const name = match[1]!;
    if (name === "json") json = true;
    else if (name === "help" || name === "h") wantsHelp = true;
    else if (name === "version") wantsVersion = true;
    else if (["ip", "port", "config-file", "timeout"].includes(name)) {
      const value = match[2] ?? argv[++index];
      if (value === undefined) return { reason: `--${name} needs a value` };
      values.set(name, value);
    } else return { reason: `${argv[index]} is no option` };
  }
  if (argv[index] === "--") index++;
  const timeout = Number(values.get("timeout") ?? "3");
  if (!(timeout > 0 && timeout <= 3600))
    return { reason: `"${values.get("timeout")}" is no timeout in seconds` };
  const chosen = chooseTarget(values, readFile);
  if ("reason" in chosen) return chosen;
  const words = argv.slice(index);
  // The end of the command is where people put it.
  if (words.at(-1) === "--json") {
    words.pop();
    json = true;
  }
  const command = words.join(" ").trim();
  return { ...chosen, timeoutMs: timeout * 1000, json, command, wantsHelp, wantsVersion };
}

function chooseTarget(
  values: ReadonlyMap<string, string>,
  readFile: (path: string) => string | undefined,
): ChosenTarget | { readonly reason: string } {
  const ip = values.get("ip");
  const port = values.get("port");
  const path = values.get("config-file") ?? DEFAULT_FILE;
  const fromFile = targetOfFile(readFile(path) ?? "");
  const given = ip === undefined ? fromFile : splitAddress(ip);
  const result = {
    host: given.host ?? DEFAULT_TARGET.host,
    port: port === undefined ? (given.port ?? DEFAULT_TARGET.port) : Number(port),
  };
  if (!Number.isInteger(result.port) || result.port < 1 || result.port > 65535)
    return { reason: `"${port}" is no port` };
  if (result.host === "") return { reason: "--ip needs an address" };
  if (ip !== undefined) return { target: result, origin: "" };
  const isFromFile = given.host !== undefined || (port === undefined && given.port !== undefined);
  return { target: result, origin: isFromFile ? `listen-cli in ${path}` : "the default" };
}

/** `ADDRESS` or `ADDRESS:PORT`; a lone IPv6 address keeps its colons. */
function splitAddress(text: string): Partial<CtlTarget> {
  const isLoneV6 = /^[0-9a-fA-F:]+$/.test(text) && text.split(":").length > 2;
  if (isLoneV6) return { host: text };
  const parsed = parseHostPort(text, false);
  return "reason" in parsed ? { host: text.replace(/^\[(.*)\]$/, "$1") } : parsed;
}

function targetOfFile(text: string): Partial<CtlTarget> {
  const entries = iniSection(parseIni(text), "rtpengine")?.entries ?? [];
  const value = entries.findLast((entry) => entry.key === "listen-cli")?.value;
  const list = splitIniList(value ?? "");
  const first = "value" in list ? list.value[0] : undefined;
  if (first === undefined) return {};
  const parsed = parseHostPort(first, true);
  if ("reason" in parsed) return {};
  // A wildcard is where the daemon listens, not where it can be reached.
  const isAny = parsed.host === "" || parsed.host === "0.0.0.0" || parsed.host === "::";
  return isAny ? { port: parsed.port } : parsed;
}

/** How answers begin that say that nothing was done, ours and upstream's. */
const REFUSALS: readonly RegExp[] = [
  /^Unknown( or incomplete)? command/,
  /^(Incomplete command|More parameters required|Command too long|Internal error)/,
  /^Not built yet/,
  /^Fail(ed)?\b/,
  /^Call I[dD] .*not found/,
  /^No such (call|tag)/,
  /^No call ID/,
  /^Invalid /,
  /^Keyspace notification feature has not been configured/,
];

/** Whether the daemon's answer says that it did not understand or not do the command. */
export function isRefusal(answer: string): boolean {
  const start = answer.trimStart();
  return REFUSALS.some((pattern) => pattern.test(start));
}
