import { consequenceOf } from "./consequences.ts";
import { findNgKey } from "./keys.ts";
import type { NgKeyEntry, NgKeyKind } from "./names.ts";

/** A word as SIP proxies' configurations have it, and the entry of `NG_KEYS` that it is one of. */
export interface TypicalWord {
  readonly text: string;
  readonly entry: NgKeyEntry;
}

const typical = (text: string, kind: NgKeyKind, name: string): TypicalWord => {
  const entry = findNgKey(kind, name);
  if (entry === undefined) throw new Error(`no word of the NG protocol: ${name}`);
  return { text, entry };
};

/** What the manuals and examples of Kamailio's and OpenSIPS' rtpengine modules use most, for an offer of plain RTP. */
export const TYPICAL_WORDS: readonly TypicalWord[] = [
  typical("replace-origin", "flag", "replace-PART"),
  typical("trust-address", "flag", "trust-address"),
  typical("SIP-source-address", "flag", "SIP-source-address"),
  typical("symmetric", "flag", "symmetric"),
  typical("asymmetric", "flag", "asymmetric"),
  typical("direction=default", "key", "direction"),
  typical("media-address=192.0.2.1", "key", "media-address"),
  typical("address-family=IP4", "key", "address-family"),
  typical("via-branch=1", "key", "via-branch"),
  typical("port-latching", "flag", "port-latching"),
  typical("strict-source", "flag", "strict-source"),
  typical("media-handover", "flag", "media-handover"),
  typical("pierce-NAT", "flag", "pierce-NAT"),
  typical("loop-protect", "flag", "loop-protect"),
  typical("TOS=184", "key", "TOS"),
  typical("rtcp-mux-demux", "flag", "rtcp-mux-OPTION"),
  typical("ICE=remove", "value", "ICE=remove"),
  typical("RTP/AVP", "flag", "RTP/AVP"),
  typical("DTLS=off", "value", "DTLS=off"),
  typical("SDES-off", "value", "SDES=off"),
  typical("trickle-ICE", "flag", "trickle-ICE"),
  typical("no-jitter-buffer", "flag", "no-jitter-buffer"),
  typical("record-call=yes", "key", "record-call"),
  typical("codec-strip-PCMA", "value", "codec=strip"),
  typical("codec-offer-PCMA", "value", "codec=offer"),
  typical("codec-except-PCMA", "value", "codec=except"),
  typical("ptime=20", "key", "ptime"),
  typical("generate-RTCP", "flag", "generate-RTCP"),
  typical("block-DTMF", "flag", "block-DTMF"),
  typical("inject-DTMF", "flag", "inject-DTMF"),
  typical("SIPREC", "flag", "SIPREC"),
  typical("ICE=force", "value", "ICE=force"),
  typical("RTP/SAVP", "flag", "RTP/SAVP"),
  typical("RTP/SAVPF", "flag", "RTP/SAVPF"),
  typical("UDP/TLS/RTP/SAVPF", "flag", "UDP/TLS/RTP/SAVPF"),
  typical("WebRTC", "flag", "WebRTC"),
  typical("codec-mask-PCMA", "value", "codec=mask"),
  typical("codec-transcode-PCMA", "value", "codec=transcode"),
  typical("always-transcode", "flag", "always-transcode"),
];

/** What becomes of a word, in the four ways that make a difference to an operator. */
export type TypicalFate = "works" | "harmless" | "left-out" | "refused";

export function fateOf({ entry }: TypicalWord): TypicalFate {
  if (entry.status === "implemented") return "works";
  if (entry.status === "refused") return "refused";
  return entry.status === "not-built" && consequenceOf(entry.name) !== undefined ? "left-out" : "harmless";
}

const ROWS: readonly (readonly [fate: TypicalFate, title: string])[] = [
  ["works", "work"],
  ["harmless", "have no effect, and nothing is missing"],
  ["left-out", "are left out, with a warning in the log once for each proxy"],
  ["refused", "are refused: the request fails and names them"],
];

/** A table of what becomes of the words that a proxy is likely to send, Markdown. */
export function typicalWordsTable(): string[] {
  const rows = ROWS.map(([fate, title]) => {
    const words = TYPICAL_WORDS.filter((word) => fateOf(word) === fate).map(({ text }) => `\`${text}\``);
    return `| ${title} | ${words.join(" ")} |`;
  });
  return ["| In an offer of plain RTP these | |", "|---|---|", ...rows];
}
