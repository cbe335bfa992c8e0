import type { Recipe } from "../resource.ts";
import { CHECK } from "./check.ts";
import { ACCOUNT, CONFIGURE, SERVICE } from "./configure.ts";
import { DERIVED } from "./derived.ts";
import { INSTALL_PACKAGE, KERNEL } from "./install.ts";
import { INSTALL_SOURCE } from "./source.ts";
import { INSTALL_NODE } from "./tools.ts";

/**
 * A module in use cannot be unloaded: the daemon stops first, and its rules go with it. One that is not loaded gets
 * its options when it is.
 */
const RELOAD_MODULE = [
  'grep -qs "^$1 " /proc/modules || exit 0',
  'was=$(systemctl is-active "$2")',
  'systemctl stop "$2" && modprobe -r "$1"',
  'modprobe "$1" || exit 1',
  'test "$was" != active || systemctl start "$2"',
].join("\n");

/** The role. */
export const RECIPE: Recipe = {
  derived: DERIVED,
  sections: [CHECK, ACCOUNT, CONFIGURE, INSTALL_PACKAGE, INSTALL_SOURCE, INSTALL_NODE, KERNEL, SERVICE],
  handlers: {
    "reload systemd": [{ kind: "daemon-reload", name: "reload systemd" }],
    "apply sysctl": [
      {
        kind: "command",
        name: "apply sysctl",
        argv: ["sysctl", "--quiet", "--load=/etc/sysctl.d/60-rtpengine.conf"],
      },
    ],
    "reload kernel module": [
      {
        kind: "command",
        name: "reload kernel module",
        argv: ["sh", "-c", RELOAD_MODULE, "sh", "{{ __rtpengine_module }}", "{{ __rtpengine_unit }}"],
      },
    ],
    "restart rtpengine": [
      {
        kind: "command",
        name: "let running calls end",
        // Those that are left after that time are cut, which is what a restart does.
        argv: [
          "sh",
          "-c",
          'systemctl is-active --quiet "$1" || exit 0; rtpengine-ctl --ip "$2" drain --timeout "$3" || true',
          "sh",
          "{{ __rtpengine_unit }}",
          "{{ rtpengine_listen_cli }}",
          "{{ rtpengine_drain_seconds }}",
        ],
        when: [
          "rtpengine_enabled | bool",
          "rtpengine_install_method == 'node'",
          "rtpengine_drain_seconds | int > 0",
        ],
      },
      {
        kind: "restart",
        name: "restart rtpengine",
        unit: "{{ __rtpengine_unit }}",
        when: ["rtpengine_enabled | bool"],
      },
    ],
    "restart rtpengine recording": [
      {
        kind: "restart",
        name: "restart rtpengine recording",
        unit: "{{ __rtpengine_recording_unit }}",
        when: ["rtpengine_enabled | bool"],
      },
    ],
    "restart rsyslog": [{ kind: "restart", name: "restart rsyslog", unit: "rsyslog.service" }],
    "reload firewall": [],
  },
};
