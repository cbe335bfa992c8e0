import type { Section } from "../resource.ts";

const UPSTREAM = "rtpengine_install_method != 'node'";
const NODE = "rtpengine_install_method == 'node'";
const TOOLS = "rtpengine_tools | bool";

/** Where upstream's daemon gets the words that the documents use; found before the package's own. */
const CTL = "/usr/local/bin/rtpengine-ctl";
const DAEMON = "/usr/local/bin/rtpengine";

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
      kind: "deb-file",
      name: "Install the engine",
      packageName: "rtpengine-ts",
      folder: "{{ __rtpengine_deb_dir }}",
      notifies: ["restart rtpengine"],
      when: [NODE],
    },
    {
      kind: "link",
      name: "Let rtpengine-ctl know the documents' commands",
      path: CTL,
      target: "/usr/lib/rtpengine-ts/bin/rtpengine-ctl",
      when: [TOOLS, UPSTREAM],
    },
    {
      kind: "template",
      name: "Let rtpengine test a configuration",
      template: "rtpengine-wrapper.sh.j2",
      path: DAEMON,
      owner: "root",
      group: "root",
      mode: "0755",
      when: [TOOLS, UPSTREAM],
    },
    { kind: "absent", name: "Leave rtpengine-ctl as it is", path: CTL, when: [`not (${TOOLS}) or ${NODE}`] },
    { kind: "absent", name: "Leave rtpengine as it is", path: DAEMON, when: [`not (${TOOLS}) or ${NODE}`] },
  ],
};
