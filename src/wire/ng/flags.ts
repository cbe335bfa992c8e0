import type { Address, Family } from "../../base/endpoint.ts";
import type { NgDictionary } from "./value.ts";

/** How ICE attributes are treated (`ICE=`). */
export type NgIceOption = "remove" | "force" | "default" | "optional" | "force-relay";

/** Towards whom we are ICE lite (`ICE-lite=`): the one who gets this SDP, the one who sent it, both, nobody. */
export type NgIceLite = "off" | "forward" | "backward" | "both";

/** `DTLS=`: never, prefer the server role, prefer the client role. */
export type NgDtlsOption = "off" | "passive" | "active";

/** Which parties or flows a command is for (`all=`). */
export type NgSelection = "none" | "all" | "offer-answer" | "except-offer-answer" | "flows";

/** What is done to DTMF events (`DTMF-security=`). */
export type NgDtmfSecurity = "drop" | "silence" | "tone" | "random" | "zero" | "DTMF" | "off";

/** `replace=`: parts of the SDP that we take over. */
export interface NgReplace {
  readonly origin: boolean;
  readonly originFull: boolean;
  /** Accepted, no effect: the connection is always ours. */
  readonly sessionConnection: boolean;
  readonly sessionName: boolean;
  readonly sdpVersion: boolean;
  readonly username: boolean;
  readonly zeroAddress: boolean;
  readonly forceIncrementSdpVersion: boolean;
}

/** `rtcp-mux=` (RFC 5761). */
export interface NgRtcpMux {
  readonly offer: boolean;
  readonly require: boolean;
  readonly demux: boolean;
  readonly accept: boolean;
  readonly reject: boolean;
}

/** `codec=`: codec specifications (`NAME[/CLOCK[/CHANNELS[/BITRATE[/PTIME[/FMTP[/OPTIONS]]]]]]`), `all`, `full`. */
export interface NgCodec {
  readonly strip: readonly string[];
  readonly offer: readonly string[];
  readonly mask: readonly string[];
  readonly except: readonly string[];
  readonly transcode: readonly string[];
  readonly consume: readonly string[];
  readonly accept: readonly string[];
  readonly set: readonly string[];
  readonly ignore: readonly string[];
}

/** `SDES=` taken apart; the words as they came are in `NgFlags.sdes`. */
export interface NgSdes {
  readonly off: boolean;
  /** Crypto suites not to offer. */
  readonly no: readonly string[];
  /** Crypto suites to offer and no others; `no` is moot then. */
  readonly only: readonly string[];
  /** Crypto suites that come first, in this order. */
  readonly order: readonly string[];
  /** Crypto suites to prefer when we answer the offerer. */
  readonly offererPreference: readonly string[];
  /** Offer no suite that was not offered. */
  readonly nonew: boolean;
  /** Keep `=` at the end of base64 keys. */
  readonly pad: boolean;
  readonly lifetime: boolean;
  /** Keep the negotiated suite in a re-INVITE. */
  readonly static: boolean;
  /** SDES wins over DTLS where both are offered. */
  readonly prefer: boolean;
  /** Session parameters (RFC 4568 §6.3): true: set, false: cleared, undefined: as offered. */
  readonly unencryptedSrtp: boolean | undefined;
  readonly unencryptedSrtcp: boolean | undefined;
  readonly unauthenticatedSrtp: boolean | undefined;
}

/** Changes of attribute lines in one part of the SDP that goes out (`sdp-attr=`). */
export interface NgAttributeChanges {
  readonly add: readonly string[];
  readonly remove: readonly string[];
  /** Pairs of what is replaced and what replaces it. */
  readonly substitute: readonly (readonly [string, string])[];
}

/** Everything in an NG request that says *how*, as opposed to *which call*. Defaults: false, empty, undefined. */
export interface NgFlags {
  // Addresses and sockets
  /** True: `trust address`; false: `SIP source address`; undefined: the daemon's default. */
  readonly trustAddress: boolean | undefined;
  readonly sipSourceAddress: boolean;
  readonly mediaAddress?: Address;
  readonly addressFamily?: Family;
  /** Both logical interfaces, when both were named: of the sender, of the receiver. */
  readonly direction?: readonly [string, string];
  readonly fromInterface?: string;
  readonly toInterface?: string;
  readonly interface?: string;
  readonly peer?: string;
  readonly inboundPeer?: string;
  readonly outboundPeer?: string;
  /** IP type of service byte; negative: leave as is; undefined (also when above 255): the default. */
  readonly tos?: number;
  readonly endpointLearning?: "off" | "immediate" | "delayed" | "heuristic";
  readonly asymmetric: boolean;
  readonly symmetric: boolean;
  readonly unidirectional: boolean;
  readonly strictSource: boolean;
  readonly mediaHandover: boolean;
  readonly portLatching: boolean;
  readonly noPortLatching: boolean;
  readonly pierceNat: boolean;
  readonly natWait: boolean;

  // Dialogue
  readonly resetSession: boolean;
  readonly provisional: boolean;
  readonly earlyMedia: boolean;
  readonly newBranch: boolean;
  readonly directional: boolean;
  readonly bidirectional: boolean;
  readonly egress: boolean;
  readonly unsubscribe: boolean;
  readonly fatal: boolean;
  readonly fast: boolean;
  /** The To tag counts (`to-tag` flag of `delete`; explicit `to-tag=` in a flag string). */
  readonly honoursToTag: boolean;
  /** A flag string (`rtpp-flags`) was given: the To tag counts only with `honoursToTag` where one is created. */
  readonly hasFlagString: boolean;
  readonly fragment: boolean;
  readonly all: NgSelection;
  readonly aliasKey: "off" | "sdp" | "address";
  readonly deleteDelaySeconds?: number;
  readonly noRedisUpdate: boolean;
  readonly debug: boolean;
  readonly sipMessageType?: "request" | "response";
  readonly sipCode?: number;
  readonly supports: readonly string[];
  readonly xmlrpcCallback?: string;
  readonly template?: string;
  /** `list`: at most so many. */
  readonly limit?: number;

  // SDP
  readonly replace: NgReplace;
  readonly inactive: boolean;
  readonly originalSendrecv: boolean;
  readonly fullRtcpAttribute: boolean;
  readonly noRtcpAttribute: boolean;
  readonly loopProtect: boolean;
  readonly generateMid: boolean;
  /** Header extensions (URI) kept from the outgoing SDP, or `all`. */
  readonly stripExtmap: readonly string[];
  /** As `stripExtmap`, but still accepted from the sender. */
  readonly maskExtmap: readonly string[];
  readonly bundle: readonly string[];
  /** By part: `none` (session level), `audio`, `video` or another media type. */
  readonly sdpAttr: Readonly<Record<string, NgAttributeChanges>>;
  /** Media types whose sections are taken out. */
  readonly sdpMediaRemove: readonly string[];
  readonly ptime?: number;
  readonly ptimeReverse?: number;

  // Transport, security
  /** As named, in capitals; undefined: as in the SDP. */
  readonly transportProtocol?: string;
  /** `transport-protocol=accept`. */
  readonly acceptsTransportProtocol: boolean;
  readonly webrtc: boolean;
  readonly rtcpMux: NgRtcpMux;
  /** True: `on`, false: `off`, undefined: not mentioned. */
  readonly generateRtcp: boolean | undefined;
  readonly rtcpMirror: boolean;
  readonly ice?: NgIceOption;
  readonly iceLite?: NgIceLite;
  readonly ice2: boolean;
  readonly trickleIce: boolean;
  readonly rejectIce: boolean;
  readonly dtls?: NgDtlsOption;
  readonly dtlsReverse?: NgDtlsOption;
  /** `DTLS=off`; stays true next to `dtls: "passive"` when both were given. */
  readonly dtlsOff: boolean;
  readonly dtlsFingerprint?: string;
  readonly noTlsId: boolean;
  readonly sdes: readonly string[];
  readonly sdesOptions: NgSdes;
  /** `offer`, `offer-legacy`, `accept-rfc`, `accept-legacy` (`accept` is both of the last). */
  readonly osrtp: readonly string[];
  readonly recrypt: boolean;

  // Codecs
  readonly codec: NgCodec;
  readonly singleCodec: boolean;
  readonly allowTranscoding: boolean;
  readonly alwaysTranscode: boolean;
  readonly forceTranscoding: boolean;
  readonly asymmetricCodecs: boolean;
  readonly allowAsymmetricCodecs: boolean;
  readonly reuseCodecs: boolean;
  readonly reorderCodecs: boolean;
  readonly staticCodecs: boolean;
  readonly symmetricCodecs: boolean;
  readonly allowNoCodecMedia: boolean;
  readonly noJitterBuffer: boolean;
  readonly passthrough: boolean | undefined;
  readonly delayBufferMs?: number;
  readonly t38: readonly string[];
  readonly t38Version?: number;

  // Blocking, DTMF
  /** `stop` wins where both were given. */
  readonly dropTraffic?: "start" | "stop";
  readonly blockShort: boolean;
  readonly blockEgress: boolean;
  readonly blockDtmf: boolean;
  readonly detectDtmf: boolean;
  readonly injectDtmf: boolean;
  readonly dtmfSecurity?: NgDtmfSecurity;
  readonly dtmfSecurityTrigger?: NgDtmfSecurity;
  readonly dtmfSecurityTriggerEnd?: NgDtmfSecurity;
  readonly trigger?: string;
  readonly triggerEnd?: string;
  readonly triggerEndTimeMs?: number;
  readonly triggerEndDigits?: number;
  readonly dtmfDelayMs?: number;
  readonly dtmfLogDestination?: string;
  readonly frequenciesHz: readonly number[];
  /** As given: dB, sign not normalized. */
  readonly volumeDb?: number;
  /** `digit`, `code`: one DTMF character, or a number of more digits. */
  readonly digit?: string;
  readonly durationMs?: number;
  readonly pauseMs?: number;
  /** `pause=yes` or the flag `pause` of `stop recording`. */
  readonly pauseRecording: boolean;

  // Recording
  readonly recordCall: boolean | undefined;
  readonly discardRecording: boolean;
  readonly excludeRecording: boolean;
  readonly recordingAnnouncement: boolean;
  readonly recordingVsc: boolean;
  readonly skipRecordingDb: boolean;
  readonly siprec: boolean;
  readonly metadata?: string;
  readonly recordingFile?: string;
  readonly recordingPath?: string;
  readonly recordingPattern?: string;
  readonly recordingMediaSlotOffer?: number;
  readonly recordingMediaSlotAnswer?: number;
  readonly recordingMediaSlots?: number;
  /** Vertical service codes by what they do: `start`, `stop`, `start-stop`, `pause`, `pause-resume`, `start-pause-resume`. */
  readonly recordingServiceCodes: Readonly<Record<string, string>>;

  // Player
  readonly audioPlayer?: "default" | "transcoding" | "off" | "always";
  readonly mediaEcho?: "blackhole" | "forward" | "backward" | "both";
  readonly mix: boolean;
  readonly file?: string;
  readonly blob?: string;
  readonly blob64?: string;
  readonly databaseId?: number;
  readonly repeatTimes?: number;
  readonly repeatDurationMs?: number;
  readonly startPositionMs?: number;
  /** `moh`: as it came. */
  readonly musicOnHold?: NgDictionary;
  /** `medias` of `create` and `transform`: as it came. */
  readonly medias?: readonly NgDictionary[];
}

/** A type with all its `readonly` taken off, however deep; NG dictionaries stay as they are. */
export type Draft<T> = NgDictionary extends T
  ? T
  : T extends object
    ? { -readonly [Key in keyof T]: Draft<T[Key]> }
    : T;
