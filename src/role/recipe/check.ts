import type { Condition, Resource, Section } from "../resource.ts";
import { KNOWN_SYSTEMS, keyOf, SYSTEMS, type System, TESTED_SYSTEMS } from "../systems.ts";
import { NODE, RECORDS, RECORDS_APART, UPSTREAM } from "./conditions.ts";

const SYSTEM = "ansible_facts.distribution ~ '-' ~ ansible_facts.distribution_major_version";
const isOneOf = (systems: readonly System[]): Condition =>
  `(${SYSTEM}) in [${systems.map((system) => `'${keyOf(system)}'`).join(", ")}]`;
const KNOWN = isOneOf(SYSTEMS);
const TESTED = isOneOf(SYSTEMS.filter(({ isTested }) => isTested));
const HOST_SYSTEM = "{{ ansible_facts.distribution }} {{ ansible_facts.distribution_major_version }}";

const must =
  (isWarning: boolean) =>
  (name: string, that: Condition, message: string, when: readonly Condition[] = []): Resource => ({
    kind: "check",
    name,
    that,
    message,
    isWarning,
    ...(when.length > 0 && { when }),
  });

const check = must(false);
const warning = must(true);

/** A package other than rtpengine's that a folder belongs to. */
const OWNERS =
  "dpkg-query -S \"$1\" 2>/dev/null | sed 's/: .*//' | tr -s ', ' '[\\n*]' | grep -v -e rtpengine -e '^by$' -e ^diversion | head -n 1";

/** A folder whose owner and mode the role sets: not one that others have to read, `/etc` or `/tmp`. */
const ownFolder = (name: string, when: readonly Condition[] = []): Resource[] => [
  {
    kind: "probe",
    name: `Look whose ${name} is`,
    argv: ["sh", "-c", OWNERS, "sh", `{{ ${name} }}`],
    register: `__${name}_owners`,
    ...(when.length > 0 && { when }),
  },
  check(
    `The folder ${name} is the role's alone`,
    `__${name}_owners.stdout == ''`,
    `${name} ({{ ${name} }}) would get another owner and mode, but is part of the system (package {{ __${name}_owners.stdout }}): name a folder in it`,
    when,
  ),
];

/** What must fit together before anything is touched. */
export const CHECK: Section = {
  name: "check",
  title: "Check variables and host",
  resources: [
    check(
      "The system is one that the role knows",
      KNOWN,
      `The role knows ${KNOWN_SYSTEMS}; this host is ${HOST_SYSTEM}`,
    ),
    warning(
      "The system is one that the role was tested on",
      TESTED,
      `The role is tested on ${TESTED_SYSTEMS}; of ${HOST_SYSTEM} the names of packages are known, and no more was tried`,
      [KNOWN],
    ),
    check(
      "The host runs systemd",
      "ansible_facts.service_mgr == 'systemd'",
      "The host has to run systemd; process 1 is {{ ansible_facts.service_mgr }}",
    ),
    check(
      "There are packages for the host's architecture",
      "ansible_facts.architecture in ['x86_64', 'aarch64']",
      "There are packages for x86_64 and aarch64; this host is {{ ansible_facts.architecture }}",
    ),
    ...ownFolder("rtpengine_config_dir"),
    ...ownFolder("rtpengine_recording_dir", [RECORDS]),
    check(
      "The port range has a beginning before its end",
      "rtpengine_port_min | int < rtpengine_port_max | int",
      "rtpengine_port_min ({{ rtpengine_port_min }}) has to be less than rtpengine_port_max ({{ rtpengine_port_max }})",
    ),
    check(
      "The PID file lies where the service may write",
      "(rtpengine_run_dir ~ '/') in rtpengine_pidfile",
      "rtpengine_pidfile ({{ rtpengine_pidfile }}) has to lie in rtpengine_run_dir ({{ rtpengine_run_dir }}), which the service may write",
    ),
    check(
      "The run directory lies in /run",
      "rtpengine_run_dir is match('(/var)?/run/[^/]')",
      "rtpengine_run_dir ({{ rtpengine_run_dir }}) has to lie in /run, where systemd makes it",
    ),
    check(
      "The recording method has the module it needs",
      "rtpengine_kernel_module | bool or rtpengine_recording_method != 'proc'",
      "rtpengine_recording_method proc needs the kernel module: set rtpengine_kernel_module, or method pcap with format raw or eth",
      [RECORDS, UPSTREAM],
    ),
    {
      kind: "probe",
      name: "Look whether the kernel module is loaded or could be",
      argv: ["sh", "-c", "test -e /proc/rtpengine/control || ! systemd-detect-virt --quiet --container"],
      register: "__rtpengine_kernel",
      when: [RECORDS_APART, UPSTREAM],
    },
    check(
      "The host can load the module that recording needs",
      "__rtpengine_kernel.rc == 0",
      "rtpengine_recording_method {{ rtpengine_recording_method }} takes the media from the kernel module, which a container cannot load, and its kernel has not loaded: record on a host with a kernel of its own, load the module outside, or set rtpengine_recording_method to pcap and rtpengine_recording_format to raw or eth",
      [RECORDS_APART, UPSTREAM],
    ),
    check(
      "Recording format and method go together",
      "(rtpengine_recording_method == 'pcap') == (rtpengine_recording_format in ['raw', 'eth'])",
      "rtpengine_recording_format {{ rtpengine_recording_format }} does not go with method {{ rtpengine_recording_method }}: wav and mp3 with proc, raw and eth with pcap",
      [RECORDS, UPSTREAM],
    ),
    check(
      "ICE can be switched off",
      "rtpengine_ice_enabled | bool",
      "Upstream's daemon has no setting that turns ICE off: leave rtpengine_ice_enabled on, and put ICE=remove into the proxy's flags",
      [UPSTREAM],
    ),
    check(
      "ICE lite can be switched off",
      "rtpengine_ice_lite | bool or not rtpengine_ice_enabled | bool",
      "Upstream's daemon has no setting that turns ICE lite off: leave rtpengine_ice_lite on, and put ICE-lite=off into the proxy's flags",
      [UPSTREAM],
    ),
    check(
      "DTLS can be switched off",
      "rtpengine_dtls_enabled | bool",
      "Upstream's daemon has no setting that turns DTLS off: leave rtpengine_dtls_enabled on, and put DTLS=off into the proxy's flags",
      [UPSTREAM],
    ),
    check(
      "The engine can record",
      "not rtpengine_recording_enabled | bool",
      "Method node does not record yet: leave rtpengine_recording_enabled off, or use method package",
      [NODE],
    ),
    check(
      "The engine can transcode",
      "not rtpengine_transcode_enabled | bool",
      "Method node does not transcode yet: leave rtpengine_transcode_enabled off, or use method package",
      [NODE],
    ),
    ...["dtls_enabled", "ice_enabled", "ice_lite", "homer_enabled"].map((name) =>
      warning(
        `The engine carries rtpengine_${name}`,
        `not rtpengine_${name} | bool`,
        `rtpengine_${name}: not carried by method node yet`,
        [NODE],
      ),
    ),
    warning(
      "Calls on hold outlive dead ones",
      "rtpengine_silent_timeout | int >= rtpengine_timeout | int",
      "rtpengine_silent_timeout ({{ rtpengine_silent_timeout }} s) is less than rtpengine_timeout ({{ rtpengine_timeout }} s): calls on hold or muted are cut sooner than dead ones; upstream's default is 3600",
    ),
    warning(
      "ICE lite has ICE",
      "rtpengine_ice_lite | bool",
      "rtpengine_ice_lite has no effect without rtpengine_ice_enabled",
      ["not rtpengine_ice_enabled | bool"],
    ),
    warning(
      "The external address is the host's",
      "__rtpengine_external_is_local | bool",
      "rtpengine_interface_external ({{ rtpengine_interface_external }}) is not an address of this host: it is advertised in place of {{ rtpengine_interface_internal }}",
      ["rtpengine_interface_external != ''"],
    ),
  ],
};
