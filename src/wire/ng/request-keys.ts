import { parseAddress } from "../../base/endpoint.ts";
import { integerOf, type RequestDraft, textOf, unescapeWord, wordsOf } from "./draft.ts";
import type { NgFlags } from "./flags.ts";
import { canonicalName } from "./names.ts";
import {
  addWords,
  dtlsReader,
  readAttributeDictionary,
  readBundle,
  readCodecOperation,
  readEndpointLearning,
  readIce,
  readIceLite,
  readOsrtp,
  readReplace,
  readRtcpMux,
  readSdes,
  readT38,
  type WordReader,
} from "./request-options.ts";
import type { NgRequest } from "./request-types.ts";
import { isDictionary, type NgValue } from "./value.ts";

/** Reads the value of one key of a request. */
export type KeyReader = (draft: RequestDraft, value: NgValue) => void;

type FieldOf<Owner, Type> = {
  [Name in keyof Owner]-?: Type extends NonNullable<Owner[Name]>
    ? NonNullable<Owner[Name]> extends Type
      ? Name
      : never
    : never;
}[keyof Owner];

function requestText(field: FieldOf<Omit<NgRequest, "command">, string>): KeyReader {
  return (draft, value) => {
    const text = textOf(value);
    if (text !== undefined) draft.request[field] = text;
  };
}

function flagText(field: FieldOf<NgFlags, string>): KeyReader {
  return (draft, value) => {
    const text = textOf(value);
    if (text !== undefined) (draft.flags as Record<typeof field, string>)[field] = text;
  };
}

function flagInteger(field: FieldOf<NgFlags, number>): KeyReader {
  return (draft, value) => {
    const number = integerOf(value);
    if (number !== undefined) draft.flags[field] = number;
  };
}

function eachWord(read: WordReader): KeyReader {
  return (draft, value) => {
    for (const word of wordsOf(value)) read(draft, word);
  };
}

function choice<Field extends keyof NgFlags>(
  field: Field,
  key: string,
  choices: Readonly<Record<string, NonNullable<NgFlags[Field]>>>,
): KeyReader {
  return (draft, value) => {
    const option = draft.choose(key, textOf(value) ?? "", choices);
    if (option !== undefined) (draft.flags as Record<Field, unknown>)[field] = option;
  };
}

const OFF = { off: "off", no: "off", none: "off", disable: "off", disabled: "off" } as const;
const YES_NO = {
  on: true,
  yes: true,
  enable: true,
  enabled: true,
  true: true,
  "1": true,
  off: false,
  no: false,
  disable: false,
  disabled: false,
  false: false,
  "0": false,
} as const;
const DTMF_SECURITY = {
  drop: "drop",
  dtmf: "DTMF",
  off: "off",
  random: "random",
  silence: "silence",
  tone: "tone",
  zero: "zero",
} as const;

function serviceCode(name: string): KeyReader {
  return ({ flags }, value) => {
    const text = textOf(value);
    if (text !== undefined) flags.recordingServiceCodes[name] = text;
  };
}

/** `received-from`: `[IP4, ADDRESS]`, or the address alone. */
function readReceivedFrom({ request }: RequestDraft, value: NgValue): void {
  const address = parseAddress((Array.isArray(value) ? textOf(value[1] ?? value[0]) : textOf(value)) ?? "");
  if (address !== undefined) request.receivedFrom = address;
}

function readAddressFamily({ flags }: RequestDraft, value: NgValue): void {
  const family = textOf(value)?.toUpperCase();
  if (family === "IP4") flags.addressFamily = 4;
  else if (family === "IP6") flags.addressFamily = 6;
}

function readMediaAddress(draft: RequestDraft, value: NgValue): void {
  const address = parseAddress(textOf(value) ?? "");
  if (address !== undefined) draft.flags.mediaAddress = address;
  else draft.noteUnknown(`media-address: ${textOf(value) ?? ""}`);
}

function readDirectionList({ flags }: RequestDraft, value: NgValue): void {
  const [from, to] = wordsOf(value);
  if (from !== undefined) flags.fromInterface = from;
  if (to !== undefined) flags.toInterface = to;
}

function readTos({ flags }: RequestDraft, value: NgValue): void {
  const tos = integerOf(value);
  if (tos !== undefined && tos < 256) flags.tos = tos;
  else delete flags.tos;
}

function readTransportProtocol({ flags }: RequestDraft, value: NgValue): void {
  const name = textOf(value)?.toUpperCase();
  if (name === "ACCEPT") flags.acceptsTransportProtocol = true;
  else if (name !== undefined && name !== "") flags.transportProtocol = name;
}

function readCodecDictionary(draft: RequestDraft, value: NgValue): void {
  if (!isDictionary(value)) return;
  for (const [operation, codecs] of Object.entries(value)) readCodecOperation(draft, operation, codecs);
}

function readExtmap(draft: RequestDraft, value: NgValue): void {
  if (!isDictionary(value)) return;
  for (const [operation, names] of Object.entries(value)) {
    const field = draft.choose("extmap", operation, { strip: "stripExtmap", mask: "maskExtmap" } as const);
    if (field !== undefined) addWords(draft.flags[field], wordsOf(names).map(unescapeWord));
  }
}

function readPacketTime(field: "ptime" | "ptimeReverse"): KeyReader {
  const read = flagInteger(field);
  return (draft, value) => {
    if (draft.command === "offer") read(draft, value);
  };
}

function readDropTraffic(draft: RequestDraft, value: NgValue): void {
  const option = draft.choose("drop-traffic", textOf(value) ?? "", { start: "start", stop: "stop" } as const);
  if (option === "stop" || (option === "start" && draft.flags.dropTraffic === undefined)) {
    draft.flags.dropTraffic = option;
  }
}

function readPause(draft: RequestDraft, value: NgValue): void {
  if (textOf(value)?.toLowerCase() === "yes") draft.flags.pauseRecording = true;
  else flagInteger("pauseMs")(draft, value);
}

function readFrequencies({ flags }: RequestDraft, value: NgValue): void {
  for (const word of typeof value === "number" ? [String(value)] : wordsOf(value)) {
    const frequency = integerOf(word);
    if (frequency !== undefined && frequency > 0) flags.frequenciesHz.push(frequency);
  }
}

function readTags({ request }: RequestDraft, value: NgValue): void {
  if (!Array.isArray(value)) return;
  request.tags = value.filter(isDictionary).map((tag) => ({
    from: textOf(tag.from) ?? "",
    to: wordsOf(tag.to).map(unescapeWord),
  }));
}

function tagList(field: "fromTags" | "calls"): KeyReader {
  return ({ request }, value) => {
    const words = wordsOf(value).map(unescapeWord);
    request[field] = [...(request[field] ?? []), ...words];
  };
}

/** Readers of all keys but the ones that hold flags; canonical names. */
export const KEY_READERS: Readonly<Record<string, KeyReader>> = {
  command: () => undefined,
  "call-id": requestText("callId"),
  "from-tag": requestText("fromTag"),
  "to-tag": requestText("toTag"),
  "via-branch": requestText("viaBranch"),
  label: requestText("label"),
  "to-label": requestText("toLabel"),
  "set-label": requestText("setLabel"),
  "to-call-id": requestText("toCallId"),
  "source-tag": requestText("sourceTag"),
  "source-call-id": requestText("sourceCallId"),
  address: requestText("address"),
  instance: requestText("instance"),
  sdp: requestText("sdp"),
  body: requestText("body"),
  "received-from": readReceivedFrom,
  "from-tags": tagList("fromTags"),
  calls: tagList("calls"),
  tags: readTags,
  all: choice("all", "all", {
    none: "none",
    all: "all",
    "offer-answer": "offer-answer",
    "not-offer-answer": "except-offer-answer",
    "non-offer-answer": "except-offer-answer",
    "except-offer-answer": "except-offer-answer",
    flows: "flows",
  }),
  "alias-key": choice("aliasKey", "alias-key", {
    ...OFF,
    sdp: "sdp",
    address: "address",
    endpoint: "address",
  }),
  supports: (draft, value) => addWords(draft.flags.supports, wordsOf(value).map(canonicalName)),
  "xmlrpc-callback": flagText("xmlrpcCallback"),
  limit: flagInteger("limit"),
  metadata: flagText("metadata"),
  "sip-code": flagInteger("sipCode"),
  "sip-message-type": choice("sipMessageType", "SIP-message-type", {
    request: "request",
    "sip-request": "request",
    reply: "response",
    response: "response",
    "sip-reply": "response",
    "sip-response": "response",
  }),
  replace: eachWord(readReplace),
  "sdp-attr": readAttributeDictionary,
  "sdp-media-remove": (draft, value) => addWords(draft.flags.sdpMediaRemove, wordsOf(value)),
  bundle: eachWord(readBundle),
  extmap: readExtmap,
  ptime: readPacketTime("ptime"),
  "ptime-reverse": readPacketTime("ptimeReverse"),
  "media-address": readMediaAddress,
  "address-family": readAddressFamily,
  direction: readDirectionList,
  "from-interface": flagText("fromInterface"),
  "to-interface": flagText("toInterface"),
  interface: flagText("interface"),
  peer: flagText("peer"),
  "inbound-peer": flagText("inboundPeer"),
  "outbound-peer": flagText("outboundPeer"),
  tos: readTos,
  "endpoint-learning": eachWord(readEndpointLearning),
  "delete-delay": flagInteger("deleteDelaySeconds"),
  "drop-traffic": readDropTraffic,
  ice: eachWord(readIce),
  "ice-lite": eachWord(readIceLite),
  dtls: eachWord(dtlsReader("dtls")),
  "dtls-reverse": eachWord(dtlsReader("dtlsReverse")),
  "dtls-fingerprint": flagText("dtlsFingerprint"),
  sdes: eachWord(readSdes),
  osrtp: eachWord(readOsrtp),
  "transport-protocol": readTransportProtocol,
  "rtcp-mux": eachWord(readRtcpMux),
  "generate-rtcp": choice("generateRtcp", "generate-RTCP", YES_NO),
  codec: readCodecDictionary,
  "delay-buffer": flagInteger("delayBufferMs"),
  passthrough: choice("passthrough", "passthrough", YES_NO),
  "t.38": eachWord(readT38),
  "t.38-version": flagInteger("t38Version"),
  media: ({ flags }, value) => {
    if (Array.isArray(value)) flags.medias = value.filter(isDictionary);
  },
  "dtmf-security": choice("dtmfSecurity", "DTMF-security", DTMF_SECURITY),
  "dtmf-security-trigger": choice("dtmfSecurityTrigger", "DTMF-security", DTMF_SECURITY),
  "dtmf-security-trigger-end": choice("dtmfSecurityTriggerEnd", "DTMF-security", DTMF_SECURITY),
  trigger: flagText("trigger"),
  "trigger-end": flagText("triggerEnd"),
  "trigger-end-time": flagInteger("triggerEndTimeMs"),
  "trigger-end-digits": flagInteger("triggerEndDigits"),
  "dtmf-delay": flagInteger("dtmfDelayMs"),
  "dtmf-log-dest": flagText("dtmfLogDestination"),
  frequency: readFrequencies,
  volume: flagInteger("volumeDb"),
  digit: flagText("digit"),
  duration: flagInteger("durationMs"),
  pause: readPause,
  "record-call": choice("recordCall", "record-call", YES_NO),
  "output-destination": flagText("recordingFile"),
  "recording-path": flagText("recordingPath"),
  "recording-pattern": flagText("recordingPattern"),
  "recording-media-slot-offer": flagInteger("recordingMediaSlotOffer"),
  "recording-media-slot-answer": flagInteger("recordingMediaSlotAnswer"),
  "recording-media-slots": flagInteger("recordingMediaSlots"),
  "vsc-start-rec": serviceCode("start"),
  "vsc-stop-rec": serviceCode("stop"),
  "vsc-start-stop-rec": serviceCode("start-stop"),
  "vsc-pause-rec": serviceCode("pause"),
  "vsc-pause-resume-rec": serviceCode("pause-resume"),
  "vsc-start-pause-resume-rec": serviceCode("start-pause-resume"),
  "audio-player": choice("audioPlayer", "audio-player", {
    ...OFF,
    default: "default",
    on: "transcoding",
    yes: "transcoding",
    enable: "transcoding",
    enabled: "transcoding",
    transcode: "transcoding",
    transcoding: "transcoding",
    force: "always",
    forced: "always",
    always: "always",
    everything: "always",
  }),
  "media-echo": choice("mediaEcho", "media-echo", {
    blackhole: "blackhole",
    sinkhole: "blackhole",
    forward: "forward",
    fwd: "forward",
    fw: "forward",
    backward: "backward",
    backwards: "backward",
    reverse: "backward",
    back: "backward",
    bkw: "backward",
    bk: "backward",
    both: "both",
  }),
  file: flagText("file"),
  blob: flagText("blob"),
  blob64: flagText("blob64"),
  "db-id": flagInteger("databaseId"),
  "repeat-times": flagInteger("repeatTimes"),
  "repeat-duration": flagInteger("repeatDurationMs"),
  "start-pos": flagInteger("startPositionMs"),
  moh: ({ flags }, value) => {
    if (isDictionary(value)) flags.musicOnHold = value;
  },
};
