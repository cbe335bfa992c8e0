import { describe, expect, it } from "vitest";
import { type Figure, figure, gauge, list } from "../../../src/observe/figure.ts";
import { FIGURES } from "../../../src/observe/figures.ts";
import { figuresAsPrometheus, metricFamilies } from "../../../src/observe/prometheus.ts";
import { metricsReference } from "../../../src/observe/reference.ts";
import { interfaceReading, TestCli } from "../../support/cli.ts";

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: Sample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;

/** Reads labels as the format defines them; throws at the first character that does not belong. */
function parseLabels(text: string): { labels: Record<string, string>; rest: string } {
  const labels: Record<string, string> = {};
  let rest = text;
  if (!rest.startsWith("{")) return { labels, rest };
  rest = rest.slice(1);
  while (!rest.startsWith("}")) {
    const match = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(,|(?=\}))/.exec(rest);
    if (!match) throw new Error(`labels: ${rest}`);
    if (match[1]! in labels) throw new Error(`label twice: ${rest}`);
    labels[match[1]!] = match[2]!.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c));
    rest = rest.slice(match[0].length);
  }
  return { labels, rest: rest.slice(1) };
}

/** A strict parser of the text format 0.0.4: HELP, TYPE, then the samples of that family, no other way. */
function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith("\n")) throw new Error("no newline at the end");
  const families = new Map<string, Family>();
  let current = "";
  let pending: { name: string; help: string } | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const help = /^# HELP (\S+) ((?:[^\\]|\\[\\n])*)$/.exec(line);
    const type = /^# TYPE (\S+) (counter|gauge)$/.exec(line);
    if (help) pending = { name: help[1]!, help: help[2]! };
    else if (type) {
      if (!pending || pending.name !== type[1]) throw new Error(`TYPE without HELP: ${line}`);
      if (families.has(pending.name)) throw new Error(`twice: ${line}`);
      families.set(pending.name, { type: type[2]!, help: pending.help, samples: [] });
      current = pending.name;
    } else {
      const name = NAME.exec(line)?.[0] ?? "";
      if (name !== current) throw new Error(`stray sample: ${line}`);
      const { labels, rest } = parseLabels(line.slice(name.length));
      if (!/^ -?(\d+(\.\d+)?(e[+-]?\d+)?|NaN|\+?Inf)$/.test(rest)) throw new Error(`value: ${line}`);
      families.get(current)!.samples.push({ labels, value: Number(rest) });
    }
  }
  return families;
}

function metrics(): { families: Map<string, Family>; cli: TestCli } {
  const cli = new TestCli();
  cli.call();
  cli.engine.dataplane.interfaceReadings = [
    interfaceReading(),
    interfaceReading({ reason: 'says "no",\n\\ever' }),
  ];
  cli.engine.dataplane.totalsReading = {
    packets: 100,
    bytes: 1,
    errors: 0,
    drops: [5],
    kernel: { packets: 60, bytes: 0, errors: 0 },
  };
  cli.statistics.request("192.0.2.9", "play media", 0.5, true);
  cli.statistics.ignored("SIPREC");
  cli.statistics.malformedMessages = 3;
  cli.statistics.strippedIceAttributes = 4;
  return { families: parseExposition(figuresAsPrometheus(FIGURES, cli.snapshot())), cli };
}

/** What upstream's manual and source name, without those of its own internals. */
const UPSTREAM = [
  ..."sessions transcoded_media media_cache player_cache mediastreams uptime_seconds sessions_total".split(
    " ",
  ),
  ..."closed_sessions_total packets_total packet_errors_total bytes_total zero_packet_streams_total".split(
    " ",
  ),
  ..."one_way_sessions_total call_duration_avg call_duration_total call_duration2_total".split(" "),
  ..."packets_lost rtp_duplicates rtp_skips rtp_seq_resets rtp_reordered".split(" "),
  ..."requests_total request_seconds_total errors_total ports ports_used ports_free".split(" "),
  ..."interface_packets_lost interface_duplicates interface_packets interface_bytes interface_errors".split(
    " ",
  ),
  ..."transcoders transcode_packets_total transcode_samples_total transcode_bytes_total".split(" "),
  ..."poller_items poller_wakeups".split(" "),
  ..."mos jitter jitter_measured rtt_e2e rtt_dsct packetloss"
    .split(" ")
    .flatMap((measure) =>
      ["_total", "2_total", "_samples_total"].flatMap((suffix) => [
        measure + suffix,
        `interface_${measure}${suffix}`,
      ]),
    ),
];

const OWN = [
  "draining",
  "fastpath_active",
  "fastpath_flows",
  "fastpath_refused_flows",
  "dropped_packets_total",
  "backend_info",
  "ignored_ng_keys_total",
  "unknown_ng_keys_total",
  "malformed_messages_total",
  "stripped_ice_attributes_total",
  "refused_endpoints_total",
  "overlong_replies_total",
  "outgrown_ports_total",
  "duplicate_requests_total",
  "build_info",
];

describe("/metrics", () => {
  const { families } = metrics();

  it.each([...UPSTREAM, ...OWN])("has rtpengine_%s", (name) => {
    expect(families.has(`rtpengine_${name}`)).toBe(true);
  });

  it("has no name that the documents do not know", () => {
    const known = new Set([...UPSTREAM, ...OWN].map((name) => `rtpengine_${name}`));
    expect([...families.keys()].filter((name) => !known.has(name))).toEqual([]);
    for (const name of families.keys()) expect(metricsReference()).toContain(`\`${name}\``);
  });

  it("never repeats a sample", () => {
    const cli = new TestCli();
    cli.engine.dataplane.interfaceReadings = [interfaceReading()];
    cli.statistics.request("192.0.2.9", "offer", 0.5, true);
    for (const [name, { samples }] of parseExposition(figuresAsPrometheus(FIGURES, cli.snapshot()))) {
      const keys = samples.map(({ labels }) => JSON.stringify(labels));
      expect(new Set(keys).size, name).toBe(keys.length);
    }
  });

  it("labels what upstream labels", () => {
    const of = (name: string): Sample[] => families.get(`rtpengine_${name}`)!.samples;
    expect(of("sessions")).toEqual([
      { labels: { type: "own" }, value: 1 },
      { labels: { type: "foreign" }, value: 0 },
    ]);
    expect(of("packets_total")).toEqual([
      { labels: { type: "userspace" }, value: 40 },
      { labels: { type: "kernel" }, value: 60 },
    ]);
    expect(of("closed_sessions_total").map(({ labels }) => labels.reason)).toEqual(
      "rejected timeout silent_timeout final_timeout offer_timeout terminated force_terminated".split(" "),
    );
    expect(of("requests_total")).toContainEqual({
      labels: { proxy: "192.0.2.9", request: "play media" },
      value: 1,
    });
    expect(of("ports_used")[0]).toEqual({ labels: { name: "default", address: "203.0.113.1" }, value: 4 });
    expect(of("interface_packets")).toContainEqual({
      labels: { name: "default", address: "203.0.113.1", direction: "egress" },
      value: 21,
    });
    expect(of("poller_items")).toEqual([{ labels: { index: "0", pid: "4711", type: "user" }, value: 7 }]);
  });

  it("labels what is ours", () => {
    const of = (name: string): Sample[] => families.get(`rtpengine_${name}`)!.samples;
    expect(of("dropped_packets_total")[0]).toEqual({ labels: { reason: "short" }, value: 5 });
    expect(of("ignored_ng_keys_total")).toEqual([{ labels: { key: "SIPREC" }, value: 1 }]);
    expect(of("malformed_messages_total")).toEqual([{ labels: {}, value: 3 }]);
    expect(of("stripped_ice_attributes_total")).toEqual([{ labels: {}, value: 4 }]);
    expect(of("build_info")).toEqual([{ labels: { version: "0.0.0-test" }, value: 1 }]);
  });

  it("escapes quotes, backslashes and line ends of labels", () => {
    const reasons = families.get("rtpengine_backend_info")!.samples.map(({ labels }) => labels.reason);
    expect(reasons).toEqual(["needs CAP_BPF", 'says "no",\n\\ever']);
  });
});

describe("figuresAsPrometheus", () => {
  it("keeps the samples of a family together, wherever they are declared", () => {
    const row = (type: string): Figure<number> =>
      figure(`x${type}`, (value) => value, { metric: gauge("x", "An x.", { type }) });
    const other = figure<number>("y", () => Number.NaN, { metric: gauge("y", "A \\ y\nof two lines.") });
    expect(figuresAsPrometheus([row("a"), other, row("b")], 7)).toBe(
      [
        "# HELP rtpengine_x An x.",
        "# TYPE rtpengine_x gauge",
        'rtpengine_x{type="a"} 7',
        'rtpengine_x{type="b"} 7',
        "# HELP rtpengine_y A \\\\ y\\nof two lines.",
        "# TYPE rtpengine_y gauge",
        "rtpengine_y NaN",
        "",
      ].join("\n"),
    );
  });

  it("shows a family without samples", () => {
    const rows = [
      list<number, number>("none", () => [], [figure("z", (z) => z, { metric: gauge("z", "A z.") })]),
    ];
    expect(figuresAsPrometheus(rows, 1)).toBe("# HELP rtpengine_z A z.\n# TYPE rtpengine_z gauge\n");
    expect(metricFamilies(rows)).toEqual([{ name: "rtpengine_z", type: "gauge", help: "A z.", labels: [] }]);
  });
});
