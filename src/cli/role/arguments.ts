import { parseArgs } from "node:util";
import { type Endpoint, parseAddress } from "../../base/endpoint.ts";
import { parseHostPort } from "../../config/listen-address.ts";

/** What `rtpengine-role` is asked to do. */
export const ROLE_COMMANDS = [
  "vars",
  "render",
  "plan",
  "apply",
  "rollback",
  "uninstall",
  "verify",
  "doctor",
  "import",
] as const;

export type RoleCommand = (typeof ROLE_COMMANDS)[number];

export interface RoleRequest {
  readonly command: RoleCommand;
  /** Where; undefined: this host. */
  readonly hosts: readonly string[];
  /** An Ansible inventory whose hosts it is for; `hosts` then chooses among them. */
  readonly inventory: string | undefined;
  readonly user: string | undefined;
  readonly port: number | undefined;
  readonly keyFile: string | undefined;
  readonly sshOptions: readonly string[];
  /** Files of variables, later ones win. */
  readonly variableFiles: readonly string[];
  /** `name=value`, which win over files. */
  readonly assignments: readonly string[];
  readonly isCheck: boolean;
  readonly showsDiff: boolean;
  readonly isVerbose: boolean;
  readonly json: boolean;
  readonly keepsFailure: boolean;
  /** Where `render` writes. */
  readonly outputFolder: string | undefined;
  /** Of `verify` and `doctor`: the daemon's configuration; undefined: where the variables say it is. */
  readonly configFile: string | undefined;
  /** Of `verify`: how long calls talk. */
  readonly seconds: number;
  /** Of `verify`: where Homer is played. */
  readonly homerListen: Endpoint | undefined;
  /** Of `verify` and `doctor`: proxies' hosts, as `ssh` knows them. */
  readonly proxies: readonly string[];
  /** What `import` reads. */
  readonly file: string | undefined;
}

export const ROLE_USAGE = `Usage: rtpengine-role COMMAND [OPTION]...

Installs and configures an RTPEngine media host, here or over SSH, as the Ansible role does.

  vars                     list the variables with defaults
  render                   write the files that the role would write, from its templates
  plan                     say what \`apply\` would change; changes nothing
  apply                    bring the host to what the variables say
  rollback                 take back what the last \`apply\` changed
  uninstall                take the role away: what it made, installed and changed; recordings stay, and configurations
                           that were changed
  verify                   prove that the host carries calls: service, ports, calls with and without SRTP
  doctor                   say what ails the host, with a command for each ailment; changes nothing
  import FILE              read an existing rtpengine.conf into variables

  --host HOST              where, as \`ssh\` knows it: host, user@host; may be repeated [this host]
  -i, --inventory FILE     the hosts of an Ansible inventory, with its variables; --host then chooses among them
  --user USER --port PORT --key FILE --ssh-option OPTION
                           how \`ssh\` gets there, where its own configuration does not say
  --vars FILE              YAML file of variables; may be repeated, later ones win
  -e, --set NAME=VALUE     one variable; VALUE is read as YAML
  --check                  with apply: the same as plan; with uninstall: say what would go
  --diff                   show how files change
  --keep-failure           leave a failed apply as it is instead of taking it back
  --config FILE            with verify and doctor: what the daemon reads [rtpengine.conf in rtpengine_config_dir]
  --seconds N              with verify: how long its calls talk [2]
  --homer-listen ADDRESS:PORT
                           with verify: play Homer there, and want a report
  --proxy HOST             with verify and doctor: also ask the NG port from that host, over SSH; may be repeated
  --from HOST              the same
  --output FOLDER          where render writes [standard output]
  --verbose                also print what is as it should be
  --json                   print one JSON value
  --help                   print this

Exit status: 0 done, 1 it failed or could not be, 2 wrong usage.
`;

/** Parses the arguments. @returns undefined when help was asked for */
export function parseRoleArguments(
  argv: readonly string[],
): RoleRequest | { readonly reason: string } | undefined {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(argv);
  } catch (error) {
    return { reason: (error as Error).message };
  }
  const { values, positionals } = parsed;
  if (values.help === true) return undefined;
  const [command, ...rest] = positionals;
  if (command === undefined) return { reason: `a command is missing: ${ROLE_COMMANDS.join(", ")}` };
  if (!isCommand(command)) return { reason: `${command} is no command: ${ROLE_COMMANDS.join(", ")}` };
  const [file, ...more] = command === "import" ? rest : [undefined, ...rest];
  if (command === "import" && file === undefined) return { reason: "import needs a file: import FILE" };
  if (more.length > 0) return { reason: `${more[0]} is one word too many; hosts are named with --host` };
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65536)) {
    return { reason: `"${values.port}" is no port` };
  }
  const seconds = values.seconds === undefined ? 2 : Number(values.seconds);
  if (!(seconds >= 1 && seconds <= 3600))
    return { reason: `"${values.seconds}" is no number of seconds from 1` };
  const homer = values["homer-listen"];
  const homerListen = homer === undefined ? undefined : endpointOf(homer);
  if (homer !== undefined && homerListen === undefined) return { reason: `"${homer}" is no ADDRESS:PORT` };
  return {
    command,
    hosts: values.host ?? [],
    inventory: values.inventory,
    user: values.user,
    port,
    keyFile: values.key,
    sshOptions: values["ssh-option"] ?? [],
    variableFiles: values.vars ?? [],
    assignments: values.set ?? [],
    isCheck: command === "plan" || values.check === true,
    showsDiff: values.diff === true,
    isVerbose: values.verbose === true,
    json: values.json === true,
    keepsFailure: values["keep-failure"] === true,
    outputFolder: values.output,
    configFile: values.config,
    seconds,
    homerListen,
    proxies: [...(values.from ?? []), ...(values.proxy ?? [])],
    file,
  };
}

function parse(argv: readonly string[]) {
  const text = { type: "string" } as const;
  const texts = { type: "string", multiple: true } as const;
  const flag = { type: "boolean" } as const;
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      host: texts,
      inventory: { ...text, short: "i" },
      user: text,
      port: text,
      key: text,
      "ssh-option": texts,
      vars: texts,
      set: { ...texts, short: "e" },
      check: flag,
      diff: flag,
      "keep-failure": flag,
      output: text,
      config: text,
      seconds: text,
      "homer-listen": text,
      from: texts,
      proxy: texts,
      verbose: flag,
      json: flag,
      help: { ...flag, short: "h" },
    },
  });
}

function endpointOf(text: string): Endpoint | undefined {
  const parsed = parseHostPort(text, false);
  const address = "reason" in parsed ? undefined : parseAddress(parsed.host);
  return "reason" in parsed || address === undefined ? undefined : { ...address, port: parsed.port };
}

function isCommand(word: string): word is RoleCommand {
  return (ROLE_COMMANDS as readonly string[]).includes(word);
}
