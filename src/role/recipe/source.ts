import type { Section } from "../resource.ts";
import { SOURCE, TRANSCODES } from "./conditions.ts";

/** A name alone would also stand for every branch that ends in it. Of branch and tag the tag wins, and of that its commit. */
const LOOK_UP =
  'git ls-remote -- "$1" "refs/heads/$2" "refs/tags/$2" "refs/tags/$2^{}" | tail -n 1 | cut -f 1';

/**
 * Upstream's daemon from its source: a folder a commit, and a link to the one that runs. Only a commit that has not
 * been built is built.
 */
export const INSTALL_SOURCE: Section = {
  name: "install_source",
  title: "Build upstream's daemon",
  when: [SOURCE],
  resources: [
    {
      kind: "packages",
      name: "Install what it is built with",
      packages: ["{{ __rtpengine_build_packages | join(' ') }}"],
      isPresent: true,
    },
    {
      kind: "packages",
      name: "Install what the codecs are built with",
      packages: ["{{ __rtpengine_codec_packages | join(' ') }}"],
      isPresent: true,
      when: [TRANSCODES],
    },
    {
      kind: "template",
      name: "Write how it is built",
      template: "rtpengine-build.sh.j2",
      path: "/usr/local/sbin/rtpengine-build",
      owner: "root",
      group: "root",
      mode: "0755",
    },
    {
      kind: "probe",
      name: "Look up the commit",
      argv: ["sh", "-c", LOOK_UP, "sh", "{{ rtpengine_git_repo }}", "{{ rtpengine_version }}"],
      register: "__rtpengine_ref",
    },
    {
      kind: "check",
      name: "The repository has the version",
      that: "__rtpengine_commit != '' or ansible_check_mode",
      message:
        "{{ rtpengine_git_repo }} cannot be reached from here, or has no {{ rtpengine_version }}: check rtpengine_git_repo and rtpengine_version",
      isWarning: false,
    },
    {
      kind: "command",
      name: "Build the daemon",
      argv: ["/usr/local/sbin/rtpengine-build", "{{ __rtpengine_commit }}", "{{ __rtpengine_release }}"],
      creates: "{{ __rtpengine_release }}/bin/rtpengine",
      when: ["__rtpengine_commit != ''"],
    },
    {
      kind: "link",
      name: "Choose the build that runs",
      path: "/opt/rtpengine/current",
      target: "{{ __rtpengine_release }}",
      notifies: ["restart rtpengine"],
      when: ["__rtpengine_commit != ''"],
    },
  ],
};
