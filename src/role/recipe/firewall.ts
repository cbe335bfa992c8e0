import type { Section } from "../resource.ts";

export const FIREWALL_SCRIPT = "/usr/local/sbin/rtpengine-firewall";
const SCRIPT = FIREWALL_SCRIPT;
const WANTED = "rtpengine_firewall != 'none'";
const UNWANTED = "rtpengine_firewall == 'none'";
const NFTABLES = "rtpengine_firewall == 'nftables'";

/** The daemon's ports in the firewall, where that is asked for; and out of it again, where it is no more. */
export const FIREWALL: Section = {
  name: "firewall",
  title: "Open the ports in the firewall",
  resources: [
    {
      kind: "template",
      name: "Write how the firewall is opened",
      template: "rtpengine-firewall.sh.j2",
      path: SCRIPT,
      owner: "root",
      group: "root",
      mode: "0755",
      when: [WANTED],
    },
    {
      kind: "probe",
      name: "Look for the firewall's rules",
      argv: [SCRIPT, "check"],
      register: "__rtpengine_rules",
      when: [WANTED],
    },
    {
      kind: "command",
      name: "Open the ports",
      argv: [SCRIPT, "sync"],
      // Not all of them: those of earlier runs carry calls.
      undo: [SCRIPT, "revert"],
      when: [WANTED, "__rtpengine_rules.rc != 0"],
    },
    {
      kind: "probe",
      name: "Look for rules of an earlier run",
      argv: ["test", "-e", "/var/lib/rtpengine-role/firewall"],
      register: "__rtpengine_old_rules",
      when: [UNWANTED],
    },
    {
      kind: "command",
      name: "Close the ports that an earlier run has opened",
      argv: [SCRIPT, "remove"],
      undo: [SCRIPT, "sync"],
      when: [UNWANTED, "__rtpengine_old_rules.rc == 0"],
    },
    {
      kind: "probe",
      name: "Look for the fragment in the firewall's own file",
      argv: ["grep", "-rqs", "/etc/nftables.d/", "/etc/nftables.conf"],
      register: "__rtpengine_included",
      when: [NFTABLES],
    },
    {
      kind: "check",
      name: "The rules outlast a boot",
      that: "__rtpengine_included.rc == 0",
      message:
        'The ports are open until nftables loads its file again: write  include "/etc/nftables.d/rtpengine.nft"  into its chain ({{ rtpengine_firewall_chain }}) in /etc/nftables.conf',
      isWarning: true,
      when: [NFTABLES],
    },
  ],
};
