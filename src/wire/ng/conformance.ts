import { NG_KEYS } from "./keys.ts";
import { canonicalName, type NgKeyEntry, type NgKeyKind, type NgKeyStatus } from "./names.ts";
import { typicalWordsTable } from "./typical.ts";

const SIGNALLING = ["offer", "answer"] as const;

/** The verbs that the words of an area are for. */
const VERBS_OF_AREA: Readonly<Record<string, readonly string[]>> = {
  identity: ["offer", "answer", "delete", "query"],
  sdp: SIGNALLING,
  address: SIGNALLING,
  call: SIGNALLING,
  security: SIGNALLING,
  codec: SIGNALLING,
  dtmf: ["offer", "answer", "play DTMF", "block DTMF", "unblock DTMF"],
  recording: ["offer", "answer", "start recording", "stop recording", "pause recording"],
  player: ["offer", "answer", "play media", "stop media"],
};

/** Where a word is for other verbs than its area. */
const VERBS_OF_WORD: Readonly<Record<string, readonly string[]>> = {
  command: ["all"],
  sdp: SIGNALLING,
  "received-from": SIGNALLING,
  limit: ["list"],
  body: ["cli"],
  calls: ["mesh"],
  tags: ["mesh"],
  instance: ["transform"],
  address: ["block DTMF", "block media", "play media", "start recording"],
  "source-tag": ["inject start"],
  "source-call-id": ["inject start"],
  "to-call-id": ["connect"],
  "from-tags": ["subscribe request", "subscribe answer"],
  "delete-delay": ["delete"],
  fatal: ["delete"],
  fast: ["delete"],
  "to-tag": ["offer", "answer", "delete", "query"],
  supports: ["offer"],
};

const LIFE = "tests/unit/engine/call-life.test.ts";
const COMMANDS = "tests/unit/control/commands.test.ts";
const DISPATCH = "tests/unit/control/dispatch.test.ts";
const REQUEST = "tests/unit/wire/ng/request.test.ts";

/** The test files that hold the behaviour of a word; reading it is held by `request.test.ts` for all. */
export const TESTS_OF_WORD: Readonly<Record<string, readonly string[]>> = {
  ping: [DISPATCH],
  offer: [LIFE, COMMANDS],
  answer: [LIFE, COMMANDS],
  delete: [LIFE, COMMANDS, DISPATCH],
  query: [COMMANDS, DISPATCH],
  list: [COMMANDS, DISPATCH],
  statistics: [DISPATCH],
  cli: [DISPATCH],
  body: [DISPATCH],
  "call-id": [LIFE, COMMANDS],
  "from-tag": [LIFE, COMMANDS],
  "to-tag": [LIFE, COMMANDS],
  "via-branch": [LIFE, "tests/interop/sip/via-branch.test.ts"],
  sdp: [LIFE, COMMANDS],
  supports: [COMMANDS, DISPATCH],
  limit: [COMMANDS, DISPATCH],
  flags: [REQUEST],
  "rtpp-flags": [REQUEST],
  template: [REQUEST],
  fatal: [DISPATCH],
  "delete-delay": [LIFE, DISPATCH],
  "loop-protect": [COMMANDS],
  "port-latching": [LIFE],
  "pierce-NAT": [LIFE],
  "ICE=force": [DISPATCH],
};

/** What the page says of each status. */
const STATUS_TEXT: Readonly<Record<NgKeyStatus, string>> = {
  implemented: "works",
  refused: "refused",
  "not-built": "not built yet",
  ignored: "no effect, on purpose",
};

const KIND_TITLES: Readonly<Record<NgKeyKind, string>> = {
  command: "Verbs",
  key: "Keys",
  flag: "Flags",
  value: "Values",
};

/** The conformance page, Markdown: every documented word of the NG protocol and what becomes of it. */
export function conformanceReference(): string {
  const count = (status: NgKeyStatus): number => NG_KEYS.filter((entry) => entry.status === status).length;
  const lines = [
    "# Conformance to the NG protocol",
    "",
    "<!-- Generated from src/wire/ng/ by `node scripts/docs.mjs`; changes belong there. -->",
    "",
    "What becomes of the words that SIP proxies usually send:",
    "",
    ...typicalWordsTable(),
    "",
    "Below, every verb, key, flag and value that upstream's NG manual names, and what becomes of it in this version:",
    "",
    "- **works**: as the manual says, but for what the note says;",
    "- **refused**: the request fails and names the word, where it would make a difference;",
    "- **not built yet**: accepted and without effect; counted in `rtpengine_ignored_ng_keys_total{key=…}`, and said once for",
    "  each proxy in a warning where a call goes without something. A verb is refused;",
    "- **no effect, on purpose**: accepted and counted; the note says why.",
    "",
    "Words that are in no manual are accepted and counted together (`rtpengine_unknown_ng_keys_total`). Case, blanks, hyphens",
    `and underscores make no difference. Reading of all words is tested in \`${REQUEST}\` and \`keys.test.ts\` beside it;`,
    "the last column names tests of what a word does.",
    "",
    `${NG_KEYS.length} words: ${count("implemented")} work, ${count("refused")} are refused, ${count("not-built")} are not built yet, ${count("ignored")} have no effect on purpose.`,
  ];
  for (const kind of Object.keys(KIND_TITLES) as NgKeyKind[]) {
    lines.push("", `## ${KIND_TITLES[kind]}`, "", ...tableOf(kind));
  }
  return `${lines.join("\n")}\n`;
}

function tableOf(kind: NgKeyKind): string[] {
  const entries = NG_KEYS.filter((entry) => entry.kind === kind);
  if (kind === "command") {
    return [
      "| Verb | State | Note | Tests |",
      "|---|---|---|---|",
      ...entries.map((entry) =>
        tableLine([names(entry), STATUS_TEXT[entry.status], entry.note, tests(entry)]),
      ),
    ];
  }
  return [
    `| ${KIND_TITLES[kind].slice(0, -1)} | Area | For | State | Note | Tests |`,
    "|---|---|---|---|---|---|",
    ...entries.map((entry) =>
      tableLine([
        names(entry),
        entry.area,
        verbsOf(entry).join(", "),
        STATUS_TEXT[entry.status],
        entry.note,
        tests(entry),
      ]),
    ),
  ];
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function names({ name, aliases }: NgKeyEntry): string {
  return [name, ...aliases].map((word) => `\`${word}\``).join(", ");
}

/** The verbs that a key, flag or value is for. */
export function verbsOf({ kind, name, area }: NgKeyEntry): readonly string[] {
  const word = kind === "value" ? name.slice(0, name.indexOf("=")) : name;
  return VERBS_OF_WORD[canonicalName(word)] ?? VERBS_OF_WORD[word] ?? VERBS_OF_AREA[area] ?? SIGNALLING;
}

function tests({ name }: NgKeyEntry): string {
  return (TESTS_OF_WORD[name] ?? []).map((file) => `\`${file}\``).join(", ");
}
