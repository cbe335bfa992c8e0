import type { Recipe, Resource, Section } from "../resource.ts";
import { CATCH_UP } from "./catch-up.ts";
import { CHECK } from "./check.ts";
import { ENABLED, PRESENT } from "./conditions.ts";
import { ACCOUNT, CONFIGURE, SERVICE } from "./configure.ts";
import { DERIVED } from "./derived.ts";
import { FIREWALL } from "./firewall.ts";
import { INSTALL_PACKAGE } from "./install.ts";
import { KERNEL } from "./kernel.ts";
import { noteBefore, notePackages } from "./notes.ts";
import { REMOVE } from "./remove.ts";
import { INSTALL_SOURCE } from "./source.ts";
import { INSTALL_NODE } from "./tools.ts";
import { TRANSCODING } from "./transcoding.ts";
import { VERIFY } from "./verify.ts";

/**
 * A module in use cannot be unloaded: who reads its files stops first (the daemon, what writes recordings), then
 * rules and tables go, those of other numbers than today's too. One that is not loaded gets its options when it is.
 * Whatever becomes of it, what ran before runs afterwards.
 */
const RELOAD_MODULE = [
  "module=$1; active=; shift",
  'grep -qs "^$module " /proc/modules || exit 0',
  'for unit; do systemctl is-active --quiet "$unit" && active="$active $unit"; done',
  'test -z "$active" || systemctl stop $active',
  "for command in iptables ip6tables; do $command -F rtpengine 2>/dev/null; done",
  "( cd /proc/rtpengine 2>/dev/null || exit 0",
  '  for table in [0-9]*; do test ! -d "$table" || echo "del $table" > control; done )',
  // The package's own script may have unloaded it.
  '! grep -qs "^$module " /proc/modules || modprobe -r "$module" && modprobe "$module"',
  "status=$?",
  'test -z "$active" || systemctl start $active || exit 1',
  "exit $status",
].join("\n");

/** The applier needs nothing on the host; Ansible calls the tools there. */
const HAS_TOOLS =
  "rtpengine_tools | bool or rtpengine_install_method == 'node' or __rtpengine_is_applied | default(false)";

const follow = (name: string, isForced: boolean): Resource => ({
  kind: "activation",
  name,
  unit: "{{ __rtpengine_unit }}",
  configFile: "{{ rtpengine_config_dir }}/rtpengine.conf",
  cli: "{{ rtpengine_listen_cli }}",
  drainSeconds: "{{ rtpengine_drain_seconds if rtpengine_install_method == 'node' else 0 }}",
  isForced,
  when: [ENABLED, HAS_TOOLS],
});

const BRINGING = [ACCOUNT, CONFIGURE, INSTALL_PACKAGE, INSTALL_SOURCE, TRANSCODING, INSTALL_NODE, KERNEL];
const NOTE = noteBefore([...BRINGING, FIREWALL, SERVICE]);

const wherePresent = (section: Section): Section => ({
  ...section,
  when: [PRESENT, ...(section.when ?? [])],
});

/** The role. */
export const RECIPE: Recipe = {
  derived: DERIVED,
  sections: [
    wherePresent(CHECK),
    { ...REMOVE, when: [`not (${PRESENT})`] },
    ...[CATCH_UP, NOTE, ...BRINGING, notePackages(BRINGING), FIREWALL, SERVICE, VERIFY].map(wherePresent),
  ],
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
        argv: [
          ...["sh", "-c", RELOAD_MODULE, "sh"],
          ...["{{ __rtpengine_module }}", "{{ __rtpengine_unit }}", "{{ __rtpengine_recording_unit }}"],
        ],
      },
    ],
    "restart rtpengine": [
      follow("restart rtpengine", true),
      {
        kind: "restart",
        name: "restart rtpengine without the tools",
        unit: "{{ __rtpengine_unit }}",
        when: [ENABLED, `not (${HAS_TOOLS})`],
      },
    ],
    "reconfigure rtpengine": [
      follow("reconfigure rtpengine", false),
      {
        kind: "restart",
        name: "reconfigure rtpengine without the tools",
        unit: "{{ __rtpengine_unit }}",
        when: [ENABLED, `not (${HAS_TOOLS})`],
      },
    ],
    "restart rtpengine recording": [
      {
        kind: "restart",
        name: "restart rtpengine recording",
        unit: "{{ __rtpengine_recording_unit }}",
        when: [ENABLED],
      },
    ],
    "restart rsyslog": [{ kind: "restart", name: "restart rsyslog", unit: "rsyslog.service" }],
  },
};
