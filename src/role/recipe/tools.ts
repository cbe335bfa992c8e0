import type { Section } from "../resource.ts";
import { ENABLED, NODE, TOOLS, UPSTREAM } from "./conditions.ts";

/** Where upstream's daemon gets the words that the documents use; found before the package's own. */
const CTL = "/usr/local/bin/rtpengine-ctl";
const DAEMON = "/usr/local/bin/rtpengine";

/** Status 0: ours; 2: there is none; 1: somebody's own. */
const WHOSE_CTL = 'test -e "$1" || test -L "$1" || exit 2; test "$(readlink "$1")" = "$2"';
const WHOSE_DAEMON = 'test -e "$1" || test -L "$1" || exit 2; grep -qs "Written by the role" "$1"';
const CTL_OURS = "/usr/lib/rtpengine-ts/bin/rtpengine-ctl";

const UNIT = "/etc/systemd/system/rtpengine.service";
/** No engine yet, and nothing that stands in for its unit. */
const IS_NEW =
  'test ! -e "$1" && test ! -L "$1" && ! dpkg-query --show --showformat "$2" rtpengine-ts 2>/dev/null | grep -q "^[ih]i"';

/** What administers and verifies any of the daemons, and this project's engine. */
export const INSTALL_NODE: Section = {
  name: "install_node",
  title: "Install this project's packages",
  resources: [
    {
      kind: "deb-file",
      name: "Install the tools",
      packageName: "rtpengine-ts-tools",
      folder: "{{ __rtpengine_deb_dir }}",
      when: [`${TOOLS} or ${NODE}`],
    },
    {
      kind: "probe",
      name: "Look for the engine",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a format of dpkg-query
      argv: ["sh", "-c", IS_NEW, "sh", UNIT, "${db:Status-Abbrev}"],
      register: "__rtpengine_is_new",
      when: [NODE],
    },
    {
      kind: "link",
      name: "Keep the engine's package from starting what is not to run",
      path: UNIT,
      target: "/dev/null",
      when: [NODE, `not (${ENABLED})`, "__rtpengine_is_new.rc == 0"],
    },
    {
      kind: "deb-file",
      name: "Install the engine",
      packageName: "rtpengine-ts",
      folder: "{{ __rtpengine_deb_dir }}",
      notifies: ["restart rtpengine"],
      when: [NODE],
    },
    {
      kind: "probe",
      name: "Look whether the engine's unit is masked",
      argv: ["readlink", UNIT],
      register: "__rtpengine_engine_mask",
      when: [NODE],
    },
    {
      kind: "absent",
      name: "Let the engine be started by hand",
      path: UNIT,
      notifies: ["reload systemd"],
      when: [NODE, "__rtpengine_engine_mask.stdout == '/dev/null'"],
    },
    {
      kind: "probe",
      name: `Look whose ${CTL} is`,
      argv: ["sh", "-c", WHOSE_CTL, "sh", CTL, CTL_OURS],
      register: "__rtpengine_ctl_place",
    },
    {
      kind: "probe",
      name: `Look whose ${DAEMON} is`,
      argv: ["sh", "-c", WHOSE_DAEMON, "sh", DAEMON],
      register: "__rtpengine_daemon_place",
    },
    {
      kind: "check",
      name: "There is room for the wrappers",
      that: "__rtpengine_ctl_place.rc != 1 and __rtpengine_daemon_place.rc != 1",
      message: `${CTL} or ${DAEMON} is not the role's, and left as it is: found first, it hides what the role installs. Move it away`,
      isWarning: true,
    },
    {
      kind: "link",
      name: "Let rtpengine-ctl know the documents' commands",
      path: CTL,
      target: CTL_OURS,
      when: [TOOLS, UPSTREAM, "__rtpengine_ctl_place.rc != 1"],
    },
    {
      kind: "template",
      name: "Let rtpengine test a configuration",
      template: "rtpengine-wrapper.sh.j2",
      path: DAEMON,
      owner: "root",
      group: "root",
      mode: "0755",
      when: [TOOLS, UPSTREAM, "__rtpengine_daemon_place.rc != 1"],
    },
    {
      kind: "absent",
      name: "Leave rtpengine-ctl as it is",
      path: CTL,
      when: [`not (${TOOLS}) or ${NODE}`, "__rtpengine_ctl_place.rc == 0"],
    },
    {
      kind: "absent",
      name: "Leave rtpengine as it is",
      path: DAEMON,
      when: [`not (${TOOLS}) or ${NODE}`, "__rtpengine_daemon_place.rc == 0"],
    },
  ],
};
