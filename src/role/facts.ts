/**
 * What the role knows of a host before it plans. The names are Ansible's, so that expressions read the same in both
 * back ends.
 */
export interface Facts {
  /** `Debian`. */
  readonly distribution: string;
  /** `bookworm`. */
  readonly distribution_release: string;
  /** `12`. */
  readonly distribution_major_version: string;
  /** `Debian` for all of the family. */
  readonly os_family: string;
  /** As `uname -m` says: `x86_64`, `aarch64`. */
  readonly architecture: string;
  /** `uname -r`. */
  readonly kernel: string;
  /** `systemd` where it runs as process 1. */
  readonly service_mgr: string;
  readonly all_ipv4_addresses: readonly string[];
  readonly all_ipv6_addresses: readonly string[];
}
