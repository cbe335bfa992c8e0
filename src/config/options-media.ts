import { group, type Option, row } from "./option.ts";

const LIST = { isList: true } as const;
const NO_TRANSCODING = { status: "not-built", why: "nothing is transcoded" } as const;
const NO_PLAYER = { status: "not-built", why: "media cannot be played" } as const;
const NO_DTLS = { status: "not-built", why: "DTLS-SRTP is not built" } as const;

/** Options on media, their security, and everything that needs a codec. */
export const MEDIA_OPTIONS: readonly Option[] = [
  ...group("Media", {}, [
    row("endpoint-learning", "enum", "How a party's real address is learned from the packets it sends.", {
      values: ["safe", "delayed", "immediate", "off", "heuristic"],
      default: "safe",
      status: "mapped",
      why: "upstream's four are obeyed as given; unset means `safe` (upstream: `heuristic`): an address other than the signalled one is learned only where the signalled one cannot be right, and then locked",
    }),
    row(
      "sip-source",
      "flag",
      "Takes the source of the SIP message as the party's address instead of what SDP says.",
    ),
    row(
      "tos",
      "integer",
      "Type-of-service byte of outgoing media; 0: the system's. 184 is expedited forwarding.",
      {
        short: "T",
        default: 0,
        min: 0,
        max: 255,
      },
    ),
    row(
      "reject-invalid-sdp",
      "flag",
      "Refuses SDP that is not clean, such as one that ends in a blank line.",
    ),
    row("measure-rtp", "flag", "Measures jitter and loss of calls that are only passed through, too.", {
      status: "mapped",
      why: "always so",
    }),
    row("mos", "enum", "How the MOS is calculated: with delay (CQ) or without (LQ), and the formula.", {
      ...LIST,
      values: ["CQ", "LQ", "legacy", "G.107", "G.107.2"],
      synonyms: { g107: "G.107", g1072: "G.107.2", "g.1072": "G.107.2", "g107.2": "G.107.2" },
      default: ["CQ", "G.107"],
      status: "not-built",
      why: "the simplified G.107 formula is used; the round trip is not measured and counts as none",
    }),
    row(
      "ssrc-reporting",
      "enum",
      "Where the answers to `query` and `delete` show the statistics of each SSRC.",
      {
        values: ["full", "inline", "global", "none"],
        default: "full",
        status: "not-built",
        why: "the `full` form is sent",
      },
    ),
    row(
      "rtcp-interval",
      "integer",
      "Time between RTCP packets of our own; up to 1 s of random time is added.",
      {
        unit: "ms",
        default: 5000,
        status: "not-built",
        why: "RTCP is passed on, not generated",
      },
    ),
    row("jitter-buffer", "integer", "Size of the buffer that puts packets in order; 0: none.", {
      unit: "packets",
      default: 0,
      min: 0,
      status: "not-built",
      why: "packets are passed on as they come",
    }),
    row("jb-clock-drift", "flag", "Compensates for a sender's clock that drifts.", {
      status: "not-built",
      why: "there is no jitter buffer",
    }),
    row("jb-adaptive", "flag", "Sizes the jitter buffer by the measured jitter.", {
      status: "not-built",
      why: "there is no jitter buffer",
    }),
    row("jb-adaptive-min", "integer", "Smallest size of the adaptive jitter buffer.", {
      unit: "ms",
      default: 0,
      status: "not-built",
      why: "there is no jitter buffer",
    }),
    row("jb-adaptive-max", "integer", "Largest size of the adaptive jitter buffer; 0: 300.", {
      unit: "ms",
      default: 0,
      status: "not-built",
      why: "there is no jitter buffer",
    }),
  ]),
  ...group("SRTP and DTLS", NO_DTLS, [
    row("dtls-passive", "flag", "Takes the passive role in every DTLS handshake."),
    row("dtls-cert-cipher", "enum", "Key of the certificate that is made at start.", {
      values: ["prime256v1", "RSA"],
      synonyms: { ec_prime256v1: "prime256v1", "ec-prime256v1": "prime256v1" },
      default: "prime256v1",
    }),
    row("dtls-rsa-key-size", "integer", "Size of that key when it is RSA.", {
      unit: "bits",
      default: 2048,
      min: 0,
    }),
    row("dtls-signature", "enum", "Hash with which that certificate signs itself.", {
      values: ["SHA-256", "SHA-1"],
      synonyms: { sha1: "SHA-1", sha256: "SHA-256" },
      default: "SHA-256",
    }),
    row("dtls-ciphers", "string", "Ciphers of the handshake, as OpenSSL writes such lists.", {
      default: "DEFAULT:!NULL:!aNULL:!SHA256:!SHA384:!aECDH:!AESGCM+AES256:!aPSK",
    }),
    row("dtls-mtu", "integer", "Largest handshake packet.", { unit: "bytes", default: 1200, min: 576 }),
  ]),
  ...group("DTMF", { status: "not-built", why: "DTMF events are passed on, not reported" }, [
    row("dtmf-log-dest", "endpoint", "Where DTMF events are sent, as JSON in UDP packets."),
    row("dtmf-log-ng-tcp", "flag", "Sends DTMF events to every client of listen-tcp-ng."),
    row("dtmf-no-log-injects", "flag", "Does not report the events that `play DTMF` makes."),
    row("dtmf-no-suppress", "flag", "Keeps audio packets that a party sends during an event."),
    row("dtmf-digit-delay", "integer", "Longest time between the digits of a trigger.", {
      unit: "ms",
      default: 2500,
    }),
  ]),
  ...group("Silence and DTX", NO_TRANSCODING, [
    row("silence-detect", "float", "Level below which transcoded audio counts as silence; 0: off.", {
      unit: "%",
      default: 0,
    }),
    row(
      "cn-payload",
      "integer",
      "Comfort noise that replaces silence: level in -dBov, then reflection coefficients (RFC 3389).",
      {
        ...LIST,
        min: 0,
        max: 254,
        default: ["32"],
      },
    ),
    row("dtx-delay", "integer", "Delay of transcoded audio in which gaps are noticed; 0: off.", {
      unit: "ms",
      default: 0,
      min: 0,
    }),
    row("max-dtx", "integer", "Longest gap that is filled; 0: any.", { unit: "s", default: 30 }),
    row("dtx-buffer", "integer", "Most packets held while filling gaps.", { unit: "packets", default: 10 }),
    row("dtx-lag", "integer", "Most audio held while filling gaps.", { unit: "ms", default: 100, min: 0 }),
    row(
      "dtx-shift",
      "integer",
      "How far the schedule moves when packets come too fast or too slowly; 0: never.",
      {
        unit: "ms",
        default: 5,
        min: 0,
      },
    ),
    row("dtx-cn-params", "integer", "Comfort noise that fills gaps, written as cn-payload; unset: silence.", {
      ...LIST,
      min: 0,
      max: 254,
    }),
    row("amr-dtx", "enum", "What fills gaps of AMR: the codec or comfort noise.", {
      values: ["native", "CN"],
      default: "native",
    }),
    row("evs-dtx", "enum", "What fills gaps of EVS: the codec or comfort noise.", {
      values: ["native", "CN"],
      default: "native",
    }),
  ]),
  ...group("Players and media cache", NO_PLAYER, [
    row("audio-player", "enum", "When a party hears audio that is made here, mixed from all its sources.", {
      values: ["on-demand", "play-media", "transcoding", "always"],
      synonyms: {
        "on demand": "on-demand",
        off: "on-demand",
        no: "on-demand",
        never: "on-demand",
        "play media": "play-media",
        "media player": "play-media",
        "media-player": "play-media",
        transcode: "transcoding",
        everything: "always",
        force: "always",
        forced: "always",
      },
      default: "on-demand",
    }),
    row("audio-buffer-length", "integer", "Length of the audio player's buffer.", {
      unit: "ms",
      default: 500,
    }),
    row("audio-buffer-delay", "integer", "Delay of a new source in the audio player.", {
      unit: "ms",
      default: 5,
    }),
    row("player-cache", "flag", "Keeps played media in memory, encoded."),
    row("preload-media-files", "path", "Media files read at start, or `on-demand`.", { ...LIST }),
    row("media-files-reload", "integer", "How often those files are checked for changes.", { unit: "s" }),
    row("media-files-expire", "integer", "Age at which an unused file leaves the cache; 0: never.", {
      unit: "s",
      default: 0,
      min: 0,
    }),
    row("expiry-timer", "integer", "How often the caches are searched for unused entries; 0: never.", {
      unit: "s",
      default: 0,
    }),
    row("preload-db-media", "string", "Media read from the database at start, or `on-demand`.", { ...LIST }),
    row("db-media-reload", "integer", "How often media are read anew from the database.", { unit: "s" }),
    row("db-media-expire", "integer", "Age at which unused media of the database leave memory; 0: never.", {
      unit: "s",
      default: 0,
      min: 0,
    }),
    row("db-media-cache", "path", "Directory that keeps media of the database as files."),
    row("preload-db-cache", "string", "Media put into that directory at start, or `on-demand`.", { ...LIST }),
    row("db-cache-reload", "integer", "How often the files of that directory are read anew.", { unit: "s" }),
    row("db-cache-expire", "integer", "Age at which an unused file leaves that directory; 0: never.", {
      unit: "s",
      default: 0,
      min: 0,
    }),
    row("mysql-host", "string", "Database that holds media."),
    row("mysql-port", "integer", "Its port.", { min: 0, max: 65535 }),
    row("mysql-user", "string", "User name there."),
    row("mysql-pass", "string", "Password there."),
    row("mysql-query", "string", "Query that fetches one medium; %llu stands for its number."),
    row("moh-max-duration", "integer", "Longest music on hold; 0 or unset: 1800000.", {
      unit: "ms",
      default: -1,
    }),
    row("moh-max-repeats", "integer", "How often music on hold starts again.", { default: 999 }),
    row("moh-attr-name", "string", "Session attribute that marks SDP while music on hold plays."),
    row("moh-prevent-double-hold", "flag", "Plays none where that attribute shows that somebody else does."),
  ]),
  ...group("Transcoding", NO_TRANSCODING, [
    row(
      "transcode-config",
      "string",
      "Prefix of the sections of the file that rule transcoding of a codec pair ([PREFIX-NAME]).",
    ),
    row("ng-client-timeout", "integer", "How long another engine may take to answer a `transform` request.", {
      unit: "ms",
      default: 50,
      min: 1,
    }),
    row("ng-client-retries", "integer", "How often such a request is repeated.", { default: 5, min: 1 }),
    row("evs-lib-path", "path", "Library with the reference implementation of EVS."),
    row("codec-chain-lib-path", "path", "Library that transcodes on a graphics card."),
    row("codec-chain-runners", "integer", "Its runners for each codec.", { default: 2 }),
    row("codec-chain-concurrency", "integer", "Most jobs of one runner at once.", { default: 256 }),
    row("codec-chain-async", "integer", "Threads that take its results.", { default: 0 }),
    row("codec-chain-nonblock", "flag", "Does not wait for its results."),
    row("codec-chain-interval", "integer", "Time between its runs.", { unit: "µs", default: 10000 }),
    row("codec-chain-opus-application", "enum", "What its Opus encoder is tuned for.", {
      values: ["default", "VoIP", "audio", "low-delay"],
      synonyms: {
        "": "default",
        speech: "VoIP",
        music: "audio",
        "low delay": "low-delay",
        lowdelay: "low-delay",
      },
      default: "default",
    }),
    row("codec-chain-opus-complexity", "integer", "Effort of its Opus encoder; -1: 10.", {
      default: -1,
      min: -1,
      max: 10,
    }),
  ]),
];
