import { group, type Option, row } from "./option.ts";

const LIST = { isList: true } as const;
const FORMER = { status: "without-effect", why: "upstream has removed it" } as const;

/** Redis, recording, Homer, Graphite, MQTT, call-backs, and what upstream no longer has. */
export const SERVICE_OPTIONS: readonly Option[] = [
  ...group("Redis", { status: "not-built", why: "calls are not stored" }, [
    row("redis", "redis", "Database that calls are restored from, and kept in.", { short: "r" }),
    row("redis-write", "redis", "Another database to keep calls in; the first is then only read.", {
      short: "w",
    }),
    row("redis-subscribe", "redis", "Database whose notifications are followed."),
    row("redis-num-threads", "integer", "Threads that restore calls at start.", { default: 4 }),
    row("redis-expires", "integer", "Life of a key.", { unit: "s", default: 86400 }),
    row("redis-format", "enum", "How a call is written.", {
      values: ["native", "bencode", "JSON"],
      default: "bencode",
    }),
    row("no-redis-required", "flag", "Starts without a connection to the database.", { short: "q" }),
    row(
      "redis-allowed-errors",
      "integer",
      "Errors in a row after which the database is left alone for a while; -1: any number.",
      {
        default: -1,
        liveName: "redisallowederrors",
      },
    ),
    row("redis-disable-time", "integer", "Length of that while.", {
      unit: "s",
      default: 10,
      min: 0,
      liveName: "redisdisabletime",
    }),
    row("redis-cmd-timeout", "integer", "Longest time for a command; 0: unlimited.", {
      unit: "ms",
      default: 0,
      liveName: "rediscmdtimeout",
    }),
    row("redis-connect-timeout", "integer", "Longest time for connecting.", {
      unit: "ms",
      default: 1000,
      liveName: "redisconnecttimeout",
    }),
    row("redis-resolve-on-reconnect", "flag", "Looks the host name up again at every connection."),
    row("redis-tcp-keepalive-time", "integer", "Idle time before keep-alive probes; 0: none.", {
      unit: "s",
      default: 0,
    }),
    row("redis-tcp-keepalive-intvl", "integer", "Time between the probes.", { unit: "s", default: 1 }),
    row("redis-tcp-keepalive-probes", "integer", "Probes without an answer that end the connection.", {
      default: 3,
    }),
    row("redis-delete-async", "integer", "Deletes keys later, many at once; 0: at once.", {
      short: "y",
      default: 0,
    }),
    row("redis-delete-async-interval", "integer", "How often that is done.", { unit: "s", default: 0 }),
    row("subscribe-keyspace", "integer", "Database numbers whose changes are followed.", {
      short: "k",
      ...LIST,
    }),
    row(
      "active-switchover",
      "flag",
      "Takes over a call of another engine as soon as it shows activity here.",
    ),
  ]),
  ...group("Recording", { status: "not-built", why: "calls cannot be recorded" }, [
    row("recording-dir", "path", "Directory of recordings; unset: no recording."),
    row(
      "recording-method",
      "enum",
      "How calls are recorded: to pcap files, to the recording daemon, or both.",
      {
        values: ["pcap", "proc", "all"],
        default: "pcap",
      },
    ),
    row("recording-format", "enum", "Whether pcap files hold bare IP packets or get an Ethernet header.", {
      values: ["raw", "eth"],
      default: "raw",
    }),
    row("record-egress", "flag", "Records media as they are sent instead of as they come."),
    row("record-both", "flag", "Records media as they come and as they are sent."),
    row("vsc-start-rec", "string", "DTMF digits that start a recording."),
    row("vsc-stop-rec", "string", "DTMF digits that stop it."),
    row("vsc-start-stop-rec", "string", "DTMF digits that start or stop it."),
    row("vsc-pause-rec", "string", "DTMF digits that pause it."),
    row("vsc-pause-resume-rec", "string", "DTMF digits that pause or resume it."),
    row("vsc-start-pause-resume-rec", "string", "DTMF digits that start, pause or resume it."),
  ]),
  ...group("Homer", { status: "not-built", why: "nothing is sent to Homer" }, [
    row("homer", "endpoint", "Homer server that gets RTCP statistics."),
    row("homer-protocol", "enum", "Transport to it.", { values: ["udp", "tcp"], default: "udp" }),
    row("homer-id", "integer", "Capture ID by which it knows this engine.", { default: 2001 }),
    row("homer-disable-rtcp-stats", "flag", "Sends it no RTCP statistics."),
    row("homer-enable-ng", "flag", "Sends it the NG messages."),
    row("homer-ng-capture-proto", "integer", "Protocol number of those messages.", {
      default: 0x3d,
      min: 0,
      max: 255,
    }),
  ]),
  ...group(
    "Graphite and MQTT",
    { status: "not-built", why: "statistics are read from listen-http, at /metrics" },
    [
      row("graphite", "endpoint", "Graphite server that gets statistics.", { short: "g" }),
      row("graphite-interval", "integer", "How often they are sent.", { short: "G", unit: "s" }),
      row("graphite-prefix", "string", "Text before each name."),
      row("graphite-timeout", "integer", "Longest time for connecting; 0: the system's.", {
        unit: "s",
        default: 0,
      }),
      row("mqtt-host", "string", "MQTT broker that gets statistics."),
      row("mqtt-port", "integer", "Its port.", { default: 1883, min: 1, max: 65535 }),
      row("mqtt-tls-alpn", "string", "Application protocol named in the TLS handshake."),
      row("mqtt-id", "string", "Client ID; unset: a random one."),
      row("mqtt-keepalive", "integer", "Time between keep-alive messages.", { unit: "s", default: 30 }),
      row("mqtt-user", "string", "User name at the broker."),
      row("mqtt-pass", "string", "Password at the broker."),
      row("mqtt-cafile", "path", "Certificates of authorities, PEM; turns TLS on."),
      row("mqtt-capath", "path", "Directory of such certificates; turns TLS on."),
      row("mqtt-certfile", "path", "Client certificate, PEM."),
      row("mqtt-keyfile", "path", "Its private key, PEM."),
      row("mqtt-publish-qos", "integer", "Quality of service of the messages.", {
        default: 0,
        min: 0,
        max: 2,
      }),
      row("mqtt-publish-topic", "string", "Topic of the messages."),
      row("mqtt-publish-interval", "integer", "Time between messages.", {
        unit: "ms",
        default: 5000,
        min: 0,
      }),
      row("mqtt-publish-scope", "enum", "What each message covers.", {
        values: ["global", "summary", "call", "media"],
        default: "global",
      }),
    ],
  ),
  ...group("Call-backs", { status: "not-built", why: "no XML-RPC call is made" }, [
    row(
      "b2b-url",
      "string",
      "XML-RPC address that is told when a call times out; %% stands for the proxy's address.",
      { short: "b" },
    ),
    row("xmlrpc-format", "integer", "Form of that message: 0 SEMS, 1 call-id only, 2 Kamailio.", {
      short: "x",
      default: 0,
      min: 0,
      max: 2,
    }),
  ]),
  ...group("Former options", FORMER, [
    row("num-media-threads", "integer", "Old name of media-num-threads.", {
      replacedBy: "media-num-threads",
    }),
    row("cache-media-reload", "integer", "Name of db-cache-reload in upstream's manual.", {
      replacedBy: "db-cache-reload",
    }),
    row("ip", "string", "Local IPv4 address: now `interface`."),
    row("advertised-ip", "string", "IPv4 address to advertise: now part of `interface`."),
    row("ip6", "string", "Local IPv6 address: now `interface`."),
    row("advertised-ip6", "string", "IPv6 address to advertise: now part of `interface`."),
    row("redis-db", "integer", "Database number: now part of `redis`."),
    row("redis-read", "string", "Database to read from: now `redis`."),
    row("redis-read-db", "integer", "Its number: now part of `redis`."),
    row("redis-write-db", "integer", "Database number: now part of `redis-write`."),
    row("redis-auth-pw", "string", "Password: now part of `redis`."),
    row("redis-multikey", "flag", "Stored a call under several keys."),
    row("reorder-codecs", "flag", "Changed the order of codecs in answers."),
  ]),
];
