import { type BooleanFlag, type RequestDraft, unescapeWord } from "./draft.ts";
import { findNgKey } from "./keys.ts";
import { canonicalName } from "./names.ts";
import {
  addWords,
  readAttributeChange,
  readBundle,
  readCodecs,
  readEndpointLearning,
  readOsrtp,
  readReplace,
  readRtcpMux,
  readSdes,
  readT38,
} from "./request-options.ts";

/** Flags that set one boolean; names as in `NG_KEYS`, canonical. */
const BOOLEANS: Readonly<Record<string, BooleanFlag>> = {
  asymmetric: "asymmetric",
  symmetric: "symmetric",
  unidirectional: "unidirectional",
  "strict-source": "strictSource",
  "media-handover": "mediaHandover",
  "port-latching": "portLatching",
  "no-port-latching": "noPortLatching",
  "pierce-nat": "pierceNat",
  "nat-wait": "natWait",
  reset: "resetSession",
  provisional: "provisional",
  "early-media": "earlyMedia",
  "new-branch": "newBranch",
  directional: "directional",
  bidirectional: "bidirectional",
  egress: "egress",
  unsubscribe: "unsubscribe",
  fatal: "fatal",
  fast: "fast",
  "to-tag": "honoursToTag",
  fragment: "fragment",
  "no-redis-update": "noRedisUpdate",
  debug: "debug",
  inactive: "inactive",
  "original-sendrecv": "originalSendrecv",
  "full-rtcp-attribute": "fullRtcpAttribute",
  "no-rtcp-attribute": "noRtcpAttribute",
  "loop-protect": "loopProtect",
  "generate-mid": "generateMid",
  "rtcp-mirror": "rtcpMirror",
  "trickle-ice": "trickleIce",
  "reject-ice": "rejectIce",
  "no-tls-id": "noTlsId",
  recrypt: "recrypt",
  "single-codec": "singleCodec",
  "allow-transcoding": "allowTranscoding",
  "force-transcoding": "forceTranscoding",
  "asymmetric-codecs": "asymmetricCodecs",
  "allow-asymmetric-codecs": "allowAsymmetricCodecs",
  "reuse-codecs": "reuseCodecs",
  "reorder-codecs": "reorderCodecs",
  "static-codecs": "staticCodecs",
  "symmetric-codecs": "symmetricCodecs",
  "allow-no-codec-media": "allowNoCodecMedia",
  "no-jitter-buffer": "noJitterBuffer",
  "block-short": "blockShort",
  "block-egress": "blockEgress",
  "block-dtmf": "blockDtmf",
  "detect-dtmf": "detectDtmf",
  "inject-dtmf": "injectDtmf",
  pause: "pauseRecording",
  "discard-recording": "discardRecording",
  "exclude-recording": "excludeRecording",
  "recording-announcement": "recordingAnnouncement",
  "recording-vsc": "recordingVsc",
  "skip-recording-db": "skipRecordingDb",
  siprec: "siprec",
  mix: "mix",
};

/** Flags that do more than set one boolean. */
const ACTIONS: Readonly<Record<string, (draft: RequestDraft, flag: string) => void>> = {
  "trust-address": ({ flags }) => {
    flags.trustAddress = true;
    flags.sipSourceAddress = false;
  },
  "sip-source-address": ({ flags }) => {
    flags.trustAddress = false;
    flags.sipSourceAddress = true;
  },
  all: ({ flags }) => {
    flags.all = "all";
  },
  "always-transcode": ({ flags }) => {
    flags.alwaysTranscode = true;
    flags.codec.accept.push("all");
  },
  "strip-extmap": ({ flags }) => addWords(flags.stripExtmap, ["all"]),
  "pad-crypto": ({ flags }) => {
    flags.sdesOptions.pad = true;
  },
  "generate-rtcp": ({ flags }) => {
    flags.generateRtcp = true;
  },
  passthrough: ({ flags }) => {
    flags.passthrough = true;
  },
  "no-passthrough": ({ flags }) => {
    flags.passthrough = false;
  },
  "record-call": ({ flags }) => {
    flags.recordCall = true;
  },
  "audio-player": ({ flags }) => {
    flags.audioPlayer = "transcoding";
  },
  "no-audio-player": ({ flags }) => {
    flags.audioPlayer = "off";
  },
  internal: readDirection,
  external: readDirection,
  webrtc: readWebrtc,
  rtp: (draft) => {
    shorthand(draft).isSecure = false;
  },
  srtp: (draft) => {
    shorthand(draft).isSecure = true;
  },
  avp: (draft) => {
    shorthand(draft).hasFeedback = false;
  },
  avpf: (draft) => {
    shorthand(draft).hasFeedback = true;
  },
  dtls: (draft) => {
    shorthand(draft).isDtls = true;
  },
  "rtp/avp": (draft) => {
    draft.transport = { isSecure: false, hasFeedback: false, isDtls: false };
  },
  "rtp/avpf": (draft) => {
    draft.transport = { isSecure: false, hasFeedback: true, isDtls: false };
  },
  "rtp/savp": (draft) => {
    draft.transport = { isSecure: true, hasFeedback: false, isDtls: false };
  },
  "rtp/savpf": (draft) => {
    draft.transport = { isSecure: true, hasFeedback: true, isDtls: false };
  },
  "udp/tls/rtp/savp": (draft) => {
    draft.transport = { isSecure: true, hasFeedback: false, isDtls: true };
  },
  "udp/tls/rtp/savpf": (draft) => {
    draft.transport = { isSecure: true, hasFeedback: true, isDtls: true };
  },
};

function shorthand(draft: RequestDraft): NonNullable<RequestDraft["transport"]> {
  draft.transport ??= { isSecure: false, hasFeedback: false, isDtls: false };
  return draft.transport;
}

/** Turns the profile shorthands of a finished list of flags into a transport protocol. */
export function settleTransport(draft: RequestDraft): void {
  const { transport } = draft;
  if (transport === undefined) return;
  const feedback = transport.hasFeedback ? "F" : "";
  if (transport.isDtls) draft.flags.transportProtocol = `UDP/TLS/RTP/SAVP${feedback}`;
  else draft.flags.transportProtocol = `RTP/${transport.isSecure ? "S" : ""}AVP${feedback}`;
  draft.transport = undefined;
}

/** The next interface of `direction=A direction=B` and of `internal external`: the sender's, then the receiver's. */
export function readDirection(draft: RequestDraft, name: string): void {
  const index = draft.directionCount++;
  if (index === 0) draft.flags.fromInterface = name;
  else if (index === 1) draft.flags.toInterface = name;
  else draft.noteUnknown(`direction: ${name}`);
}

function readWebrtc({ flags }: RequestDraft): void {
  flags.webrtc = true;
  flags.transportProtocol = "UDP/TLS/RTP/SAVPF";
  flags.ice = "force";
  flags.trickleIce = true;
  flags.rtcpMux.offer = true;
  flags.rtcpMux.require = true;
  flags.noRtcpAttribute = true;
  flags.sdesOptions.off = true;
  flags.generateMid = true;
  addWords(flags.bundle, ["offer", "require"]);
}

/** Flags that carry a word after a prefix. The first that matches reads it. */
const PREFIXES: readonly (readonly [prefix: string, read: (draft: RequestDraft, word: string) => void])[] = [
  ["endpoint-learning-", readEndpointLearning],
  ["from-tags-", (draft, word) => addFromTag(draft, unescapeWord(word))],
  ["osrtp-", readOsrtp],
  ["replace-", readReplace],
  ["rtcp-mux-", readRtcpMux],
  ["bundle-", readBundle],
  ["sdes-", readSdes],
  ["t38-", (draft, word) => draft.addsCodecs && readT38(draft, word)],
  ["t.38-", (draft, word) => draft.addsCodecs && readT38(draft, word)],
  ["transcode-", (draft, word) => draft.addsCodecs && readCodecs(draft, "transcode", [word])],
  ["codec-transcode-", (draft, word) => draft.addsCodecs && readCodecs(draft, "transcode", [word])],
  ["codec-mask-", (draft, word) => draft.addsCodecs && readCodecs(draft, "mask", [word])],
  ...["except", "offer", "strip", "ignore", "accept", "consume", "set"].map(
    (operation) =>
      [
        `codec-${operation}-`,
        (draft: RequestDraft, word: string): void => readCodecs(draft, operation, [word]),
      ] as const,
  ),
  ["sdp-attr-", readAttributeFlag],
];

function addFromTag(draft: RequestDraft, tag: string): void {
  draft.request.fromTags ??= [];
  draft.request.fromTags.push(tag);
}

/** `OPERATION-PART-ATTRIBUTE`. */
function readAttributeFlag(draft: RequestDraft, word: string): void {
  const first = word.indexOf("-");
  const second = word.indexOf("-", first + 1);
  if (first <= 0 || second < 0) {
    draft.noteUnknown(`flags: sdp-attr-${word}`);
    return;
  }
  readAttributeChange(draft, word.slice(first + 1, second), word.slice(0, first), word.slice(second + 1));
}

/**
 * Reads one flag.
 *
 * @returns false when it is not one of ours (it is not recorded then)
 */
export function readFlag(draft: RequestDraft, flag: string): boolean {
  const entry = findNgKey("flag", flag);
  if (entry !== undefined) {
    draft.noteEntry(entry);
    const name = entry.canonical;
    const boolean = BOOLEANS[name];
    if (boolean !== undefined) draft.flags[boolean] = true;
    else ACTIONS[name]?.(draft, flag);
    return true;
  }
  const name = canonicalName(flag);
  for (const [prefix, read] of PREFIXES) {
    if (!name.startsWith(prefix) || name.length === prefix.length) continue;
    read(draft, flag.slice(prefix.length));
    return true;
  }
  return false;
}

/** Whether a flag of `NG_KEYS` has an implementation here; tests ask. */
export function readsFlag(name: string): boolean {
  const canonical = canonicalName(name);
  return Object.hasOwn(BOOLEANS, canonical) || Object.hasOwn(ACTIONS, canonical);
}
