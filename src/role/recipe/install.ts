import type { Section } from "../resource.ts";
import { MODULE, PACKAGE, RECORDS_APART, UPSTREAM } from "./conditions.ts";

const VENDOR = "rtpengine_apt_source != 'debian'";

/** gpg wants a home and makes what is missing in it: not root's, since looking is to change nothing. */
const SHOW_KEY =
  'home=$(mktemp -d) && gpg --homedir "$home" --batch --show-keys --with-colons "$1"; status=$?; rm -rf "$home"; exit $status';

/**
 * One primary key, and that the pinned one: apt trusts every key of the file, and a subkey may be anybody's. What gpg
 * cannot read, apt perhaps can; only a check looks before the key has been fetched.
 */
const PINNED = [
  "(ansible_check_mode and (__rtpengine_key.rc != 0 or __rtpengine_key_origin.rc != 0))",
  "(__rtpengine_key.rc == 0 and __rtpengine_key.stdout.split('pub:') | length == 2 and (__rtpengine_key.stdout ~ 'fpr:::::::::none:').split('fpr:::::::::')[1].split(':')[0] | lower == rtpengine_apt_key_fingerprint | replace(' ', '') | lower)",
].join(" or ");

/** The key is there, and from that address: the repository's file, which is written once the key is, names it. */
const FROM_THERE = 'test -e "$1" && grep -qsxF "# Its key: $2" /etc/apt/sources.list.d/rtpengine.list';

/** Upstream's daemon from an APT repository. */
export const INSTALL_PACKAGE: Section = {
  name: "install_package",
  title: "Install upstream's packages",
  when: [PACKAGE],
  resources: [
    {
      kind: "probe",
      name: "Look for what reads the repository's key",
      argv: ["sh", "-c", "test -x /usr/bin/gpg && test -e /etc/ssl/certs/ca-certificates.crt"],
      register: "__rtpengine_reads_keys",
      when: [VENDOR],
    },
    {
      kind: "packages",
      name: "Install what reads the repository's key",
      packages: ["ca-certificates", "gpg"],
      isPresent: true,
      // Asked without need, Ansible updates package lists, which fails while the key is one of earlier.
      when: [VENDOR, "__rtpengine_reads_keys.rc != 0"],
    },
    {
      kind: "directory",
      name: "Make the folder of APT keys",
      path: "/etc/apt/keyrings",
      owner: "root",
      group: "root",
      mode: "0755",
      when: [VENDOR],
    },
    {
      kind: "probe",
      name: "See where the key is from that is there",
      argv: ["sh", "-c", FROM_THERE, "sh", "{{ __rtpengine_keyring }}", "{{ rtpengine_apt_key_url }}"],
      register: "__rtpengine_key_origin",
      when: [VENDOR],
    },
    {
      kind: "download",
      name: "Fetch the repository's key",
      url: "{{ rtpengine_apt_key_url }}",
      path: "{{ __rtpengine_keyring }}",
      when: [VENDOR, "__rtpengine_key_origin.rc != 0"],
    },
    {
      kind: "probe",
      name: "Read the key's fingerprint",
      argv: ["sh", "-c", SHOW_KEY, "sh", "{{ __rtpengine_keyring }}"],
      register: "__rtpengine_key",
      when: [VENDOR],
    },
    {
      kind: "check",
      name: "The key is the one that rtpengine_apt_key_fingerprint names",
      that: PINNED,
      message:
        "{{ __rtpengine_keyring }} from {{ rtpengine_apt_key_url }} is not the one key that rtpengine_apt_key_fingerprint names, or holds others too",
      isWarning: false,
      when: [VENDOR, "rtpengine_apt_key_fingerprint != ''"],
    },
    {
      kind: "check",
      name: "The key is pinned",
      that: "rtpengine_apt_key_fingerprint != ''",
      message:
        "rtpengine_apt_key_fingerprint is empty, so any key is taken; the one that is there now: {{ (__rtpengine_key.stdout ~ 'fpr:::::::::not fetched yet:').split('fpr:::::::::')[1].split(':')[0] }}",
      isWarning: true,
      when: [VENDOR],
    },
    {
      kind: "template",
      name: "Name the repository",
      template: "rtpengine.list.j2",
      path: "/etc/apt/sources.list.d/rtpengine.list",
      owner: "root",
      group: "root",
      mode: "0644",
      when: [VENDOR],
    },
    {
      kind: "absent",
      name: "Name no vendor's repository",
      path: "/etc/apt/sources.list.d/rtpengine.list",
      when: ["rtpengine_apt_source == 'debian'"],
    },
    {
      kind: "packages",
      name: "Install the daemon",
      packages: ["{{ __rtpengine_prefix }}rtpengine-daemon", "{{ __rtpengine_prefix }}rtpengine-utils"],
      isPresent: true,
      when: ["rtpengine_apt_packages | length == 0"],
    },
    {
      kind: "packages",
      name: "Install the packages that rtpengine_apt_packages names",
      packages: ["{{ rtpengine_apt_packages | join(' ') }}"],
      isPresent: true,
      when: ["rtpengine_apt_packages | length > 0"],
    },
    {
      kind: "packages",
      name: "Install the recording daemon",
      packages: ["{{ __rtpengine_prefix }}rtpengine-recording-daemon"],
      isPresent: true,
      when: [RECORDS_APART],
    },
  ],
};

/** The module that forwards in the kernel, for upstream's daemon. */
export const KERNEL: Section = {
  name: "kernel",
  title: "Install and load the kernel module",
  when: [UPSTREAM],
  resources: [
    {
      kind: "probe",
      name: "Look for kernel headers that can be installed",
      argv: ["apt-cache", "show", "linux-headers-{{ ansible_facts.kernel }}"],
      register: "__rtpengine_headers",
      when: [MODULE],
    },
    {
      kind: "packages",
      name: "Install the kernel headers that the module is built with",
      packages: ["linux-headers-{{ ansible_facts.kernel }}"],
      isPresent: true,
      when: [MODULE, "__rtpengine_headers.rc == 0"],
    },
    {
      kind: "packages",
      name: "Install the module's source and the rules' extension",
      packages: [
        "{{ __rtpengine_prefix }}rtpengine-kernel-dkms",
        "{{ __rtpengine_prefix }}rtpengine-iptables",
        "kmod",
      ],
      isPresent: true,
      when: [MODULE, PACKAGE],
    },
    {
      kind: "probe",
      name: "Find the module's name",
      argv: [
        "sh",
        "-c",
        "find /lib/modules/{{ ansible_facts.kernel }} -name 'xt_RTPENGINE.ko*' -o -name 'nft_rtpengine.ko*' 2>/dev/null | sed 's|.*/||;s|[.]ko.*||' | sort -r | head -n 1",
      ],
      register: "__rtpengine_found",
      when: [MODULE],
    },
    {
      kind: "check",
      name: "There is a kernel module for the running kernel",
      that: "__rtpengine_found.stdout != ''",
      message:
        "There is no kernel module for kernel {{ ansible_facts.kernel }}{{ '' if __rtpengine_headers.rc == 0 else ', and its headers are in no repository that this host knows' }}: media stay in user space until there is one; `rtpengine-role doctor` says what is missing",
      isWarning: true,
      when: [MODULE],
    },
    {
      kind: "probe",
      name: "Look up the service user's number",
      argv: ["id", "-u", "{{ rtpengine_user }}"],
      register: "__rtpengine_uid",
      when: [MODULE],
    },
    {
      kind: "probe",
      name: "Look up the service group's number",
      argv: ["sh", "-c", 'getent group "$1" | cut -d : -f 3', "sh", "{{ rtpengine_group }}"],
      register: "__rtpengine_gid",
      when: [MODULE],
    },
    {
      kind: "template",
      name: "Give the module's files to the service user",
      template: "rtpengine.modprobe.j2",
      path: "/etc/modprobe.d/rtpengine.conf",
      owner: "root",
      group: "root",
      mode: "0644",
      notifies: ["reload kernel module"],
      when: [MODULE],
    },
    {
      kind: "probe",
      name: "Look whose the loaded module's files are",
      argv: ["stat", "--format=%u", "/proc/rtpengine/control"],
      register: "__rtpengine_owner",
      when: [MODULE],
    },
    {
      kind: "check",
      name: "Recording has the module it needs",
      // Before the packages are installed, a check cannot know.
      that: "__rtpengine_found.stdout != '' or __rtpengine_owner.rc == 0 or ansible_check_mode",
      message:
        "rtpengine_recording_method {{ rtpengine_recording_method }} takes the media from the kernel module, and there is none for kernel {{ ansible_facts.kernel }}: set rtpengine_recording_method to pcap and rtpengine_recording_format to raw or eth, or record on a host whose kernel has the module",
      isWarning: false,
      when: [MODULE, RECORDS_APART],
    },
    {
      kind: "command",
      name: "Have the module's files given to the service user",
      // Loaded by somebody without the options above; what mends it is the handler, which needs the daemon stopped.
      argv: ["test", "-e", "/proc/rtpengine/control"],
      notifies: ["reload kernel module"],
      when: [
        MODULE,
        "__rtpengine_found.stdout != ''",
        "__rtpengine_owner.rc == 0",
        "__rtpengine_owner.stdout != __rtpengine_uid.stdout",
      ],
    },
    {
      kind: "template",
      name: "Load the module at boot",
      template: "rtpengine.modules-load.j2",
      path: "/etc/modules-load.d/rtpengine.conf",
      owner: "root",
      group: "root",
      mode: "0644",
      when: [MODULE, "__rtpengine_found.stdout != ''"],
    },
    {
      kind: "absent",
      name: "Load no module at boot",
      path: "/etc/modules-load.d/rtpengine.conf",
      when: ["not rtpengine_kernel_module | bool"],
    },
  ],
};
