import { ACTIVATION_STATE } from "../apply/activate.ts";
import type { HandlerName, Resource, Section } from "../resource.ts";
import { ENABLED, PACKAGE, RECORDS_APART } from "./conditions.ts";

/**
 * Status 0: a unit (`$1`) runs, and was started before one of the files (the rest) was written. What was written before
 * the machine booted was there, whatever a clock that has been set since said then.
 */
const STARTED_BEFORE = [
  'unit=$1; shift; systemctl is-active --quiet "$unit" || exit 1',
  "booted=$(($(date +%s) - $(cut -d . -f 1 /proc/uptime)))",
  'started=$(systemctl show --timestamp=unix --property=ExecMainStartTimestamp --value "$unit")',
  'for file; do written=$(stat --format=%Y -- "$file" 2>/dev/null || echo 0)',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: words of the shell
  'test "$written" -gt "${started#@}" && test "$written" -gt "$booted" && exit 0; done',
  "exit 1",
].join("\n");

/** The same for the daemon and its file, which it may have been told of without a restart: of what, the role has noted. */
const BEHIND_FILE = [
  'state=$1; unit=$2; file=$3; systemctl is-active --quiet "$unit" && test -e "$file" || exit 1',
  'invocation=$(systemctl show --property=InvocationID --value "$unit")',
  'if grep -Fqs "\\"invocation\\":\\"$invocation\\",\\"digest\\"" "$state"; then',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: words of the shell
  '  digest=$(sha256sum <"$file"); ! grep -Fqs "\\"digest\\":\\"${digest%% *}\\"" "$state"; exit',
  "fi",
  `set -- "$unit" "$file"\n${STARTED_BEFORE}`,
].join("\n");

const catchUp = (
  what: string,
  register: string,
  argv: readonly string[],
  notifies: HandlerName,
  when: readonly string[] = [ENABLED],
): Resource[] => [
  {
    kind: "probe",
    name: `See whether ${what}`,
    argv: ["sh", "-c", ...argv],
    register,
    when,
  },
  {
    kind: "command",
    name: `Have it caught up with: ${what}`,
    argv: ["true"],
    does: `${notifies} is due`,
    notifies: [notifies],
    when: [...when, `${register}.rc == 0`],
  },
];

/**
 * What a run left that was broken off between a change and its handler: Ansible forgets handlers of a play that
 * fails, and the next one sees no change. Looked at before anything is changed; later every handler is notified.
 */
export const CATCH_UP: Section = {
  name: "catch_up",
  title: "Finish what a run that was broken off has left",
  resources: [
    ...catchUp(
      "systemd has not read a unit's file",
      "__rtpengine_unread",
      [
        'systemctl show --property=NeedDaemonReload --value "$@" | grep -q yes',
        ...["sh", "{{ __rtpengine_unit }}", "{{ __rtpengine_recording_unit }}"],
      ],
      "reload systemd",
    ),
    ...catchUp(
      "the daemon was started before its unit was written or its program installed",
      "__rtpengine_old_start",
      [
        STARTED_BEFORE,
        "sh",
        "{{ __rtpengine_unit }}",
        "{{ __rtpengine_unit_file }}",
        "/etc/systemd/system/{{ __rtpengine_unit }}.d/role.conf",
        "/etc/default/{{ __rtpengine_prefix }}rtpengine-daemon",
        "/opt/rtpengine/current",
        "/var/lib/dpkg/info/rtpengine-ts.list",
      ],
      "restart rtpengine",
    ),
    ...catchUp(
      "the daemon does not do what its file says",
      "__rtpengine_behind",
      [
        BEHIND_FILE,
        "sh",
        ACTIVATION_STATE,
        "{{ __rtpengine_unit }}",
        "{{ rtpengine_config_dir }}/rtpengine.conf",
      ],
      "reconfigure rtpengine",
    ),
    ...catchUp(
      "the recording daemon was started before its files were written",
      "__rtpengine_recording_behind",
      [
        STARTED_BEFORE,
        "sh",
        "{{ __rtpengine_recording_unit }}",
        "{{ rtpengine_config_dir }}/rtpengine-recording.conf",
        "/etc/systemd/system/{{ __rtpengine_recording_unit }}.d/role.conf",
      ],
      "restart rtpengine recording",
      [ENABLED, RECORDS_APART, PACKAGE],
    ),
    ...catchUp(
      "the log's writer was started before its file was written",
      "__rtpengine_log_behind",
      [STARTED_BEFORE, "sh", "rsyslog.service", "/etc/rsyslog.d/30-rtpengine.conf"],
      "restart rsyslog",
    ),
  ],
};
