import type { Section } from "../resource.ts";
import { CODECS_SCRIPT } from "../verify/codecs.ts";
import { TRANSCODES, UPSTREAM } from "./conditions.ts";

/** A daemon's packages bring its codecs, or it was built without: there is nothing that could be added to it. */
export const TRANSCODING: Section = {
  name: "transcoding",
  title: "See that the daemon transcodes",
  when: [UPSTREAM, TRANSCODES],
  resources: [
    {
      kind: "probe",
      name: "Look which codecs the daemon has",
      argv: ["sh", "-c", CODECS_SCRIPT, "sh", "{{ __rtpengine_binary }}"],
      register: "__rtpengine_codecs",
    },
    {
      kind: "check",
      name: "The daemon has codecs",
      // Before it is installed, a check cannot know.
      that: "__rtpengine_codecs.stdout != '' or (ansible_check_mode and __rtpengine_codecs.rc == 127)",
      message:
        "rtpengine_transcode_enabled: {{ __rtpengine_binary }} --codecs names no codec, so this daemon cannot transcode: install packages that are built with transcoding (rtpengine_apt_source, rtpengine_apt_packages), or use rtpengine_install_method source, which builds with it",
      isWarning: false,
    },
  ],
};
