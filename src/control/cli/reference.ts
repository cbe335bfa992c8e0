import type { CliCommand } from "./command.ts";
import { CLI_COMMANDS } from "./commands.ts";

/** The reference page of the command line, Markdown. */
export function cliReference(): string {
  const lines = [
    "# The command line: `rtpengine-ctl`",
    "",
    "<!-- Generated from src/control/cli/*.ts by `node scripts/docs.mjs`; changes belong there. -->",
    "",
    "`rtpengine-ctl COMMAND` asks the daemon on `listen-cli`. The protocol is text over TCP: one line with the command, the",
    "answer, the end of the connection; upstream's `rtpengine-ctl` works too. `get` is another name for `list`.",
    "`rtpengine-ctl --json COMMAND` sends `json COMMAND`, which answers every command in JSON, a refusal as",
    '`{"error":…,"code":…}`. The exit status is 0 for an answer, 1 for a refusal, 2 for wrong usage, 3 for no answer.',
    "",
    "`rtpengine-ctl drain --timeout SECONDS` starts a drain and waits so long until no call is left: exit status 0 when there is",
    "none, 1 when some are left, which go on. Calls that were deleted count until their `delete-delay` is over. A proxy whose new",
    "call is refused reads `load limit` where it says that it knows that answer (`supports=load-limit`), else an error.",
    "`rtpengine-ctl drain off` undoes a drain, and so does a restart.",
    "",
    "The port has no password: whoever reaches it may end calls. Let it listen on 127.0.0.1.",
    "",
    "| Command | What it does | State |",
    "|---|---|---|",
    ...CLI_COMMANDS.map(tableRow),
    "",
    "## Where it differs from upstream",
    "",
    "The reference is upstream's commit e8b82121fa0b (26.3, in development), also where an older one that distributions have,",
    "such as Debian 12's 10.5, says something else:",
    "",
    "- `list sessions all` prints `ID: … | del:n | creat:… | prx:… | redis:-1 | frgn:n | rec:n`; 10.5 prints",
    "  `callid: … | deletionmark:no | created:… | proxy:… | redis_keyspace:0 | foreign:no`.",
    "- `usage` lists the commands; 10.5 does not know it. `rtpengine-ctl` of either asks either daemon.",
    "",
    "Other than upstream's of any version:",
    "",
    "- `list` alone answers with a summary; upstream asks for more parameters.",
    "- An unknown word gets `Unknown or incomplete command::WORD`, as up to upstream 10.5, and a hint at the nearest command.",
    "- `set` refuses numbers with other characters behind them and values out of range; upstream takes what it can read.",
    "- `set controltos` names what it set; upstream names another parameter.",
    "- `params` uses the names of the start options, and shows passwords as `***`. `params revert` says what it reverted.",
    "- `list interfaces` has a line more: how packets reach the relay, and why not in a better way.",
    "- `list totals` and `list jsonstats` have interval statistics over the last full minute, whether or not anything is sent",
    "  to Graphite, and figures that upstream does not count at the end. `bufferpools`, `kernel_pollers` and `codec_chain`,",
    "  which speak of upstream's own internals, are missing.",
    "- `redis_keyspace` is always -1 and `foreign` always `no`: calls are not shared with other instances.",
  ];
  return `${lines.join("\n")}\n`;
}

function tableRow({ words, params, help, isBuilt, isOwn }: CliCommand): string {
  const head = `${words}${params === undefined ? "" : ` ${params}`}`.replaceAll("|", "\\|");
  const state = isBuilt === false ? "not built yet" : isOwn === true ? "works; ours" : "works";
  return `| \`${head}\` | ${help.replaceAll("|", "\\|")} | ${state} |`;
}
