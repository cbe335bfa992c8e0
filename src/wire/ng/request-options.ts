import { type RequestDraft, unescapeWord, wordsOf } from "./draft.ts";
import type { Draft, NgAttributeChanges, NgCodec, NgReplace, NgRtcpMux, NgSdes } from "./flags.ts";
import { canonicalName } from "./names.ts";
import { isDictionary, type NgValue } from "./value.ts";

/** Reads one word of an option that is a list of words (`ICE=`, `SDES=`, `replace=` …). */
export type WordReader = (draft: RequestDraft, word: string) => void;

const OFF_WORDS = { off: "off", no: "off", none: "off", disable: "off", disabled: "off" } as const;

const REPLACE: Readonly<Record<string, keyof NgReplace>> = {
  origin: "origin",
  "origin-full": "originFull",
  "session-connection": "sessionConnection",
  "session-name": "sessionName",
  "sdp-version": "sdpVersion",
  username: "username",
  "zero-address": "zeroAddress",
  "force-increment-sdp-ver": "forceIncrementSdpVersion",
};

export const readReplace: WordReader = (draft, word) => {
  const part = draft.choose("replace", word, REPLACE);
  if (part !== undefined) draft.flags.replace[part] = true;
};

const RTCP_MUX: Readonly<Record<string, keyof NgRtcpMux>> = {
  offer: "offer",
  require: "require",
  demux: "demux",
  accept: "accept",
  reject: "reject",
};

export const readRtcpMux: WordReader = (draft, word) => {
  const option = draft.choose("rtcp-mux", word, RTCP_MUX);
  if (option !== undefined) draft.flags.rtcpMux[option] = true;
};

const BUNDLE: Readonly<Record<string, readonly string[]>> = {
  accept: ["accept"],
  offer: ["offer"],
  require: ["offer", "require"],
  strict: ["offer", "require", "strict"],
  reject: ["reject"],
};

export const readBundle: WordReader = (draft, word) => {
  const options = draft.choose("bundle", word, BUNDLE) ?? [];
  addWords(draft.flags.bundle, options);
  // A bundle names its members by mid (RFC 9143 §7).
  if (options.includes("offer")) draft.flags.generateMid = true;
};

const ICE_LITE = {
  off: "off",
  no: "off",
  none: "off",
  forward: "forward",
  offer: "forward",
  fwd: "forward",
  fw: "forward",
  backward: "backward",
  backwards: "backward",
  reverse: "backward",
  answer: "backward",
  back: "backward",
  bkw: "backward",
  bk: "backward",
  both: "both",
} as const;

export const readIceLite: WordReader = (draft, word) => {
  const option = draft.choose("ICE-lite", word, ICE_LITE);
  if (option !== undefined) draft.flags.iceLite = option;
};

const ICE = {
  remove: "remove",
  force: "force",
  default: "default",
  optional: "optional",
  "force-relay": "force-relay",
  trickle: "trickle",
  ice2: "ice2",
} as const;

export const readIce: WordReader = (draft, word) => {
  const name = canonicalName(word);
  if (name === "lite") {
    readIceLite(draft, "forward");
    return;
  }
  if (name === "no-lite") {
    readIceLite(draft, "off");
    return;
  }
  if (name.startsWith("lite-")) {
    readIceLite(draft, name.slice(5));
    return;
  }
  const option = draft.choose("ICE", word, ICE);
  if (option === "trickle") draft.flags.trickleIce = true;
  else if (option === "ice2") draft.flags.ice2 = true;
  else if (option !== undefined) draft.flags.ice = option;
};

const DTLS = { ...OFF_WORDS, passive: "passive", active: "active" } as const;

/** The reader of `DTLS=` or `DTLS-reverse=`. */
export function dtlsReader(field: "dtls" | "dtlsReverse"): WordReader {
  return (draft, word) => {
    const option = draft.choose("DTLS", word, DTLS);
    if (option === undefined) return;
    draft.flags[field] = option;
    if (option === "off") draft.flags.dtlsOff = true;
  };
}

const SDES_SWITCHES: Readonly<Record<string, Partial<NgSdes>>> = {
  off: { off: true },
  no: { off: true },
  disable: { off: true },
  disabled: { off: true },
  nonew: { nonew: true },
  pad: { pad: true },
  lifetime: { lifetime: true },
  static: { static: true },
  prefer: { prefer: true },
  priority: { prefer: true },
  "unencrypted-srtp": { unencryptedSrtp: true },
  "encrypted-srtp": { unencryptedSrtp: false },
  "unencrypted-srtcp": { unencryptedSrtcp: true },
  "encrypted-srtcp": { unencryptedSrtcp: false },
  "unauthenticated-srtp": { unauthenticatedSrtp: true },
  "authenticated-srtp": { unauthenticatedSrtp: false },
};

const SDES_LISTS = [
  ["only-", "only"],
  ["no-", "no"],
  ["order:", "order"],
  ["offerer_pref:", "offererPreference"],
] as const;

export const readSdes: WordReader = (draft, word) => {
  draft.flags.sdes.push(word);
  const options = draft.flags.sdesOptions;
  for (const [prefix, list] of SDES_LISTS) {
    if (!word.toLowerCase().startsWith(prefix)) continue;
    const suites = unescapeWord(word.slice(prefix.length)).split(";");
    addWords(
      options[list],
      suites.filter((suite) => suite !== ""),
    );
    return;
  }
  Object.assign(options, draft.choose("SDES", word, SDES_SWITCHES));
};

const OSRTP: Readonly<Record<string, readonly string[]>> = {
  offer: ["offer"],
  "offer-rfc": ["offer"],
  "offer-legacy": ["offer-legacy"],
  "accept-rfc": ["accept-rfc"],
  "accept-legacy": ["accept-legacy"],
  accept: ["accept-rfc", "accept-legacy"],
};

export const readOsrtp: WordReader = (draft, word) => {
  addWords(draft.flags.osrtp, draft.choose("OSRTP", word, OSRTP) ?? []);
};

const LEARNING = {
  off: "off",
  immediate: "immediate",
  delayed: "delayed",
  heuristic: "heuristic",
} as const;

export const readEndpointLearning: WordReader = (draft, word) => {
  const option = draft.choose("endpoint-learning", word, LEARNING);
  if (option !== undefined) draft.flags.endpointLearning = option;
};

const T38: Readonly<Record<string, string>> = {
  decode: "decode",
  force: "force",
  stop: "stop",
  "no-ecm": "no-ECM",
  "no-v.17": "no-V.17",
  "no-v17": "no-V.17",
  "no-v.27ter": "no-V.27ter",
  "no-v27ter": "no-V.27ter",
  "no-v.29": "no-V.29",
  "no-v29": "no-V.29",
  "no-v.34": "no-V.34",
  "no-v34": "no-V.34",
  "no-iaf": "no-IAF",
  fec: "FEC",
};

export const readT38: WordReader = (draft, word) => {
  const option = draft.choose("T.38", word, T38);
  if (option !== undefined) addWords(draft.flags.t38, [option]);
};

/** The operations of `codec=`. */
const CODEC_OPERATIONS: Readonly<Record<string, keyof NgCodec>> = {
  strip: "strip",
  offer: "offer",
  except: "except",
  ignore: "ignore",
  mask: "mask",
  transcode: "transcode",
  consume: "consume",
  accept: "accept",
  set: "set",
};

/** Reads codec specifications into one operation's list. */
export function readCodecs(draft: RequestDraft, operation: string, value: NgValue | undefined): void {
  const list = draft.choose("codec", operation, CODEC_OPERATIONS);
  if (list !== undefined) draft.flags.codec[list].push(...wordsOf(value).map(unescapeWord));
}

/** Operations that count only where codecs may be added. */
const ADDING_OPERATIONS: readonly string[] = ["accept", "consume", "mask", "set", "transcode"];

/** As `readCodecs`, but leaves out what does not count in this command. */
export function readCodecOperation(draft: RequestDraft, operation: string, value: NgValue | undefined): void {
  const isAdding = ADDING_OPERATIONS.includes(canonicalName(operation));
  if (!isAdding || draft.addsCodecs || draft.command === "play-media") readCodecs(draft, operation, value);
}

/** Reads one change of attributes: `operation` is `add`, `remove` or `substitute`. */
export function readAttributeChange(
  draft: RequestDraft,
  part: string,
  operation: string,
  value: NgValue | undefined,
): void {
  const changes = attributeChanges(draft, part);
  const name = canonicalName(operation);
  if (name === "add" || name === "remove") {
    // An attribute line given alone may hold commas: it is not split.
    const lines = typeof value === "string" ? [value] : wordsOf(value);
    changes[name].push(...lines.map(unescapeWord));
  } else if (name === "substitute" || name === "substitude") {
    const pairs = typeof value === "string" ? [value] : Array.isArray(value) ? value : [];
    for (const pair of pairs) readSubstitution(draft, changes, pair);
  } else {
    draft.noteUnknown(`sdp-attr: ${operation}`);
  }
}

function readSubstitution(draft: RequestDraft, changes: Draft<NgAttributeChanges>, pair: NgValue): void {
  let words: string[] = [];
  if (typeof pair === "string") {
    const arrow = pair.indexOf(">");
    if (arrow > 0) words = [pair.slice(0, arrow), pair.slice(arrow + 1)];
  } else {
    words = wordsOf(pair);
  }
  const [from, to] = words;
  if (from === undefined || to === undefined) draft.noteUnknown("sdp-attr: substitute");
  else changes.substitute.push([unescapeWord(from), unescapeWord(to)]);
}

function attributeChanges(draft: RequestDraft, part: string): Draft<NgAttributeChanges> {
  const name = canonicalName(part);
  const section = name === "global" || name === "session" ? "none" : name;
  const all = draft.flags.sdpAttr;
  if (!Object.hasOwn(all, section)) all[section] = { add: [], remove: [], substitute: [] };
  return all[section] as Draft<NgAttributeChanges>;
}

/** `sdp-attr=` as a dictionary of parts of dictionaries of operations. */
export function readAttributeDictionary(draft: RequestDraft, value: NgValue): void {
  if (!isDictionary(value)) {
    draft.noteUnknown("sdp-attr");
    return;
  }
  for (const [part, operations] of Object.entries(value)) {
    if (!isDictionary(operations)) {
      draft.noteUnknown(`sdp-attr: ${part}`);
      continue;
    }
    for (const [operation, change] of Object.entries(operations)) {
      readAttributeChange(draft, part, operation, change);
    }
  }
}

/** Adds words that are not there yet. */
export function addWords(list: string[], words: readonly string[]): void {
  const known = new Set(list);
  for (const word of words) {
    if (known.has(word)) continue;
    known.add(word);
    list.push(word);
  }
}
