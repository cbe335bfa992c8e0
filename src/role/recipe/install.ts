import type { Section } from "../resource.ts";
import { PACKAGE, RECORDS_APART } from "./conditions.ts";

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
