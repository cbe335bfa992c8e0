import type { Section } from "../resource.ts";
import { PATIENCE_SECONDS } from "../verify/after-apply.ts";
import { AWAIT_SCRIPT, INSTALLED } from "../verify/remote.ts";
import { ENABLED } from "./conditions.ts";

/** Awaits a pong of unit `$1` within `$2` seconds from `ADDRESS:PORT` (`$3`). Who listens everywhere is asked at the loopback address. */
const PONG_SCRIPT = `
place=$3
address=\${place%:*}
address=\${address#'['}
address=\${address%']'}
case $address in 0.0.0.0) address=127.0.0.1 ;; ::) address=::1 ;; esac
set -- "$address" "\${place##*:}" "$1" "$2"
seen=$(
${AWAIT_SCRIPT}
) && exit 0
echo "$place does not answer NG, and $3 is: $seen" >&2
exit 1
`.trim();

/** The proof that the host works: by what every host has, then by this project's tools, where they are installed. */
export const VERIFY: Section = {
  name: "verify",
  title: "Prove that the host carries calls",
  when: ["rtpengine_verify | bool", ENABLED],
  resources: [
    {
      kind: "verify",
      name: "See that the NG port answers",
      argv: [
        ...["sh", "-c", PONG_SCRIPT, "sh", "{{ __rtpengine_unit }}"],
        ...[String(PATIENCE_SECONDS), "{{ rtpengine_listen_ng }}"],
      ],
    },
    {
      kind: "probe",
      name: "See whether there is a rtpengine-role that verifies",
      argv: ["sh", "-c", `test -x ${INSTALLED} && ${INSTALLED} --help | grep -q '^  verify '`],
      register: "__rtpengine_role",
    },
    {
      kind: "verify",
      name: "Verify the host with calls of its own",
      argv: [INSTALLED, "verify", "--config", "{{ rtpengine_config_dir }}/rtpengine.conf"],
      when: ["__rtpengine_role.rc == 0"],
    },
  ],
};
