import { group, type Option, row } from "./option.ts";

const OWN = { isOwn: true } as const;
const LIST = { isList: true } as const;
const KERNEL_WHY =
  "no kernel module and no rule for one: eBPF programs take packets before the firewall's rules, which are left alone (see fastpath)";

/** General, interface, listener, timeout, limit and kernel options. */
export const NETWORK_OPTIONS: readonly Option[] = [
  ...group("General", {}, [
    row("help", "flag", "Prints the options and exits.", { short: "h", isCommandLineOnly: true }),
    row("version", "flag", "Prints the version and exits.", { short: "v", isCommandLineOnly: true }),
    row("codecs", "flag", "Prints the codecs that can be transcoded and exits.", { isCommandLineOnly: true }),
    row("config-file", "path", "The file to read, or `none` to read no file.", {
      default: "/etc/rtpengine/rtpengine.conf",
      isCommandLineOnly: true,
    }),
    row("config-section", "string", "The section of the file that holds the options.", {
      default: "rtpengine",
      isCommandLineOnly: true,
    }),
    row(
      "config-test",
      "flag",
      "Checks options, file and host, prints the findings and exits; starts nothing.",
      {
        ...OWN,
        isCommandLineOnly: true,
      },
    ),
    row("json", "flag", "With --config-test: prints the findings as one JSON object.", {
      ...OWN,
      isCommandLineOnly: true,
    }),
    row(
      "backend",
      "enum",
      "How media reach the relay: steered to one socket a worker, or one socket a port.",
      {
        ...OWN,
        values: ["auto", "steered", "sockets"],
        default: "auto",
      },
    ),
    row("pidfile", "path", "Where to write the process number.", { short: "p" }),
    row("foreground", "flag", "Stays in the foreground instead of running in the background.", {
      short: "f",
      status: "mapped",
      why: "the process always stays in the foreground; a service manager keeps it in the background",
    }),
    row(
      "software-id",
      "string",
      "How this engine names itself to others, in SDP that no party named: unset, its name and version; other characters than letters, digits and dashes become dashes.",
    ),
    row("templates", "string", "Section of the file that holds signalling templates (NAME = FLAGS)."),
  ]),
  ...group("Interfaces and ports", {}, [
    row(
      "interface",
      "interface",
      "A local address for media: [NAME/]ADDRESS[!ADVERTISED], `any`, a network interface, or ALIAS=NAME.",
      {
        short: "i",
        ...LIST,
      },
    ),
    row(
      "interfaces-config",
      "string",
      "Prefix of the sections of the file that describe one interface each ([PREFIX-NAME]).",
    ),
    row("port-min", "integer", "Lowest port for media.", { short: "m", default: 30000, min: 1, max: 65535 }),
    row("port-max", "integer", "Highest port for media.", { short: "M", default: 39999, min: 1, max: 65535 }),
    row(
      "save-interface-ports",
      "flag",
      "Takes ports on the first address of an interface that has some, not on all of them.",
      {
        short: "S",
        status: "mapped",
        why: "without ICE, ports are only ever taken on the one address that is used, so nothing is wasted in the first place",
      },
    ),
  ]),
  ...group("Listeners", {}, [
    row("listen-ng", "listen", "Address of an NG control port, UDP.", { short: "n", ...LIST }),
    row("listen-tcp-ng", "listen", "Address of an NG control port, TCP.", { short: "N", ...LIST }),
    row("listen-cli", "listen", "Address of the command line's port, TCP, for rtpengine-ctl.", {
      short: "c",
      ...LIST,
    }),
    row("listen-http", "listen", "Address of an HTTP port: /metrics and /ping.", { ...LIST }),
    row("listen-https", "listen", "Address of an HTTPS and WSS port.", {
      ...LIST,
      status: "not-built",
      why: "put a TLS-terminating proxy before listen-http",
    }),
    row("https-cert", "path", "Certificate for HTTPS and WSS, PEM.", {
      status: "not-built",
      why: "there is no HTTPS listener",
    }),
    row("https-key", "path", "Private key for HTTPS and WSS, PEM.", {
      status: "not-built",
      why: "there is no HTTPS listener",
    }),
    row("http-threads", "integer", "Threads that serve HTTP and WebSocket; unset: as num-threads.", {
      status: "without-effect",
      why: "HTTP is served by the main thread",
    }),
    row("http-buf-size", "integer", "Send buffer of HTTP and WebSocket connections.", {
      unit: "kB",
      max: 2097151,
      status: "without-effect",
      why: "buffers grow as needed",
    }),
    row("http-idle-timeout", "integer", "How long an idle HTTP connection stays open; 0: 5 seconds.", {
      unit: "s",
      default: 0,
      min: 0,
    }),
    row("listen-udp", "listen", "Address of a port for the rtpproxy protocol, UDP.", {
      short: "u",
      ...LIST,
      status: "not-built",
      why: "only the NG protocol is spoken",
    }),
    row("listen-tcp", "listen", "Address of a port for the obsolete mediaproxy protocol, TCP.", {
      short: "l",
      ...LIST,
      status: "not-built",
      why: "only the NG protocol is spoken",
    }),
    row(
      "control-tos",
      "integer",
      "Type-of-service byte of what the NG port sends over UDP; 0: the system's.",
      {
        default: 0,
        min: 0,
        max: 255,
        liveName: "controltos",
      },
    ),
    row(
      "control-pmtu",
      "enum",
      "Path MTU discovery on IPv4 control sockets: `want` sets the don't-fragment bit, `dont` clears it.",
      {
        values: ["want", "dont"],
        synonyms: { "don't": "dont" },
        status: "not-built",
        why: "the system's setting applies",
      },
    ),
    row("janus-secret", "string", "Administrator's secret of the Janus-compatible interface.", {
      status: "not-built",
      why: "there is no Janus interface",
    }),
  ]),
  ...group("Timeouts", {}, [
    row(
      "timeout",
      "integer",
      "A stream without media for so long counts as dead; a call whose streams are all dead is removed. 0: 60.",
      {
        short: "o",
        unit: "s",
        default: 60,
        liveName: "timeout",
      },
    ),
    row("silent-timeout", "integer", "The same for streams that are muted or on hold. 0: 3600.", {
      short: "s",
      unit: "s",
      default: 3600,
      liveName: "silenttimeout",
    }),
    row("final-timeout", "integer", "Longest life of a call, counted from its creation; 0: unlimited.", {
      short: "a",
      unit: "s",
      default: 0,
      liveName: "finaltimeout",
    }),
    row("offer-timeout", "integer", "A call with an offer but no answer is removed after this. 0: 3600.", {
      unit: "s",
      default: 3600,
      liveName: "offertimeout",
    }),
    row(
      "delete-delay",
      "integer",
      "How long a deleted call is kept before its ports are free; 0: not at all.",
      {
        short: "d",
        unit: "s",
        default: 30,
        min: 0,
        liveName: "deletedelay",
      },
    ),
  ]),
  ...group("Limits", {}, [
    row("max-sessions", "integer", "Calls beyond this number are refused; 0 refuses every call, -1 none.", {
      default: -1,
      liveName: "maxsessions",
    }),
    row(
      "max-load",
      "float",
      "New calls are refused while the one-minute load average is above this; 0: no limit.",
      {
        default: 0,
        liveName: "maxload",
      },
    ),
    row("max-cpu", "float", "New calls are refused while CPU use is above this; 0: no limit.", {
      unit: "%",
      default: 0,
      liveName: "maxcpu",
    }),
    row("max-bandwidth", "integer", "New calls are refused while more than this is received; 0: no limit.", {
      unit: "bytes/s",
      default: 0,
      min: 0,
      isLong: true,
      liveName: "maxbw",
    }),
    row("max-recv-iters", "integer", "How often one socket is read before the next one's turn.", {
      default: 50,
      min: 1,
      status: "without-effect",
      why: "packets are read in batches across calls; no socket can starve another",
    }),
  ]),
  ...group("Kernel", { status: "without-effect", why: KERNEL_WHY }, [
    row(
      "fastpath",
      "enum",
      "Forwarding of plain RTP in the kernel: auto, where the host allows it; tc, or the start fails; off.",
      { ...OWN, status: "implemented", values: ["auto", "tc", "off"], default: "auto" },
    ),
    row(
      "table",
      "integer",
      "Number of the kernel module's forwarding table; negative: no kernel forwarding.",
      {
        short: "t",
        default: -1,
        status: "mapped",
        why: "there is no table and no module; a negative number, when given, switches forwarding in the kernel off (as fastpath=off), any other leaves it on",
      },
    ),
    row("no-fallback", "flag", "Refuses to start when the kernel module is missing.", {
      short: "F",
      status: "mapped",
      why: "the start is refused when the kernel cannot forward (as fastpath=tc), unless that is switched off",
    }),
    row("nftables-chain", "string", "nftables chain that gets the kernel module's rule.", {
      default: "rtpengine",
    }),
    row("nftables-base-chain", "string", "nftables base chain that jumps to that chain.", {
      default: "INPUT",
    }),
    row("nftables-append", "flag", "Appends the jump to the base chain instead of prepending it."),
    row("nftables-family", "enum", "Address families for which the rule is made.", {
      values: ["ip", "ip6", "ip,ip6", "inet"],
      synonyms: { ip4: "ip", "ip4,ip6": "ip,ip6", "ip6,ip": "ip,ip6", "ip6,ip4": "ip,ip6" },
      default: "ip,ip6",
    }),
    row("xtables", "flag", "Uses the legacy x_tables target in the rule."),
    row("nftables-start", "flag", "Only makes the rule and exits.", { isCommandLineOnly: true }),
    row("nftables-stop", "flag", "Only removes the rule and exits.", { isCommandLineOnly: true }),
    row("nftables-status", "flag", "Only checks the rule and exits.", { isCommandLineOnly: true }),
    row("iptables-chain", "string", "iptables chain in which each open media port gets an ACCEPT rule.", {
      why: "the firewall is never touched: open the port range in it",
    }),
    row("kernel-slots", "integer", "Slots of each ring buffer shared with the kernel module."),
    row("kernel-num-threads", "integer", "Threads of the kernel module that send packets.", { default: -1 }),
    row("kernel-player", "integer", "Most media players that run in the kernel module at once; 0: none.", {
      default: 0,
    }),
    row("kernel-player-media", "integer", "Most media files that the kernel module keeps for playing.", {
      default: 128,
    }),
  ]),
];
