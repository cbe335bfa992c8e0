import { inUri } from "./scenario.ts";

export interface KamailioOptions {
  /** Addresses it listens on. */
  readonly listen: readonly string[];
  /** Where the engine takes NG, as `address:port`. */
  readonly engine: string;
  /** Flags of the module's commands. */
  readonly offer: string;
  readonly answer: string;
  /** SIP URI that the user `both` also rings at. */
  readonly second: string;
  /** Absent: only the branches of a fork are told apart, by an id of the script's own. */
  readonly viaBranch?: ViaBranch | undefined;
}

/** The module's words for what names a branch of a call to the engine. */
export interface ViaBranch {
  readonly inRequest: string;
  readonly inReply: string;
}

const EXTRA: ViaBranch = { inRequest: "extra", inReply: "extra" };

const MODULES = ["tm", "tmx", "sl", "rr", "pv", "textops", "corex", "siputils", "maxfwd", "rtpengine"];

/** A proxy that stays on the path and hands media to the engine, as the module's manual shows it. */
export function kamailioConfig(options: KamailioOptions): string {
  return [
    globals(options),
    requestRoute(options),
    inDialogue(options),
    replies(options),
    forking(options),
  ].join("\n");
}

const globals = ({ listen, engine }: KamailioOptions): string => `#!KAMAILIO
debug=1
log_stderror=yes
children=2
disable_tcp=yes
auto_aliases=no
${listen.map((address) => `listen=udp:${inUri(address)}:5060`).join("\n")}
${MODULES.map((name) => `loadmodule "${name}.so"`).join("\n")}
modparam("rtpengine", "rtpengine_sock", "udp:${engine}")
modparam("rtpengine", "extra_id_pv", "$avp(extra_id)")
`;

const flag = (word: string | undefined): string => (word === undefined ? "" : ` via-branch=${word}`);

const requestRoute = ({ offer, second, viaBranch }: KamailioOptions): string => `
request_route {
  if (!mf_process_maxfwd_header("10")) {
    sl_send_reply("483", "Too Many Hops");
    exit;
  }
  if (is_method("CANCEL")) {
    if (t_check_trans()) {
      rtpengine_delete("delete-delay=0${flag(viaBranch?.inRequest)}");
      t_relay();
    }
    exit;
  }
  if (has_totag()) route(IN_DIALOGUE);
  if (!is_method("INVITE")) exit;
  record_route();
  if ($rU == "both") {
    append_branch("${second}");
    t_on_branch("FORK");
    t_on_reply("FORK");
  } else {
    rtpengine_offer("${offer}${flag(viaBranch?.inRequest)}");
    t_on_reply("ANSWER");
  }
  t_relay();
}
`;

/** What comes from the callee's side says no direction: the engine knows both from the first offer. */
const inDialogue = ({ offer, answer, viaBranch }: KamailioOptions): string => `
route[IN_DIALOGUE] {
  if (!loose_route()) {
    if (is_method("ACK") && t_check_trans()) t_relay();
    exit;
  }
  if (is_method("BYE")) rtpengine_delete("delete-delay=0${flag(viaBranch?.inRequest)}");
  if (is_method("INVITE")) {
    if (is_direction("downstream")) rtpengine_offer("${offer}${flag(viaBranch?.inRequest)}");
    else rtpengine_offer("${answer}${flag(viaBranch?.inRequest)}");
    t_on_reply("ANSWER");
  }
  t_relay();
  exit;
}
`;

const replies = ({ answer, viaBranch }: KamailioOptions): string => `
onreply_route[ANSWER] {
  if (has_body("application/sdp")) rtpengine_answer("${answer}${flag(viaBranch?.inReply)}");
}
`;

/** Each branch is a monologue of its own; for `extra` the caller's Via and the branch's number name it. */
const forking = ({ offer, answer, viaBranch = EXTRA }: KamailioOptions): string => `
branch_route[FORK] {
  $avp(extra_id) = @via[1].branch + $T_branch_idx;
  rtpengine_offer("${offer}${flag(viaBranch.inRequest)}");
}

onreply_route[FORK] {
  $avp(extra_id) = @via[2].branch + $T_branch_idx;
  if (has_body("application/sdp")) rtpengine_answer("${answer}${flag(viaBranch.inReply)}");
  if (t_check_status("[3-6][0-9][0-9]")) rtpengine_delete("delete-delay=0${flag(viaBranch.inReply)}");
}
`;
