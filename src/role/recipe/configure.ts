import type { HandlerName, Resource, Section } from "../resource.ts";
import { ENABLED, LOGS_TO_FILE, NODE, PACKAGE, RECORDS, RECORDS_APART, UPSTREAM } from "./conditions.ts";
import { ledger } from "./ledger.ts";
import { RUNNING } from "./remove.ts";

const ROOT = { owner: "root", group: "root", mode: "0644" } as const;

const file = (
  name: string,
  template: string,
  path: string,
  notifies: readonly HandlerName[],
  when: readonly string[] = [],
): Resource => ({
  kind: "template",
  name,
  template,
  path,
  ...ROOT,
  notifies,
  ...(when.length > 0 && { when }),
});

/** The service account. */
export const ACCOUNT: Section = {
  name: "account",
  title: "Make the service account",
  resources: [
    {
      kind: "probe",
      name: "Look for the service group",
      argv: ["getent", "group", "{{ rtpengine_group }}"],
      register: "__rtpengine_account_group",
    },
    { kind: "group", name: "Make the service group", group: "{{ rtpengine_group }}" },
    {
      kind: "note",
      name: "Note that the group is the role's",
      argv: ledger("note", "group {{ rtpengine_group }}"),
      when: ["__rtpengine_account_group.rc != 0"],
    },
    {
      kind: "probe",
      name: "Look for the service user",
      argv: ["id", "-u", "{{ rtpengine_user }}"],
      register: "__rtpengine_account",
    },
    {
      kind: "user",
      name: "Make the service user",
      user: "{{ rtpengine_user }}",
      group: "{{ rtpengine_group }}",
      // Somebody's who is there already it must not become: Ansible's module would change home and shell. The unit
      // names the group, whatever the account's own is.
      when: ["__rtpengine_account.rc != 0"],
    },
    {
      kind: "note",
      name: "Note that the user is the role's",
      argv: ledger("note", "user {{ rtpengine_user }}"),
      when: ["__rtpengine_account.rc != 0"],
    },
  ],
};

const LIMITS = ["net.core.rmem_max", "net.core.wmem_max", "net.ipv4.ip_local_reserved_ports"];
const LIMITS_BACK =
  'echo "$1" | while read -r key _ value; do echo "$value" >"/proc/sys/$(echo "$key" | tr . /)"; done';

/** Limits of the kernel: raised, never lowered, and ports that others have reserved stay so. */
const KERNEL_LIMITS: readonly Resource[] = [
  {
    kind: "probe",
    name: "Look up the kernel's limits",
    argv: ["sysctl", "-e", ...LIMITS],
    register: "__rtpengine_limits",
  },
  {
    kind: "note",
    name: "Note the kernel's limits",
    argv: ledger("limits", ...LIMITS),
    undo: ["sh", "-c", LIMITS_BACK, "sh", "{{ __rtpengine_limits.stdout }}"],
  },
  ...["rmem", "wmem"].map(
    (name): Resource => ({
      kind: "probe",
      name: `Look up ${name}_max`,
      argv: ["cat", `/proc/sys/net/core/${name}_max`],
      register: `__rtpengine_${name}`,
      when: ["rtpengine_sysctl | bool"],
    }),
  ),
  {
    kind: "probe",
    name: "Look up ports that are reserved for others",
    argv: ledger("others-ports"),
    register: "__rtpengine_others_ports",
    when: ["rtpengine_sysctl | bool"],
  },
  file(
    "Set the kernel's limits",
    "rtpengine.sysctl.j2",
    "/etc/sysctl.d/60-rtpengine.conf",
    ["apply sysctl"],
    ["rtpengine_sysctl | bool"],
  ),
  {
    kind: "probe",
    name: "Look for limits that are the role's no more",
    argv: ledger("limits-plan"),
    register: "__rtpengine_limits_back",
    when: ["not rtpengine_sysctl | bool"],
  },
  {
    kind: "command",
    name: "Set the kernel's limits back",
    argv: ledger("limits-back"),
    does: "{{ __rtpengine_limits_back.stdout }}",
    when: ["not rtpengine_sysctl | bool", "__rtpengine_limits_back.stdout != ''"],
  },
  {
    kind: "absent",
    name: "Leave the kernel's limits as they are",
    path: "/etc/sysctl.d/60-rtpengine.conf",
    when: ["not rtpengine_sysctl | bool"],
  },
];

/**
 * Files. Written before the packages come: the daemon's first start is with this configuration, and a folder that
 * a package brings along keeps the owner it has.
 */
export const CONFIGURE: Section = {
  name: "configure",
  title: "Write the configuration",
  resources: [
    {
      kind: "directory",
      name: "Make the configuration directory",
      path: "{{ rtpengine_config_dir }}",
      owner: "root",
      group: "{{ rtpengine_group }}",
      mode: "0750",
    },
    {
      kind: "vault",
      name: "Read secrets from Vault",
      register: "__rtpengine_vault",
      when: ["rtpengine_vault_options | length > 0"],
    },
    {
      kind: "template",
      name: "Write the daemon's configuration",
      hasSecrets: true,
      template: "rtpengine.conf.j2",
      path: "{{ rtpengine_config_dir }}/rtpengine.conf",
      owner: "root",
      group: "{{ rtpengine_group }}",
      mode: "0640",
      notifies: ["reconfigure rtpengine"],
    },
    {
      kind: "note",
      name: "Note how the configuration was written",
      argv: ledger("written", "{{ rtpengine_config_dir }}/rtpengine.conf"),
    },
    file(
      "Say who owns table and rules",
      "rtpengine-daemon.default.j2",
      "/etc/default/{{ __rtpengine_prefix }}rtpengine-daemon",
      ["restart rtpengine"],
      [PACKAGE],
    ),
    {
      kind: "probe",
      name: "Look whether the unit is masked until the engine is there",
      argv: ["readlink", "/etc/systemd/system/{{ __rtpengine_unit }}"],
      register: "__rtpengine_mask",
    },
    {
      kind: "absent",
      name: "Take the mask off the unit",
      path: "/etc/systemd/system/{{ __rtpengine_unit }}",
      notifies: ["reload systemd"],
      when: [`${UPSTREAM} or ${ENABLED}`, "__rtpengine_mask.stdout == '/dev/null'"],
    },
    file(
      "Write the unit",
      "rtpengine.service.j2",
      "/etc/systemd/system/{{ __rtpengine_unit }}",
      ["reload systemd", "restart rtpengine"],
      [UPSTREAM],
    ),
    {
      kind: "link",
      name: "Let the package's name of the unit mean this one",
      path: "/etc/systemd/system/{{ __rtpengine_prefix }}rtpengine-daemon.service",
      // Off: whatever the package's own scripts start under that name is nothing.
      target: "{{ '/etc/systemd/system/' ~ __rtpengine_unit if rtpengine_enabled | bool else '/dev/null' }}",
      notifies: ["reload systemd"],
      when: [PACKAGE],
    },
    {
      kind: "directory",
      name: "Make the folder of the unit's additions",
      path: "/etc/systemd/system/{{ __rtpengine_unit }}.d",
      owner: "root",
      group: "root",
      mode: "0755",
      when: [NODE],
    },
    file(
      "Write the unit's additions",
      "rtpengine.override.j2",
      "/etc/systemd/system/{{ __rtpengine_unit }}.d/role.conf",
      ["reload systemd", "restart rtpengine"],
      [NODE],
    ),
    {
      kind: "directory",
      name: "Make the recording directory",
      path: "{{ rtpengine_recording_dir }}",
      owner: "{{ rtpengine_user }}",
      group: "{{ rtpengine_group }}",
      mode: "0770",
      when: [RECORDS],
    },
    {
      kind: "directory",
      name: "Make the directory of finished recordings",
      path: "{{ rtpengine_recording_dir }}/recordings",
      owner: "{{ rtpengine_user }}",
      group: "{{ rtpengine_group }}",
      mode: "0770",
      when: [RECORDS_APART],
    },
    {
      kind: "template",
      name: "Write the recording daemon's configuration",
      template: "rtpengine-recording.conf.j2",
      path: "{{ rtpengine_config_dir }}/rtpengine-recording.conf",
      owner: "root",
      group: "{{ rtpengine_group }}",
      mode: "0640",
      notifies: ["restart rtpengine recording"],
      when: [RECORDS_APART],
    },
    {
      kind: "note",
      name: "Note how the recording daemon's configuration was written",
      argv: ledger("written", "{{ rtpengine_config_dir }}/rtpengine-recording.conf"),
      when: [RECORDS_APART],
    },
    {
      kind: "directory",
      name: "Make the folder of the recording unit's additions",
      path: "/etc/systemd/system/{{ __rtpengine_recording_unit }}.d",
      owner: "root",
      group: "root",
      mode: "0755",
      when: [RECORDS_APART, PACKAGE],
    },
    file(
      "Write the recording unit's additions",
      "rtpengine-recording.override.j2",
      "/etc/systemd/system/{{ __rtpengine_recording_unit }}.d/role.conf",
      ["reload systemd", "restart rtpengine recording"],
      [RECORDS_APART, PACKAGE],
    ),
    ...KERNEL_LIMITS,
    {
      kind: "probe",
      name: "Look for what writes the log file",
      argv: ["sh", "-c", "test -x /usr/sbin/rsyslogd && test -x /usr/sbin/logrotate"],
      register: "__rtpengine_writes_log",
      when: [LOGS_TO_FILE],
    },
    {
      kind: "packages",
      name: "Install what writes the log file",
      packages: ["rsyslog", "logrotate"],
      isPresent: true,
      // Asked without need, Ansible updates package lists, which fails while a repository's key is to be fetched anew.
      when: [LOGS_TO_FILE, "__rtpengine_writes_log.rc != 0"],
    },
    file(
      "Write the daemon's messages to the log file",
      "rtpengine.rsyslog.j2",
      "/etc/rsyslog.d/30-rtpengine.conf",
      ["restart rsyslog"],
      [LOGS_TO_FILE],
    ),
    file(
      "Turn the log file over",
      "rtpengine.logrotate.j2",
      "/etc/logrotate.d/rtpengine",
      [],
      [LOGS_TO_FILE],
    ),
    {
      kind: "absent",
      name: "Write no log file",
      path: "/etc/rsyslog.d/30-rtpengine.conf",
      notifies: ["restart rsyslog"],
      when: ["rtpengine_log_file == ''"],
    },
    {
      kind: "absent",
      name: "Turn no log file over",
      path: "/etc/logrotate.d/rtpengine",
      when: ["rtpengine_log_file == ''"],
    },
  ],
};

/** The services, last. */
export const SERVICE: Section = {
  name: "service",
  title: "Start the services",
  resources: [
    {
      kind: "absent",
      name: "Let the package start nothing at boot under its own name",
      path: "/etc/systemd/system/multi-user.target.wants/{{ __rtpengine_prefix }}rtpengine-daemon.service",
      notifies: ["reload systemd"],
      when: [PACKAGE],
    },
    {
      kind: "link",
      name: "Start the daemon at boot",
      path: "/etc/systemd/system/multi-user.target.wants/{{ __rtpengine_unit }}",
      target: "{{ __rtpengine_unit_file }}",
      notifies: ["reload systemd"],
      when: [ENABLED],
    },
    {
      kind: "absent",
      name: "Do not start the daemon at boot",
      path: "/etc/systemd/system/multi-user.target.wants/{{ __rtpengine_unit }}",
      notifies: ["reload systemd"],
      when: ["not rtpengine_enabled | bool"],
    },
    {
      kind: "service",
      name: "Run the daemon",
      unit: "{{ __rtpengine_unit }}",
      isRunning: ENABLED,
    },
    {
      kind: "service",
      name: "Run the recording daemon",
      unit: "{{ __rtpengine_recording_unit }}",
      isRunning: ENABLED,
      when: [RECORDS_APART, PACKAGE],
    },
    {
      kind: "probe",
      name: "Look for a recording daemon of an earlier run",
      argv: ["sh", "-c", RUNNING, "sh", "{{ __rtpengine_recording_unit }}"],
      register: "__rtpengine_recording",
      when: [`not (${RECORDS_APART})`],
    },
    {
      kind: "service",
      name: "Do not run the recording daemon",
      unit: "{{ __rtpengine_recording_unit }}",
      isRunning: "false",
      when: [`not (${RECORDS_APART})`, "__rtpengine_recording.stdout != ''"],
    },
  ],
};
