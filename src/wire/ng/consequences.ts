import { NG_KEYS } from "./keys.ts";

/** What a call goes without when a word of this area is left out. */
const BY_AREA: Readonly<Record<string, string>> = {
  recording: "nothing is recorded",
  codec: "codecs stay as the parties offer them",
  dtmf: "DTMF is passed on, neither detected, blocked nor made",
  player: "nothing is played",
  sdp: "this part of the SDP stays as it is",
  security: "RTCP and profile stay as they are",
};

const OTHERWISE = "the call goes on without it";

/**
 * Words that change nothing where they can be left out: what they rule (SRTP, DTLS, ICE) is taken out of the SDP or
 * refused, or they only allow or forbid what is not done anyway.
 */
const HARMLESS: readonly RegExp[] = [
  /^(?:SDES|OSRTP|ICE|ICE-lite)(?:$|=|-OPTION$)/,
  /^(?:pad-crypto|no-tls-id|DTLS-reverse|DTLS-fingerprint|recrypt|trickle-ICE)$/,
  /^(?:allow-transcoding|reuse-codecs|static-codecs|no-jitter-buffer|no-passthrough)$/,
  /^(?:no-audio-player|audio-player=off|DTMF-security=off|all=none)$/,
];

const CONSEQUENCES: ReadonlyMap<string, string> = new Map(
  NG_KEYS.filter(({ kind, status }) => kind !== "command" && status === "not-built")
    .filter(({ name }) => !HARMLESS.some((pattern) => pattern.test(name)))
    .map(({ name, area }) => [name, BY_AREA[area] ?? OTHERWISE]),
);

/** What a call goes without when this word (`NgRequest.ignoredKeys`) is left out; undefined: nothing. */
export function consequenceOf(name: string): string | undefined {
  return CONSEQUENCES.get(name);
}
