import type { Section } from "../resource.ts";
import { REFUSAL } from "../verify/refusal.ts";
import { MODULE, PACKAGE, RECORDS_APART, SOURCE, UPSTREAM } from "./conditions.ts";

const BUILD_MODULE = "/usr/local/sbin/rtpengine-build-module";

/** Loads the module (`$1`), or notes why not in a file (`$2`): the daemon runs without it, too. */
const LOAD = [
  'if modprobe -- "$1" 2>"$2.new"; then rm -f "$2" "$2.new"; exit 0; fi',
  'mv -f "$2.new" "$2"',
].join("\n");

/**
 * Why the module (`$1`) cannot be loaded, with what mends it: as the note (`$2`) has it where loading was tried since
 * the module was built for the kernel (`$3`), else as far as it can be told without trying. Status 3: it is to be tried.
 */
const LOADABLE = [
  'grep -qs "^$1 " /proc/modules && exit 0',
  "status=0 said= lock= format=",
  'built=$(find "/lib/modules/$3" -name "$1.ko*" 2>/dev/null | head -n 1)',
  'if test -e "$2" && ! test "$built" -nt "$2"; then',
  "  said=$(tail -n 1 \"$2\" | sed 's/^modprobe: *//;s/^[A-Z]*: *//')",
  '  test -n "$said" || said="modprobe does not say why"',
  '  case $said in *[Kk]ey*|*"not permitted"*) lock=1 ;; *"xec format"*|*"odule format"*) format=1 ;; esac',
  "else",
  "  status=3",
  "  boot=$(od -An -t u1 -j 4 -N 1 /sys/firmware/efi/efivars/SecureBoot-* 2>/dev/null | tr -d ' ')",
  "  if test \"$boot\" = 1 || grep -Eqs '\\[(integrity|confidentiality)\\]' /sys/kernel/security/lockdown; then",
  '    test -n "$(modinfo -k "$3" -F signer "$1" 2>/dev/null)" || lock=1',
  '    test -z "$lock" || said="the kernel takes signed modules alone (Secure Boot), and it is not signed"',
  "  fi",
  "fi",
  'fix="modprobe $1; dmesg | tail"',
  'test -z "$lock" || fix="mokutil --import /var/lib/dkms/mok.pub, then boot and confirm"',
  'test -z "$format" || fix="dkms autoinstall --force"',
  'test -z "$said" || echo "$said ($fix)"',
  "exit $status",
].join("\n");

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
      name: "Install the module's source",
      packages: ["{{ __rtpengine_prefix }}rtpengine-kernel-dkms", "kmod"],
      isPresent: true,
      when: [MODULE, PACKAGE],
    },
    {
      kind: "probe",
      name: "Look for the rules' extension, which later daemons do without",
      argv: ["apt-cache", "show", "{{ __rtpengine_prefix }}rtpengine-iptables"],
      register: "__rtpengine_extension",
      when: [MODULE, PACKAGE],
    },
    {
      kind: "packages",
      name: "Install the rules' extension",
      packages: ["{{ __rtpengine_prefix }}rtpengine-iptables"],
      isPresent: true,
      when: [MODULE, PACKAGE, "__rtpengine_extension.rc == 0"],
    },
    {
      kind: "packages",
      name: "Install what builds the module of the source",
      packages: ["dkms", "kmod"],
      isPresent: true,
      when: [MODULE, SOURCE],
    },
    {
      kind: "template",
      name: "Write how the module is built",
      template: "rtpengine-build-module.sh.j2",
      path: BUILD_MODULE,
      owner: "root",
      group: "root",
      mode: "0755",
      when: [MODULE, SOURCE],
    },
    {
      kind: "probe",
      name: "See whether DKMS has the source's module",
      argv: [BUILD_MODULE, "check", "{{ __rtpengine_commit }}", "{{ ansible_facts.kernel }}"],
      register: "__rtpengine_dkms",
      when: [MODULE, SOURCE, "__rtpengine_commit != ''"],
    },
    {
      kind: "command",
      name: "Have DKMS build the source's module",
      argv: [BUILD_MODULE, "install", "{{ __rtpengine_commit }}", "{{ ansible_facts.kernel }}"],
      undo: [BUILD_MODULE, "remove", "{{ __rtpengine_commit }}"],
      notifies: ["reload kernel module", "restart rtpengine"],
      when: [MODULE, SOURCE, "__rtpengine_commit != ''", "__rtpengine_dkms.rc != 0"],
    },
    {
      kind: "probe",
      name: "See whether DKMS could not build it",
      argv: [BUILD_MODULE, "failed", "{{ __rtpengine_commit }}", "{{ ansible_facts.kernel }}"],
      register: "__rtpengine_unbuilt",
      when: [MODULE, SOURCE, "__rtpengine_commit != ''"],
    },
    {
      kind: "check",
      name: "The source's module can be built",
      that: "__rtpengine_unbuilt.stdout == ''",
      message:
        "The kernel module of {{ __rtpengine_commit }} cannot be built for kernel {{ ansible_facts.kernel }}: {{ __rtpengine_unbuilt.stdout }}. The daemon carries media in user space",
      isWarning: true,
      when: [MODULE, SOURCE, "__rtpengine_commit != ''"],
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
      kind: "probe",
      name: "See what keeps the module from being loaded",
      argv: ["sh", "-c", LOADABLE, "sh", "{{ __rtpengine_module }}", REFUSAL, "{{ ansible_facts.kernel }}"],
      register: "__rtpengine_loadable",
      when: [MODULE, "__rtpengine_found.stdout != ''"],
    },
    {
      kind: "command",
      name: "Try to load the module",
      argv: ["sh", "-c", LOAD, "sh", "{{ __rtpengine_module }}", REFUSAL],
      does: "{{ __rtpengine_module }} loaded, if the kernel takes it",
      // One that is in use stays: the daemon that uses it is another step's.
      undo: [
        "sh",
        "-c",
        'modprobe -r "$1" 2>/dev/null; rm -f "$2"',
        "sh",
        "{{ __rtpengine_module }}",
        REFUSAL,
      ],
      notifies: ["restart rtpengine"],
      when: [MODULE, "__rtpengine_found.stdout != ''", "__rtpengine_loadable.rc == 3"],
    },
    {
      kind: "probe",
      name: "See what the kernel says to the module",
      argv: ["sh", "-c", LOADABLE, "sh", "{{ __rtpengine_module }}", REFUSAL, "{{ ansible_facts.kernel }}"],
      register: "__rtpengine_loadable",
      when: [MODULE, "__rtpengine_found.stdout != ''"],
    },
    {
      kind: "check",
      name: "The kernel takes the module",
      that: "__rtpengine_loadable.stdout == ''",
      message:
        "{{ __rtpengine_module }} is there and cannot be loaded: {{ __rtpengine_loadable.stdout }}. Until then the daemon carries media in user space",
      isWarning: true,
      when: [MODULE, `not (${RECORDS_APART})`, "__rtpengine_found.stdout != ''"],
    },
    {
      kind: "check",
      name: "The kernel takes the module that recording needs",
      that: "__rtpengine_loadable.stdout == '' or __rtpengine_owner.rc == 0",
      message:
        "rtpengine_recording_method {{ rtpengine_recording_method }} takes the media from the kernel module, which cannot be loaded: {{ __rtpengine_loadable.stdout }}. Mend that, or set rtpengine_recording_method to pcap and rtpengine_recording_format to raw or eth",
      isWarning: false,
      when: [MODULE, RECORDS_APART, "__rtpengine_found.stdout != ''"],
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
