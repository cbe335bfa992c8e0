import {
  counter,
  type Figure,
  figure,
  gauge,
  group,
  list,
  type MetricLabels,
  metric,
  type Row,
} from "./figure.ts";
import { qualityFigures } from "./figures-quality.ts";
import { QUALITY_MEASURES } from "./quality.ts";
import type { TrafficCount } from "./rates.ts";
import type { InterfaceSnapshot, Snapshot } from "./snapshot.ts";

const LABELS: MetricLabels<InterfaceSnapshot> = {
  name: ({ name }) => name,
  address: ({ address }) => address,
};

const DIRECTIONS = [
  ["ingress", (media: InterfaceSnapshot) => media.ingress],
  ["egress", (media: InterfaceSnapshot) => media.egress],
] as const;

const MEASURES = [
  ["packets", (count: TrafficCount) => count.packets],
  ["bytes", (count: TrafficCount) => count.bytes],
  ["errors", (count: TrafficCount) => count.errors],
] as const;

const PORT_FIGURES: readonly Figure<InterfaceSnapshot>[] = [
  figure("min", ({ portMin }) => portMin),
  figure("max", ({ portMax }) => portMax),
  figure("used", ({ portsUsed }) => portsUsed, {
    metric: gauge("ports_used", "Ports in use.", LABELS),
  }),
  figure("used_pct", ({ portsUsed, portsTotal }) => (portsTotal === 0 ? 0 : (100 * portsUsed) / portsTotal), {
    decimals: 2,
  }),
  figure("free", ({ portsUsed, portsTotal }) => portsTotal - portsUsed, {
    metric: gauge("ports_free", "Ports that are free.", LABELS),
  }),
  figure("totals", ({ portsTotal }) => portsTotal, {
    metric: gauge("ports", "Ports of the range.", LABELS),
  }),
];

const INTERFACE_FIGURES: readonly Row<InterfaceSnapshot>[] = [
  figure("name", ({ name }) => name),
  figure("address", ({ address }) => address),
  figure("backend", ({ backend }) => backend),
  figure("backend_reason", ({ reason }) => reason),
  metric(
    gauge("backend_info", "Always 1: how packets reach the relay, and why not in a better way.", {
      ...LABELS,
      backend: ({ backend }: InterfaceSnapshot) => backend,
      reason: ({ reason }: InterfaceSnapshot) => reason,
    }),
    () => 1,
  ),
  group("ports", undefined, PORT_FIGURES),
  figure("packets_lost", ({ packetsLost }) => packetsLost, {
    metric: counter("interface_packets_lost", "RTP packets that did not arrive.", LABELS),
  }),
  figure("duplicates", ({ duplicates }) => duplicates, {
    metric: counter("interface_duplicates", "RTP packets that arrived twice.", LABELS),
  }),
  group(
    "voip_metrics",
    ({ name, address }) => `VoIP metrics for interface ${name}/${address}:`,
    qualityFigures(QUALITY_MEASURES, "interface_", ({ quality }) => quality, LABELS),
  ),
  ...DIRECTIONS.map(([direction, select]) =>
    group<InterfaceSnapshot>(
      direction,
      undefined,
      MEASURES.map(([key, measure]) =>
        figure(key, (media: InterfaceSnapshot) => measure(select(media)), {
          metric: gauge(`interface_${key}`, `Relayed ${key} by direction.`, { ...LABELS, direction }),
        }),
      ),
    ),
  ),
];

/** Ports and packets of every local address. */
export const INTERFACE_LIST: Row<Snapshot> = list<Snapshot, InterfaceSnapshot>(
  "interfaces",
  ({ interfaces }) => interfaces,
  INTERFACE_FIGURES,
);
