import { parseArgs } from "node:util";

/** What `rtpengine-role` is asked to do. */
export const ROLE_COMMANDS = ["vars", "render", "plan", "apply", "rollback", "import", "doctor"] as const;

export type RoleCommand = (typeof ROLE_COMMANDS)[number];

export interface RoleRequest {
  readonly command: RoleCommand;
  /** Where; undefined: this host. */
  readonly hosts: readonly string[];
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
  doctor                   say what ails the host, with a command for each ailment; changes nothing
  import FILE              read an existing rtpengine.conf into variables

  --host HOST              where, as \`ssh\` knows it: host, user@host; may be repeated [this host]
  --user USER --port PORT --key FILE --ssh-option OPTION
                           how \`ssh\` gets there, where its own configuration does not say
  --vars FILE              YAML file of variables; may be repeated, later ones win
  -e, --set NAME=VALUE     one variable; VALUE is read as YAML
  --check                  with apply: the same as plan
  --diff                   show how files change
  --keep-failure           leave a failed apply as it is instead of taking it back
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
  return {
    command,
    hosts: values.host ?? [],
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
      verbose: flag,
      json: flag,
      help: { ...flag, short: "h" },
    },
  });
}

function isCommand(word: string): word is RoleCommand {
  return (ROLE_COMMANDS as readonly string[]).includes(word);
}
