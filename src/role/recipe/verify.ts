import type { Section } from "../resource.ts";
import { INSTALLED, PING_SCRIPT } from "../verify/remote.ts";
import { ENABLED } from "./conditions.ts";

/** Pings `ADDRESS:PORT` (`$1`) and wants a pong. Who listens everywhere is asked at the loopback address. */
const PONG_SCRIPT = `
address=\${1%:*}
address=\${address#'['}
address=\${address%']'}
case $address in 0.0.0.0) address=127.0.0.1 ;; ::) address=::1 ;; esac
set -- "$address" "\${1##*:}" "role-$$-$(date +%N) d7:command4:pinge" "$1"
answer=$(${PING_SCRIPT}
)
case $answer in *4:pong*) exit 0 ;; esac
echo "$4 does not answer NG: $answer" >&2
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
      argv: ["sh", "-c", PONG_SCRIPT, "sh", "{{ rtpengine_listen_ng }}"],
      attempts: 10,
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
      attempts: 1,
      when: ["__rtpengine_role.rc == 0"],
    },
  ],
};
