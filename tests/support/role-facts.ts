import type { Facts } from "../../src/role/facts.ts";

/** A Debian 12 host with the addresses of the document that asked for the role. */
export const DEBIAN: Facts = {
  distribution: "Debian",
  distribution_release: "bookworm",
  distribution_major_version: "12",
  os_family: "Debian",
  architecture: "x86_64",
  kernel: "6.1.0-56-amd64",
  service_mgr: "systemd",
  all_ipv4_addresses: ["192.168.64.20", "203.0.113.20"],
  all_ipv6_addresses: [],
};
