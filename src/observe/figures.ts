import { DROP_REASON_NAMES } from "../flow/reasons.ts";
import { counter, figure, gauge, group, list, metric, type Row } from "./figure.ts";
import { CURRENT_FIGURES, TOTAL_FIGURES } from "./figures-calls.ts";
import { CONTROL_FIGURES, INTERVAL_FIGURES } from "./figures-control.ts";
import { INTERFACE_LIST } from "./figures-interfaces.ts";
import { qualityFigures } from "./figures-quality.ts";
import type {
  FastpathSnapshot,
  InterfaceSnapshot,
  Snapshot,
  WorkerSnapshot,
  WorstStream,
} from "./snapshot.ts";

const overInterfaces =
  (read: (media: InterfaceSnapshot) => number) =>
  ({ interfaces }: Snapshot): number =>
    interfaces.reduce((sum, media) => sum + read(media), 0);

const QUALITY_GROUPS: readonly Row<Snapshot>[] = [
  group<Snapshot>(
    "mos",
    "MOS statistics:",
    qualityFigures(["mos"], "", ({ statistics }) => statistics.quality),
  ),
  group<Snapshot>("voip_metrics", "VoIP metrics:", [
    ...qualityFigures<Snapshot>(
      ["jitter", "rtt_e2e", "rtt_dsct", "packetloss", "jitter_measured"],
      "",
      ({ statistics }) => statistics.quality,
    ),
    figure(
      "packets_lost",
      overInterfaces((media) => media.packetsLost),
      { label: "Packets lost", metric: counter("packets_lost", "RTP packets that did not arrive.") },
    ),
    figure(
      "rtp_duplicates",
      overInterfaces((media) => media.duplicates),
      {
        label: "Duplicate RTP packets",
        metric: counter("rtp_duplicates", "RTP packets that arrived twice."),
      },
    ),
    figure("rtp_skips", () => 0, {
      label: "RTP sequence skips",
      metric: counter("rtp_skips", "Jumps of the sequence number; not counted apart from loss here: 0."),
    }),
    figure("rtp_seq_resets", () => 0, {
      label: "RTP sequence resets",
      metric: counter("rtp_seq_resets", "Restarts of the sequence number; not counted here: 0."),
    }),
    figure(
      "rtp_reordered",
      overInterfaces((media) => media.reordered),
      {
        label: "Out-of-order RTP packets",
        metric: counter("rtp_reordered", "RTP packets that arrived late."),
      },
    ),
  ]),
];

/** Figures of a transcoder; there is none yet. */
interface Transcoder {
  readonly chain: string;
  readonly count: number;
  readonly packets: number;
  readonly bytes: number;
  readonly samples: number;
}

const CHAIN = { chain: ({ chain }: Transcoder) => chain };

const TRANSCODERS: Row<Snapshot> = list<Snapshot, Transcoder>("transcoders", () => [], [
  figure("chain", ({ chain }) => chain),
  figure("num", ({ count }) => count, { metric: gauge("transcoders", "Transcoders by chain.", CHAIN) }),
  figure("packets", ({ packets }) => packets, {
    metric: counter("transcode_packets_total", "Packets that were transcoded.", CHAIN),
  }),
  figure("bytes", ({ bytes }) => bytes, {
    metric: counter("transcode_bytes_total", "Bytes that were transcoded.", CHAIN),
  }),
  figure("samples", ({ samples }) => samples, {
    metric: counter("transcode_samples_total", "Samples that were transcoded.", CHAIN),
  }),
]);

/** A relay thread with the process it belongs to. */
interface Poller extends WorkerSnapshot {
  readonly processId: number;
}

const POLLER = {
  index: ({ index }: Poller) => String(index),
  pid: ({ processId }: Poller) => String(processId),
  type: "user",
};

const POLLERS: Row<Snapshot> = list<Snapshot, Poller>(
  "poller_threads",
  ({ workers, processId }) => workers.map((worker) => ({ ...worker, processId })),
  [
    figure("index", ({ index }) => index),
    figure("pid", ({ processId }) => processId),
    figure("wakeups", ({ batches }) => batches, {
      metric: counter("poller_wakeups", "Batches of packets that a relay thread has worked off.", POLLER),
    }),
    figure("items", ({ packets }) => packets, {
      metric: counter("poller_items", "Packets that a relay thread has accepted.", POLLER),
    }),
  ],
);

const WORST_STREAMS: Row<Snapshot> = list<Snapshot, WorstStream>(
  "worststreams",
  ({ worstStreams }) => worstStreams,
  [
    figure("callid", ({ callId }) => callId),
    figure("tag", ({ tag }) => tag),
    figure("address", ({ address }) => address),
    figure("ssrc", ({ ssrc }) => ssrc),
    figure("packets", ({ packets }) => packets),
    figure("mos", ({ mos }) => mos, { decimals: 2 }),
    figure("loss_pct", ({ lossPercent }) => lossPercent, { decimals: 2 }),
    figure("jitter_ms", ({ jitterMs }) => jitterMs, { decimals: 2 }),
    figure("tier", ({ tier }) => tier),
  ],
);

const FASTPATH: Row<Snapshot> = group<Snapshot>("fastpath", "Forwarding in the kernel:", [
  figure("active", ({ fastpath }) => (fastpath.isActive ? 1 : 0), {
    label: "Active",
    metric: gauge(
      "fastpath_active",
      "1 while the kernel forwards what it can, else 0; `reason` says why not.",
      {
        reason: ({ fastpath }: Snapshot) => fastpath.reason,
      },
    ),
  }),
  figure("flows", ({ fastpath }) => fastpath.flows, {
    label: "Flows in the kernel",
    metric: gauge("fastpath_flows", "Flows (one for each port that receives) that the kernel carries."),
  }),
  list<Snapshot, FastpathSnapshot["refusals"][number]>("refusals", ({ fastpath }) => fastpath.refusals, [
    figure("reason", ({ reason }) => reason),
    figure("flows", ({ flows }) => flows, {
      metric: gauge("fastpath_refused_flows", "Flows that the kernel does not carry, by reason.", {
        reason: ({ reason }: FastpathSnapshot["refusals"][number]) => reason,
      }),
    }),
  ]),
]);

const ignoredTotal = ({ statistics }: Snapshot): number =>
  [...statistics.ignoredKeys.values()].reduce((sum, count) => sum + count, 0);

/** What upstream does not count. */
const OWN: Row<Snapshot> = group<Snapshot>("furtherstatistics", "Further statistics:", [
  figure("draining", ({ isDraining }) => (isDraining ? 1 : 0), {
    label: "Draining (new calls are refused)",
    metric: gauge("draining", "1 while new calls are refused until the last one has ended, else 0."),
  }),
  figure("malformedmessages", ({ statistics }) => statistics.malformedMessages, {
    label: "Messages that were no NG messages",
    metric: counter("malformed_messages_total", "Messages on an NG port that were no NG messages."),
  }),
  figure("overlongreplies", ({ statistics }) => statistics.overlongReplies, {
    label: "NG replies too long for a datagram",
    metric: counter("overlong_replies_total", "NG replies too long for a datagram; a short one was sent."),
  }),
  figure("strippediceattributes", ({ statistics }) => statistics.strippedIceAttributes, {
    label: "ICE attributes taken out of SDP",
    metric: counter("stripped_ice_attributes_total", "ICE attributes of SDP that were not passed on."),
  }),
  figure("outgrownports", ({ statistics }) => statistics.outgrownPorts, {
    label: "Ports given up by parties that moved too often",
    metric: counter("outgrown_ports_total", "Ports given up within a call because a party moved too often."),
  }),
  figure("refusedendpoints", ({ statistics }) => statistics.refusedEndpoints, {
    label: "Endpoints in SDP that nothing is sent to",
    metric: counter(
      "refused_endpoints_total",
      "Endpoints in SDP that nothing is sent to: multicast, our loopback, our control ports.",
    ),
  }),
  figure("ignoredkeys", ignoredTotal, { label: "Known NG keys and flags without effect" }),
  list<Snapshot, readonly [string, number]>(undefined, ({ statistics }) => [...statistics.ignoredKeys], [
    metric(
      counter("ignored_ng_keys_total", "NG keys and flags that are known and had no effect.", {
        key: ([name]: readonly [string, number]) => name,
      }),
      ([, count]) => count,
    ),
  ]),
  figure("unknownkeys", ({ statistics }) => statistics.unknownKeys, {
    label: "Unknown NG keys and flags",
    metric: counter("unknown_ng_keys_total", "NG keys and flags that nobody knows."),
  }),
  ...DROP_REASON_NAMES.map((reason, index) =>
    figure(`dropped_${reason}`, ({ drops }: Snapshot) => drops[index] ?? 0, {
      label: `Dropped packets: ${reason}`,
      metric: counter("dropped_packets_total", "Packets that were not passed on, by reason.", { reason }),
    }),
  ),
]);

/**
 * The table of figures: each declared once, for `list totals`, `list jsonstats`, NG `statistics` and
 * `/metrics`. Keys, labels and metric names are upstream's where upstream has the figure.
 */
export const FIGURES: readonly Row<Snapshot>[] = [
  CURRENT_FIGURES,
  TOTAL_FIGURES,
  INTERVAL_FIGURES,
  ...QUALITY_GROUPS,
  CONTROL_FIGURES,
  INTERFACE_LIST,
  TRANSCODERS,
  POLLERS,
  WORST_STREAMS,
  FASTPATH,
  OWN,
  metric(
    gauge("build_info", "Always 1: the version that runs.", { version: ({ version }) => version }),
    () => 1,
  ),
];
