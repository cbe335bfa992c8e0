import { group, type Variable } from "./variable.ts";

/** What an address of a file or repository is made of; nothing that a shell or apt would read otherwise. */
const URL = "[A-Za-z0-9_@%+=:,./~?&-]+";
/** A git ref, a release. */
const WORD = "[A-Za-z0-9_.+/-]+";

/** Every variable of the role, in the order of its documents. */
export const VARIABLES: readonly Variable[] = [
  ...group("Core settings", [
    {
      name: "rtpengine_enabled",
      type: "boolean",
      default: true,
      sentence:
        "Whether the service runs and starts at boot; off: installed and configured, stopped and disabled",
    },
    {
      name: "rtpengine_install_method",
      type: "choice",
      choices: ["package", "source", "node"],
      default: "package",
      sentence:
        "`package`: upstream's daemon from an APT repository; `source`: upstream's daemon built from a git ref; `node`: this project's engine",
    },
    {
      name: "rtpengine_version",
      type: "text",
      pattern: WORD,
      default: "mr12.0",
      sentence: "The git ref that `source` builds, and the release in the vendor repository's address",
    },
  ]),
  ...group("Removal", [
    {
      name: "rtpengine_state",
      type: "choice",
      choices: ["present", "absent"],
      default: "present",
      origin: "own",
      sentence:
        "`absent` takes the role away again: what it made, installed and changed, and nothing that was there before; recordings stay",
    },
    {
      name: "rtpengine_keep_config",
      type: "boolean",
      default: false,
      origin: "own",
      sentence:
        "With `absent`: keep the configuration files, too. One that was changed after the role had written it stays anyway",
    },
  ]),
  ...group("Installation", [
    {
      name: "rtpengine_apt_source",
      type: "choice",
      choices: ["sipwise", "debian"],
      default: "sipwise",
      origin: "own",
      sentence: "Where `package` gets upstream's packages: the vendor repository below, or Debian's own",
    },
    {
      name: "rtpengine_apt_url",
      type: "text",
      pattern: URL,
      default: "https://debian.sipwise.com/spce/{{ rtpengine_version }}",
      origin: "published",
      sentence: "The vendor repository",
    },
    {
      name: "rtpengine_apt_suite",
      type: "text",
      pattern: WORD,
      default: "{{ ansible_facts.distribution_release }}",
      origin: "own",
      sentence: "Its suite",
    },
    {
      name: "rtpengine_apt_key_url",
      type: "text",
      pattern: URL,
      default: "https://debian.sipwise.com/spce/sipwise.gpg",
      origin: "published",
      sentence: "Where its signing key is",
    },
    {
      name: "rtpengine_apt_key_fingerprint",
      type: "text",
      pattern: "[0-9A-Fa-f](?: *[0-9A-Fa-f]){39}",
      default: "",
      mayBeEmpty: true,
      origin: "own",
      sentence:
        "The key's fingerprint, 40 hex digits; another key is refused. Empty: any key, with a warning",
    },
    {
      name: "rtpengine_apt_packages",
      type: "list",
      pattern: "[a-z0-9][a-z0-9+.=~:-]+",
      default: [],
      origin: "own",
      sentence: "The daemon's packages, where the repository names them otherwise",
    },
    {
      name: "rtpengine_git_repo",
      type: "text",
      pattern: URL,
      default: "https://github.com/sipwise/rtpengine.git",
      origin: "published",
      sentence: "What `source` clones",
    },
    {
      name: "rtpengine_build_dir",
      type: "path",
      default: "/usr/local/src/rtpengine",
      origin: "published",
      sentence: "Where `source` builds",
    },
    {
      name: "rtpengine_tools",
      type: "boolean",
      default: true,
      origin: "own",
      sentence:
        "Install `rtpengine-ts-tools`: `rtpengine-ctl` with all its commands, `rtpengine --config-test`, `rtpengine-role verify`; method `node` needs it",
    },
    {
      name: "rtpengine_deb_dir",
      type: "text",
      default: "",
      mayBeEmpty: true,
      origin: "own",
      sentence:
        "Folder on the control machine with this project's packages (`npm run build:deb`); empty: the checkout's `dist`, in Ansible the role's `files`",
    },
  ]),
  ...group("Network settings", [
    {
      name: "rtpengine_interface_internal",
      type: "interface",
      default: "{{ internal_ip | default('192.168.64.20') }}",
      sentence: "Address of the logical interface `internal`",
    },
    {
      name: "rtpengine_interface_external",
      type: "interface",
      default: "{{ external_ip | default('') }}",
      mayBeEmpty: true,
      sentence:
        "Address of the logical interface `external`; one that is not on this host is advertised in place of the internal one",
    },
    {
      name: "rtpengine_listen_ng",
      type: "endpoint",
      default: "{{ internal_ip | default('192.168.64.20') }}:2223",
      sentence: "Where the NG protocol listens",
    },
    {
      name: "rtpengine_listen_cli",
      type: "endpoint",
      default: "127.0.0.1:9900",
      sentence: "Where the command line port listens",
    },
    {
      name: "rtpengine_listen_http",
      type: "endpoint",
      default: "127.0.0.1:2225",
      mayBeEmpty: true,
      origin: "own",
      sentence: "Where metrics are served; empty: nowhere",
    },
    {
      name: "rtpengine_port_min",
      type: "integer",
      default: 10000,
      min: 1024,
      max: 65535,
      sentence: "First media port",
    },
    {
      name: "rtpengine_port_max",
      type: "integer",
      default: 20000,
      min: 1024,
      max: 65535,
      sentence: "Last media port",
    },
    {
      name: "rtpengine_tos",
      type: "integer",
      default: 184,
      min: 0,
      max: 255,
      origin: "published",
      sentence: "Type-of-service byte of media",
    },
  ]),
  ...group("Protocol settings", [
    {
      name: "rtpengine_dtls_enabled",
      type: "boolean",
      default: true,
      sentence: "DTLS-SRTP",
    },
    {
      name: "rtpengine_dtls_passive",
      type: "boolean",
      default: false,
      origin: "published",
      sentence: "Prefer the passive role in DTLS",
    },
    { name: "rtpengine_ice_enabled", type: "boolean", default: true, sentence: "ICE" },
    { name: "rtpengine_ice_lite", type: "boolean", default: true, sentence: "ICE lite" },
    {
      name: "rtpengine_transcode_enabled",
      type: "boolean",
      default: false,
      sentence:
        "Transcoding: `source` builds the daemon with its codecs, and a daemon whose `--codecs` names none is refused",
    },
  ]),
  ...group("Kernel path", [
    {
      name: "rtpengine_kernel_module",
      type: "boolean",
      default: true,
      sentence: "Forward established media in the kernel: by module, or by eBPF with method `node`",
    },
    {
      name: "rtpengine_kernel_table",
      type: "integer",
      default: 0,
      min: 0,
      max: 63,
      sentence: "Number of the forwarding table",
    },
  ]),
  ...group("Recording", [
    { name: "rtpengine_recording_enabled", type: "boolean", default: false, sentence: "Recording" },
    {
      name: "rtpengine_recording_dir",
      type: "path",
      default: "/var/spool/rtpengine",
      sentence: "Recording directory",
    },
    {
      name: "rtpengine_recording_method",
      type: "choice",
      choices: ["proc", "pcap", "all"],
      default: "proc",
      origin: "published",
      sentence: "How upstream's daemon records: `proc` hands packets to the recording daemon",
    },
    {
      name: "rtpengine_recording_format",
      type: "choice",
      choices: ["wav", "mp3", "raw", "eth"],
      default: "wav",
      sentence:
        "`wav`, `mp3`: files of the recording daemon; `raw`, `eth`: captures that the daemon itself writes with method `pcap`",
    },
  ]),
  ...group("Homer/HEP integration", [
    {
      name: "rtpengine_homer_enabled",
      type: "boolean",
      default: "{{ opensips_hep_enabled | default(true) }}",
      sentence: "Send reports to Homer",
    },
    { name: "rtpengine_homer_host", type: "host", default: "192.168.64.1", sentence: "Homer's address" },
    {
      name: "rtpengine_homer_port",
      type: "integer",
      default: 9060,
      min: 1,
      max: 65535,
      sentence: "Its HEP port",
    },
    {
      name: "rtpengine_homer_protocol",
      type: "choice",
      choices: ["udp", "tcp"],
      default: "udp",
      origin: "published",
      sentence: "Transport of HEP",
    },
    {
      name: "rtpengine_homer_id",
      type: "integer",
      default: 2002,
      min: 0,
      max: 4294967295,
      sentence: "HEP capture ID",
    },
  ]),
  ...group("Performance tuning", [
    {
      name: "rtpengine_max_sessions",
      type: "integer",
      default: 0,
      min: 0,
      max: 1000000,
      sentence: "Most calls at a time; 0: no limit",
    },
    {
      name: "rtpengine_timeout",
      type: "integer",
      default: 60,
      min: 1,
      max: 86400,
      sentence: "Seconds without media after which a call ends",
    },
    {
      name: "rtpengine_silent_timeout",
      type: "integer",
      default: 30,
      min: 1,
      max: 86400,
      sentence: "The same for calls on hold or muted, seconds",
    },
    {
      name: "rtpengine_final_timeout",
      type: "integer",
      default: 10800,
      min: 0,
      max: 604800,
      sentence: "Longest call, seconds; 0: no limit",
    },
    {
      name: "rtpengine_cpu_affinity",
      type: "text",
      pattern: "[0-9 ,-]+",
      default: "",
      mayBeEmpty: true,
      origin: "published",
      sentence: "CPUs the service may run on, as systemd's CPUAffinity reads it: `0-3`; empty: all",
    },
    {
      name: "rtpengine_sysctl",
      type: "boolean",
      default: true,
      origin: "own",
      sentence: "Raise the kernel's limits for socket buffers and keep the media ports from other programs",
    },
  ]),
  ...group("Firewall", [
    {
      name: "rtpengine_firewall",
      type: "choice",
      choices: ["none", "nftables", "ufw", "firewalld"],
      default: "none",
      origin: "own",
      sentence:
        "Open the media ports, and NG for its sources, in this firewall; policies and other rules stay as they are",
    },
    {
      name: "rtpengine_firewall_ng_sources",
      type: "list",
      pattern: "[0-9A-Fa-f.:]+(/[0-9]+)?",
      holdsNetworks: true,
      default: [],
      origin: "own",
      sentence: "Addresses or networks that may reach the NG port through the firewall: the proxies",
    },
    {
      name: "rtpengine_firewall_chain",
      type: "text",
      pattern: "[A-Za-z0-9_-]+ [A-Za-z0-9_-]+ [A-Za-z0-9_-]+",
      default: "inet filter input",
      origin: "own",
      sentence: "Where nftables filters what comes in: family, table and chain",
    },
  ]),
  ...group("Service settings", [
    { name: "rtpengine_user", type: "account", default: "rtpengine", sentence: "Service user" },
    { name: "rtpengine_group", type: "account", default: "rtpengine", sentence: "Service group" },
    {
      name: "rtpengine_config_dir",
      type: "path",
      default: "/etc/rtpengine",
      sentence: "Configuration directory",
    },
    {
      name: "rtpengine_run_dir",
      type: "path",
      default: "/var/run/rtpengine",
      origin: "published",
      sentence: "Directory of the PID file",
    },
    {
      name: "rtpengine_pidfile",
      type: "path",
      default: "{{ rtpengine_run_dir }}/rtpengine.pid",
      origin: "published",
      sentence: "PID file",
    },
    {
      name: "rtpengine_log_level",
      type: "integer",
      default: 6,
      min: 1,
      max: 7,
      sentence: "Log level, as syslog counts: 3 errors, 6 information, 7 everything",
    },
    {
      name: "rtpengine_log_facility",
      type: "choice",
      choices: ["daemon", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"],
      default: "daemon",
      origin: "published",
      sentence: "Syslog facility",
    },
    {
      name: "rtpengine_log_stderr",
      type: "boolean",
      default: false,
      origin: "published",
      sentence: "Log to standard error, that is to the journal alone, and not through syslog",
    },
    {
      name: "rtpengine_log_file",
      type: "path",
      default: "/var/log/rtpengine.log",
      mayBeEmpty: true,
      origin: "seed",
      sentence: "Log file that rsyslog writes and logrotate turns over; empty: none",
    },
    {
      name: "rtpengine_options",
      type: "dictionary",
      default: {},
      origin: "own",
      sentence: "Further options of the daemon, by their name in its configuration file",
    },
    {
      name: "rtpengine_vault_options",
      type: "dictionary",
      default: {},
      origin: "own",
      pattern: "[A-Za-z0-9_.-]+/[A-Za-z0-9_./-]+#[A-Za-z0-9_.-]+",
      sentence:
        "Options whose values are secrets of Vault (key-value store, version 2): MOUNT/PATH#FIELD by the option's name, as in `redis: secret/rtpengine#redis`",
    },
    {
      name: "rtpengine_vault_addr",
      type: "text",
      default: "https://127.0.0.1:8200",
      origin: "own",
      pattern: URL,
      sentence: "Where Vault is, as the control machine reaches it",
    },
    {
      name: "rtpengine_vault_token",
      type: "text",
      default: "",
      mayBeEmpty: true,
      origin: "own",
      isSecret: true,
      sentence:
        "What Vault lets the control machine in with; give it from the environment or an encrypted file",
    },
    {
      name: "rtpengine_drain_seconds",
      type: "integer",
      default: 0,
      min: 0,
      max: 86400,
      origin: "own",
      sentence:
        "Before a restart new calls are refused and running ones get this long to end; with method `node`. 0: restart at once",
    },
    {
      name: "rtpengine_verify",
      type: "boolean",
      default: true,
      origin: "own",
      sentence: "After a change, prove that the host carries calls",
    },
  ]),
];

const BY_NAME: ReadonlyMap<string, Variable> = new Map(VARIABLES.map((entry) => [entry.name, entry]));

/** The variable of that name. */
export function findVariable(name: string): Variable | undefined {
  return BY_NAME.get(name);
}
