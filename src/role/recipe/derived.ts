import { LEDGER_SCRIPT } from "./ledger.ts";

/**
 * What the sections share, worked out from variables and facts. In Ansible these are the role's `vars`.
 *
 * Names begin with two underscores, as is the custom there for what is not to be set.
 */
export const DERIVED: Readonly<Record<string, string>> = {
  __rtpengine_ledger: LEDGER_SCRIPT,
  __rtpengine_prefix: "{{ '' if rtpengine_apt_source == 'debian' else 'ngcp-' }}",
  __rtpengine_architecture: "{{ 'arm64' if ansible_facts.architecture == 'aarch64' else 'amd64' }}",
  // `role_path` is Ansible's; the applier is told the folder.
  __rtpengine_deb_dir: "{{ rtpengine_deb_dir if rtpengine_deb_dir != '' else role_path ~ '/files' }}",
  __rtpengine_ng_port: "{{ rtpengine_listen_ng.split(':')[rtpengine_listen_ng.split(':') | length - 1] }}",
  __rtpengine_unit: "rtpengine.service",
  __rtpengine_unit_file:
    "{{ '/lib/systemd/system/rtpengine.service' if rtpengine_install_method == 'node' else '/etc/systemd/system/rtpengine.service' }}",
  __rtpengine_binary:
    "{{ '/opt/rtpengine/current/bin/rtpengine' if rtpengine_install_method == 'source' else '/usr/bin/rtpengine' }}",
  // A commit is known without asking; a name is looked up.
  __rtpengine_commit:
    "{{ rtpengine_version if rtpengine_version is match('[0-9a-f]{40}$') else __rtpengine_ref.stdout }}",
  __rtpengine_release:
    "{{ '/opt/rtpengine/' ~ __rtpengine_commit ~ ('-codecs' if rtpengine_transcode_enabled | bool else '') }}",
  __rtpengine_recording_unit: "{{ __rtpengine_prefix }}rtpengine-recording-daemon.service",
  __rtpengine_keyring:
    "{{ '/etc/apt/keyrings/rtpengine.asc' if '.asc' in rtpengine_apt_key_url else '/etc/apt/keyrings/rtpengine.gpg' }}",
  // Two addresses of this host are two logical interfaces; one that is not is what the internal one calls itself.
  __rtpengine_external_is_local:
    "{{ '!' in rtpengine_interface_external or rtpengine_interface_external in ansible_facts.all_ipv4_addresses or rtpengine_interface_external in ansible_facts.all_ipv6_addresses }}",
  __rtpengine_interfaces:
    "{{ 'internal/' ~ rtpengine_interface_internal if rtpengine_interface_external == '' else ('internal/' ~ rtpengine_interface_internal ~ ';external/' ~ rtpengine_interface_external if __rtpengine_external_is_local | bool else 'internal/' ~ rtpengine_interface_internal ~ ';external/' ~ rtpengine_interface_internal ~ '!' ~ rtpengine_interface_external) }}",
  __rtpengine_module:
    "{{ __rtpengine_found.stdout if __rtpengine_found is defined and __rtpengine_found.stdout != '' else 'xt_RTPENGINE' }}",
  __rtpengine_table: "{{ rtpengine_kernel_table if rtpengine_kernel_module | bool else -1 }}",
  __rtpengine_runtime_directory: "{{ rtpengine_run_dir | replace('/var/run/', '') | replace('/run/', '') }}",
};
