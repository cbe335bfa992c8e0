import { group, type Option, type OptionRow, row } from "./option.ts";

/** Parts of the program whose log level can be set apart, with what each says. */
export const LOG_SUBSYSTEMS = [
  ["core", "everything that belongs to no other subsystem"],
  ["spandsp", "messages of the SpanDSP library"],
  ["ffmpeg", "messages of the FFmpeg libraries"],
  ["transcoding", "transcoding of media"],
  ["codec", "negotiation of codecs"],
  ["rtcp", "RTCP"],
  ["ice", "ICE"],
  ["crypto", "negotiation of SRTP, SDES and DTLS"],
  ["srtp", "SRTP protection of packets"],
  ["internals", "noisy details; off unless set"],
  ["http", "HTTP and WebSocket"],
  ["control", "control protocols, SDP included, and the command line"],
  ["dtx", "DTX buffers"],
] as const;

/** Name of a subsystem. */
export type LogSubsystem = (typeof LOG_SUBSYSTEMS)[number][0];

const FACILITIES = [
  ..."auth authpriv cron daemon ftp kern lpr mail news syslog user uucp".split(" "),
  ..."local0 local1 local2 local3 local4 local5 local6 local7".split(" "),
];
const SCHEDULING = ["default", "none", "fifo", "rr", "other", "batch", "idle"];
const SYSLOG_WHY =
  "lines go to standard error, where journald or the container's log takes them; there is no syslog client";
const ONE_LINE_WHY = "an entry is always one line, of any length";

/** Subsystems that write something. */
const SPEAKING: ReadonlySet<string> = new Set(["core", "control", "http"]);

function logLevels(): readonly OptionRow[] {
  return LOG_SUBSYSTEMS.map(([name, subject]) =>
    row(`log-level-${name}`, "integer", `Log level of: ${subject}. 0: as log-level.`, {
      liveName: "loglevel",
      ...(SPEAKING.has(name)
        ? {}
        : { status: "not-built" as const, why: "the level is kept; nothing is logged under this name yet" }),
    }),
  );
}

/** Logging and thread options. */
export const RUNTIME_OPTIONS: readonly Option[] = [
  ...group("Logging", {}, [
    row(
      "log-level",
      "integer",
      "Most detailed syslog level that is logged: 3 errors, 4 warnings, 5 notices, 6 information, 7 everything.",
      {
        short: "L",
        default: 6,
        liveName: "loglevel",
      },
    ),
    ...logLevels(),
    row("log-stderr", "flag", "Logs to standard error instead of syslog.", {
      short: "E",
      status: "mapped",
      why: "the log always goes to standard error",
    }),
    row("log-facility", "enum", "Syslog facility of the log.", {
      values: FACILITIES,
      default: "daemon",
      status: "without-effect",
      why: SYSLOG_WHY,
    }),
    row("log-facility-cdr", "enum", "Syslog facility of call records.", {
      values: FACILITIES,
      status: "not-built",
      why: SYSLOG_WHY,
    }),
    row("log-facility-rtcp", "enum", "Syslog facility of RTCP contents.", {
      values: FACILITIES,
      status: "not-built",
      why: SYSLOG_WHY,
    }),
    row("log-facility-dtmf", "enum", "Syslog facility of DTMF events.", {
      values: FACILITIES,
      status: "not-built",
      why: SYSLOG_WHY,
    }),
    row("log-format", "enum", "How the call is named in a line: `default`, or `parsable` with quotes.", {
      values: ["default", "parsable"],
      default: "default",
    }),
    row("split-logs", "flag", "Writes an entry of several lines as several entries.", {
      status: "without-effect",
      why: ONE_LINE_WHY,
    }),
    row(
      "max-log-line-length",
      "integer",
      "Breaks longer lines; negative: never; 0: never on standard error.",
      {
        unit: "bytes",
        default: 0,
        status: "without-effect",
        why: ONE_LINE_WHY,
      },
    ),
    row("no-log-timestamps", "flag", "Leaves the time out of lines on standard error."),
    row("log-name", "string", "Name under which syslog lists the process.", {
      default: "rtpengine",
      status: "without-effect",
      why: SYSLOG_WHY,
    }),
    row("log-mark-prefix", "string", "Text before values that are private: Call-IDs, addresses, tags.", {
      default: "",
    }),
    row("log-mark-suffix", "string", "Text after values that are private.", { default: "" }),
    row("log-srtp-keys", "flag", "Logs SRTP keys as errors.", {
      status: "without-effect",
      why: "keys are never printed",
    }),
    row("debug-srtp", "flag", "Logs details of SRTP packets: sequence numbers, rollover counters, tags.", {
      status: "not-built",
      why: "SRTP is not built; sets log-level-srtp to 7",
    }),
  ]),
  ...group("Threads", {}, [
    row("num-threads", "integer", "Worker threads for media; unset or 0: one a CPU, at least 4.", {
      status: "mapped",
      why: "unset means one relay worker a CPU",
    }),
    row("media-num-threads", "integer", "Threads that play media; negative: as num-threads.", {
      default: -1,
      status: "not-built",
      why: "media cannot be played",
    }),
    row(
      "codec-num-threads",
      "integer",
      "Threads that transcode apart from the packet's own thread; 0: none.",
      {
        default: 0,
        status: "not-built",
        why: "nothing is transcoded",
      },
    ),
    row("poller-per-thread", "flag", "Gives each worker its own poller, which keeps packets in order.", {
      status: "mapped",
      why: "always so: a call's packets are read by one worker",
    }),
    row("poller-size", "integer", "Most events taken from the kernel at once.", {
      default: 128,
      status: "without-effect",
      why: "the relay chooses its own batch size",
    }),
    row("thread-stack", "integer", "Stack of each thread; -1: the system's default.", {
      unit: "kB",
      default: 2048,
      status: "without-effect",
      why: "worker threads have the runtime's stack",
    }),
    row("timer-accuracy", "integer", "Shortest sleep of a timer thread.", {
      unit: "µs",
      default: 500,
      min: 0,
      status: "without-effect",
      why: "there are no timer threads",
    }),
    row("io-uring", "flag", "Uses io_uring instead of polling.", {
      status: "without-effect",
      why: "packets are read and sent in batches",
    }),
    row("io-uring-buffers", "integer", "io_uring entries of each thread.", {
      default: 16384,
      status: "without-effect",
      why: "io_uring is not used",
    }),
    row("scheduling", "enum", "Scheduling policy of the worker threads.", {
      values: SCHEDULING,
      status: "mapped",
      why: "unset asks for a low real-time priority where the capability is there; `other` asks for none",
    }),
    row(
      "priority",
      "integer",
      "Real-time priority 1 (low) to 99, or nice value -20 (high) to 19, of the worker threads.",
      {
        default: 0,
        status: "mapped",
        why: "used with scheduling fifo or rr",
      },
    ),
    row("idle-scheduling", "enum", "Scheduling policy of housekeeping threads.", {
      values: SCHEDULING,
      status: "without-effect",
      why: "housekeeping runs on the main thread",
    }),
    row("idle-priority", "integer", "Priority of housekeeping threads.", {
      default: 0,
      status: "without-effect",
      why: "housekeeping runs on the main thread",
    }),
    row(
      "socket-cpu-affinity",
      "integer",
      "Spreads the calls' sockets over so many CPUs; 0: off, negative: all CPUs.",
      {
        default: 0,
        status: "mapped",
        why: "calls are pinned to workers; the steering program picks the worker",
      },
    ),
  ]),
];
