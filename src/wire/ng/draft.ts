import type { Draft, NgFlags } from "./flags.ts";
import { findNgKey } from "./keys.ts";
import { canonicalName, type NgKeyEntry } from "./names.ts";
import type { NgRequest, NgRequestOptions } from "./request-types.ts";
import type { NgValue } from "./value.ts";

/** A request while its keys are being read. */
export class RequestDraft {
  readonly request: Draft<NgRequest>;
  readonly flags: Draft<NgFlags>;
  readonly options: NgRequestOptions;
  /** Canonical name of the command: some options count in some commands only. */
  readonly command: string;
  /** Names of templates being applied; a template that names itself is not applied again. */
  readonly templates: Set<string> = new Set();
  /** How many of `direction=A direction=B` or `internal external` came so far in this flag string. */
  directionCount = 0;
  /** What the shorthands `SRTP`, `AVPF`, `DTLS` … of this list of flags add up to; undefined: none came. */
  transport: TransportShorthand | undefined;

  constructor(command: string, options: NgRequestOptions) {
    this.command = canonicalName(command);
    this.options = options;
    this.flags = createFlags();
    this.request = { command, flags: this.flags, unknownKeys: [], ignoredKeys: [] };
  }

  /** Whether the command is one in which codecs may be added (`transcode`, `mask` …). */
  get addsCodecs(): boolean {
    return this.command === "offer" || this.command === "subscribe-request" || this.command === "publish";
  }

  /** Records a word that is documented but has no effect. */
  noteEntry(entry: NgKeyEntry): void {
    // A refusal says so itself.
    if (entry.status === "implemented" || entry.status === "refused") return;
    const { ignoredKeys } = this.request;
    if (!ignoredKeys.includes(entry.name)) ignoredKeys.push(entry.name);
  }

  /** Records a word that nobody documents. */
  noteUnknown(text: string): void {
    const { unknownKeys } = this.request;
    if (unknownKeys.length < MAX_UNKNOWN && !unknownKeys.includes(text)) unknownKeys.push(text);
  }

  /** Looks an option word up; an unknown one is recorded and comes back as undefined. */
  choose<Choice>(key: string, word: string, choices: Readonly<Record<string, Choice>>): Choice | undefined {
    const name = Object.hasOwn(choices, word) ? word : canonicalName(word);
    if (!Object.hasOwn(choices, name)) {
      this.noteUnknown(`${key}: ${word}`);
      return undefined;
    }
    const entry = findNgKey("value", `${key}=${name}`);
    if (entry !== undefined) this.noteEntry(entry);
    return choices[name];
  }
}

/** The parts of an RTP profile name that shorthand flags switch one by one. */
export interface TransportShorthand {
  isSecure: boolean;
  hasFeedback: boolean;
  isDtls: boolean;
}

/** So many unknown words are remembered of one request. */
const MAX_UNKNOWN = 64;

function createFlags(): Draft<NgFlags> {
  return {
    ...booleans(),
    trustAddress: undefined,
    generateRtcp: undefined,
    passthrough: undefined,
    recordCall: undefined,
    all: "none",
    aliasKey: "off",
    supports: [],
    replace: {
      origin: false,
      originFull: false,
      sessionConnection: false,
      sessionName: false,
      sdpVersion: false,
      username: false,
      zeroAddress: false,
      forceIncrementSdpVersion: false,
    },
    stripExtmap: [],
    maskExtmap: [],
    bundle: [],
    sdpAttr: Object.create(null),
    sdpMediaRemove: [],
    rtcpMux: { offer: false, require: false, demux: false, accept: false, reject: false },
    sdes: [],
    sdesOptions: {
      off: false,
      no: [],
      only: [],
      order: [],
      offererPreference: [],
      nonew: false,
      pad: false,
      lifetime: false,
      static: false,
      prefer: false,
      unencryptedSrtp: undefined,
      unencryptedSrtcp: undefined,
      unauthenticatedSrtp: undefined,
    },
    osrtp: [],
    codec: {
      strip: [],
      offer: [],
      mask: [],
      except: [],
      transcode: [],
      consume: [],
      accept: [],
      set: [],
      ignore: [],
    },
    t38: [],
    frequenciesHz: [],
    recordingServiceCodes: Object.create(null),
  };
}

/** Names of the flags that are true or false and nothing else. */
export type BooleanFlag = {
  [Name in keyof NgFlags]-?: NgFlags[Name] extends boolean ? Name : never;
}[keyof NgFlags];

function booleans(): Record<BooleanFlag, boolean> {
  return {
    sipSourceAddress: false,
    asymmetric: false,
    symmetric: false,
    unidirectional: false,
    strictSource: false,
    mediaHandover: false,
    portLatching: false,
    noPortLatching: false,
    pierceNat: false,
    natWait: false,
    resetSession: false,
    provisional: false,
    earlyMedia: false,
    newBranch: false,
    directional: false,
    bidirectional: false,
    egress: false,
    unsubscribe: false,
    fatal: false,
    fast: false,
    honoursToTag: false,
    hasFlagString: false,
    fragment: false,
    noRedisUpdate: false,
    debug: false,
    inactive: false,
    originalSendrecv: false,
    fullRtcpAttribute: false,
    noRtcpAttribute: false,
    loopProtect: false,
    generateMid: false,
    acceptsTransportProtocol: false,
    webrtc: false,
    rtcpMirror: false,
    ice2: false,
    trickleIce: false,
    rejectIce: false,
    dtlsOff: false,
    noTlsId: false,
    recrypt: false,
    singleCodec: false,
    allowTranscoding: false,
    alwaysTranscode: false,
    forceTranscoding: false,
    asymmetricCodecs: false,
    allowAsymmetricCodecs: false,
    reuseCodecs: false,
    reorderCodecs: false,
    staticCodecs: false,
    symmetricCodecs: false,
    allowNoCodecMedia: false,
    noJitterBuffer: false,
    blockShort: false,
    blockEgress: false,
    blockDtmf: false,
    detectDtmf: false,
    injectDtmf: false,
    pauseRecording: false,
    discardRecording: false,
    excludeRecording: false,
    recordingAnnouncement: false,
    recordingVsc: false,
    skipRecordingDb: false,
    siprec: false,
    mix: false,
  };
}

/** The text of a value; numbers in decimal; undefined for lists and dictionaries. */
export function textOf(value: NgValue | undefined): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : undefined;
}

/** The integer of a value; text is read up to its first non-digit, as C's `strtoll` does. */
export function integerOf(value: NgValue | undefined): number | undefined {
  if (typeof value === "number") return Math.trunc(value);
  if (typeof value !== "string") return undefined;
  const number = Number.parseInt(value, 10);
  return Math.abs(number) <= 0x7fffffff ? number : undefined;
}

/** The strings of a list; a string counts as a list with commas between. */
export function wordsOf(value: NgValue | undefined): string[] {
  if (typeof value === "string") return value.split(",").filter((word) => word !== "");
  if (!Array.isArray(value)) return [];
  return value.map(textOf).filter((word) => word !== undefined && word !== "") as string[];
}

/** Resolves the escapes of words that could not carry `=` or a space: `--` and `..`. */
export function unescapeWord(word: string): string {
  return word.replaceAll("--", "=").replaceAll("..", " ");
}
