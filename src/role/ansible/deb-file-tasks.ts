import type { AnsibleTask } from "../resources/kind.ts";

const FILE = "{{ __rtpengine_deb_files | sort | last }}";
const ON_HOST = "/var/cache/rtpengine-role/{{ __rtpengine_deb_file | basename }}";

/**
 * Installs `__rtpengine_deb` from the control machine's `__rtpengine_deb_folder`, unless that version is there.
 *
 * What `resources/deb-file.ts` does, in as many tasks as Ansible takes for it.
 */
export function debFileTasks(): AnsibleTask[] {
  const isOther = "__rtpengine_deb_installed.stdout != 'ii ' ~ __rtpengine_deb_version";
  return [
    {
      name: "Look for the package on the control machine",
      "ansible.builtin.set_fact": {
        __rtpengine_deb_files:
          "{{ query('ansible.builtin.fileglob', __rtpengine_deb_folder ~ '/' ~ __rtpengine_deb ~ '_*_' ~ __rtpengine_architecture ~ '.deb') }}",
      },
    },
    {
      name: "The package is there",
      "ansible.builtin.assert": {
        that: ["__rtpengine_deb_files | length > 0"],
        fail_msg:
          "{{ __rtpengine_deb_folder }} has no {{ __rtpengine_deb }}_VERSION_{{ __rtpengine_architecture }}.deb: run `npm run build:deb` and name its folder in rtpengine_deb_dir",
        quiet: true,
      },
    },
    {
      name: "Read the package's version",
      "ansible.builtin.set_fact": {
        __rtpengine_deb_file: FILE,
        __rtpengine_deb_version: `{{ (${FILE.slice(3, -3)} | basename).split('_')[1] }}`,
      },
    },
    {
      name: "Read the version that is installed",
      "ansible.builtin.command": {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a format of dpkg-query
        argv: ["dpkg-query", "--show", "--showformat=${db:Status-Abbrev}${Version}", "{{ __rtpengine_deb }}"],
      },
      register: "__rtpengine_deb_installed",
      changed_when: false,
      failed_when: false,
      check_mode: false,
    },
    {
      name: "Make a folder for the package",
      "ansible.builtin.file": { path: "/var/cache/rtpengine-role", state: "directory", mode: "0755" },
      when: isOther,
    },
    {
      name: "Carry the package over",
      "ansible.builtin.copy": { src: "{{ __rtpengine_deb_file }}", dest: ON_HOST, mode: "0644" },
      when: isOther,
    },
    {
      name: "Refresh the package lists",
      "ansible.builtin.apt": { update_cache: true },
      when: isOther,
    },
    {
      name: "Install the package",
      "ansible.builtin.apt": { deb: ON_HOST, allow_downgrade: true, install_recommends: false },
      when: isOther,
      notify: "{{ __rtpengine_deb_notify }}",
      ignore_errors: "{{ ansible_check_mode }}",
    },
    {
      name: "Remove the package's file",
      "ansible.builtin.file": { path: ON_HOST, state: "absent" },
      when: isOther,
    },
  ];
}
