import type { Condition, Resource, Section } from "../resource.ts";
import { FIREWALL_SCRIPT } from "./firewall.ts";
import { LEDGER, ledger } from "./ledger.ts";

const NOTED = "__rtpengine_noted.rc == 0";
const ENGINE_IS_OURS = "__rtpengine_engine.stdout in ['ii', 'ii ', 'hi', 'hi ']";
const DRAINS = `${ENGINE_IS_OURS} and rtpengine_drain_seconds | int > 0`;

/** What is kept in any case, as the script's words. */
const KEEPING = ["{{ 'yes' if rtpengine_keep_config | bool else 'no' }}", "{{ rtpengine_log_file }}"];
const STAYS = "{{ __rtpengine_stays.stdout }}";

/** Units of the role's, where they run or start at boot; nobody else's of that name. */
export const RUNNING: string = [
  "for unit; do",
  '  grep -qs "^# Written by the role" "/etc/systemd/system/$unit" "/etc/systemd/system/$unit.d/role.conf" || continue',
  '  if systemctl is-active --quiet "$unit" || systemctl is-enabled --quiet "$unit"; then printf "%s " "$unit"; fi',
  "done",
].join("\n");

const CALLS = [
  "systemctl is-active --quiet rtpengine.service || exit 0",
  'rtpengine-ctl -ip "$1" list numsessions | sed -n "s/^Current sessions total: *//p" | tr -d "[:space:]"',
].join("\n");

const UNITS = [
  "rtpengine.service",
  "rtpengine-recording-daemon.service",
  "ngcp-rtpengine-recording-daemon.service",
];

const OLD_ROLE =
  'test ! -e "$1" && grep -qs "^# Written by the role" /etc/systemd/system/rtpengine.service /etc/systemd/system/rtpengine.service.d/role.conf';

const probe = (
  name: string,
  register: string,
  argv: readonly string[],
  when: readonly Condition[] = [NOTED],
) => ({ kind: "probe", name, register, argv, ...(when.length > 0 && { when }) }) as const;

/** Looks what a verb of the script would do, and has it done where that is anything. */
const step = (
  name: string,
  register: string,
  look: readonly string[],
  act: readonly string[],
  does: string,
): Resource[] => [
  probe(`Look: ${name[0]!.toLowerCase()}${name.slice(1)}`, register, look),
  {
    kind: "check",
    name: `Known: ${name[0]!.toLowerCase()}${name.slice(1)}`,
    that: `${register}.rc == 0`,
    message: `"${name}" cannot be worked out, which \`apt-get --simulate remove\` and a full disk are reasons for: nothing more is taken away. Mend it, and run this again`,
    isWarning: false,
    when: [NOTED],
  },
  {
    kind: "command",
    name,
    argv: act,
    does: `${does}{{ ${register}.stdout }}`,
    when: [NOTED, `${register}.stdout != ''`],
  },
];

/** The role taken away again, by what was noted before and while it came. */
export const REMOVE: Section = {
  name: "remove",
  title: "Take the role away",
  resources: [
    probe("Look for the notes of what was here before", "__rtpengine_noted", ["test", "-e", LEDGER], []),
    probe("Look for a role without notes", "__rtpengine_unnoted", ["sh", "-c", OLD_ROLE, "sh", LEDGER], []),
    {
      kind: "check",
      name: "There are notes of what was here before",
      that: "__rtpengine_unnoted.rc != 0",
      message:
        "This host was brought about without notes of what was there before, so nothing is taken away: bring it about once more, and the role's files and services can be; packages and account will stay",
      isWarning: true,
    },
    {
      kind: "note",
      name: "Note packages of a run that was broken off",
      argv: ledger("settle"),
      when: [NOTED],
    },
    probe("Look which engine it is", "__rtpengine_engine", [
      "dpkg-query",
      "--show",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a format of dpkg-query
      "--showformat=${db:Status-Abbrev}",
      "rtpengine-ts",
    ]),
    probe("Look for units that run", "__rtpengine_running", ["sh", "-c", RUNNING, "sh", ...UNITS]),
    probe("Count the calls", "__rtpengine_calls", ["sh", "-c", CALLS, "sh", "{{ rtpengine_listen_cli }}"]),
    {
      kind: "check",
      name: "No call is cut",
      that: `__rtpengine_calls.stdout in ['', '0'] or ${DRAINS}`,
      message:
        "Calls that are running: {{ __rtpengine_calls.stdout }}. They are cut{{ ': rtpengine_drain_seconds lets them end before' if rtpengine_install_method == 'node' else '' }}",
      isWarning: true,
      when: [NOTED, "'rtpengine.service' in __rtpengine_running.stdout"],
    },
    {
      kind: "command",
      name: "Let running calls end",
      argv: [
        ...["sh", "-c", 'rtpengine-ctl -ip "$1" drain --timeout "$2" || true', "sh"],
        ...["{{ rtpengine_listen_cli }}", "{{ rtpengine_drain_seconds }}"],
      ],
      does: "calls that are running: {{ __rtpengine_calls.stdout }}; they have {{ rtpengine_drain_seconds }} s to end, and no new ones begin",
      when: [
        NOTED,
        "'rtpengine.service' in __rtpengine_running.stdout",
        "__rtpengine_calls.stdout not in ['', '0']",
        DRAINS,
      ],
    },
    ...UNITS.map(
      (unit): Resource => ({
        kind: "service",
        name: `Stop ${unit}`,
        unit,
        isRunning: "false",
        when: [NOTED, `'${unit}' in __rtpengine_running.stdout.split(' ')`],
      }),
    ),
    probe("Look for rules in the firewall", "__rtpengine_old_rules", [
      "test",
      "-e",
      "/var/lib/rtpengine-role/firewall",
    ]),
    {
      kind: "command",
      name: "Close the ports in the firewall",
      argv: [FIREWALL_SCRIPT, "remove"],
      when: [NOTED, "__rtpengine_old_rules.rc == 0"],
    },
    // While DKMS is there still.
    ...step(
      "Remove the source's module from DKMS",
      "__rtpengine_modules",
      ledger("modules"),
      ledger("remove-modules"),
      "removed from DKMS: ",
    ),
    ...step(
      "Remove the packages that the role has installed",
      "__rtpengine_leaving",
      ledger("leaving"),
      ledger("remove"),
      "removed: ",
    ),
    // Those whose scripts delete no account; the others once it is known that nothing belongs to that.
    ...step(
      "Remove what they have left",
      "__rtpengine_left",
      ledger("purgeable", ...KEEPING, "unknown"),
      ledger("purge", ...KEEPING, "unknown"),
      "purged: ",
    ),
    // Needs the role's own file to know what the kernel was told by it.
    ...step(
      "Set the kernel's limits back",
      "__rtpengine_limits_back",
      ledger("limits-plan"),
      ledger("limits-back"),
      "",
    ),
    ...step(
      "Bring files back to what they were",
      "__rtpengine_restoring",
      ledger("restore-plan", ...KEEPING),
      ledger("restore", ...KEEPING),
      "",
    ),
    probe("Look for files of the service account", "__rtpengine_stays", ledger("stays")),
    ...step(
      "Remove what is left of packages that bring an account",
      "__rtpengine_left_with_account",
      ledger("purgeable", ...KEEPING, STAYS),
      ledger("purge", ...KEEPING, STAYS),
      "purged: ",
    ),
    probe("Look for accounts that the role has made", "__rtpengine_accounts", ledger("accounts")),
    {
      kind: "command",
      name: "Delete the service account, to which nothing belongs",
      argv: ledger("delete-accounts"),
      does: "deleted: {{ __rtpengine_accounts.stdout }}",
      // Looked at only, the role's own files are still there.
      when: [
        NOTED,
        "__rtpengine_accounts.stdout != ''",
        "__rtpengine_stays.stdout == 'none' or ansible_check_mode",
      ],
    },
    probe("Look what is kept", "__rtpengine_kept", ledger("kept", ...KEEPING, STAYS)),
    {
      kind: "check",
      name: "Nothing is kept",
      that: "__rtpengine_kept.stdout == ''",
      message: "{{ __rtpengine_kept.stdout }}",
      isWarning: true,
      when: [NOTED],
    },
    { kind: "note", name: "Forget what is done", argv: ledger("finish", ...KEEPING), when: [NOTED] },
  ],
};
