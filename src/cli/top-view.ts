/** One stream that suffers, as the daemon lists them in `worststreams`, worst first. */
export interface WorstStream {
  readonly callId: string;
  readonly tag: string;
  readonly address: string;
  readonly mos: number;
  readonly lossPercent: number;
  readonly jitterMs: number;
  readonly tier: string;
}

/** What the view shows. Absent numbers are shown as a dash. */
export interface TopReading {
  readonly uptimeSeconds?: number;
  readonly sessions?: number;
  readonly sessionsOwn?: number;
  readonly sessionsForeign?: number;
  readonly managed?: number;
  readonly rejected?: number;
  readonly tiers: readonly TopTier[];
  readonly ports: readonly TopPorts[];
  readonly worst: readonly WorstStream[];
}

/** Rates of one way of carrying packets. */
export interface TopTier {
  readonly name: string;
  readonly packetsPerSecond: number | undefined;
  readonly bytesPerSecond: number | undefined;
  readonly errorsPerSecond: number | undefined;
}

/** Port use of one address. */
export interface TopPorts {
  readonly name: string;
  readonly address: string;
  readonly used: number | undefined;
  readonly total: number | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** Takes what the view needs from the answer to `list jsonstats`; what is missing stays absent. */
export function readStatistics(answer: unknown): TopReading {
  const root = object(answer);
  const current = object(root.currentstatistics);
  const total = object(root.totalstatistics);
  const tier = (name: string, suffix: string): TopTier => ({
    name,
    packetsPerSecond: number(current[`packetrate${suffix}`]),
    bytesPerSecond: number(current[`byterate${suffix}`]),
    errorsPerSecond: number(current[`errorrate${suffix}`]),
  });
  return {
    ...optional("uptimeSeconds", number(total.uptime)),
    ...optional("sessions", number(current.sessionstotal)),
    ...optional("sessionsOwn", number(current.sessionsown)),
    ...optional("sessionsForeign", number(current.sessionsforeign)),
    ...optional("managed", number(total.managedsessions)),
    ...optional("rejected", number(total.rejectedsessions)),
    // A row of zeros would promise a way of forwarding that is not there.
    tiers: [tier("kernel", "_kernel"), tier("user space", "_user"), tier("total", "")].filter(
      (one) => one.name !== "kernel" || isUsed(one),
    ),
    ports: array(root.interfaces).map((entry) => {
      const ports = object(entry.ports);
      return {
        name: text(entry.name),
        address: text(entry.address),
        used: number(ports.used),
        total: number(ports.totals),
      };
    }),
    worst: array(root.worststreams).map((entry) => ({
      callId: text(entry.callid),
      tag: text(entry.tag),
      address: text(entry.address),
      mos: number(entry.mos) ?? 0,
      lossPercent: number(entry.loss_pct) ?? 0,
      jitterMs: number(entry.jitter_ms) ?? 0,
      tier: text(entry.tier),
    })),
  };
}

function isUsed({ packetsPerSecond = 0, bytesPerSecond = 0, errorsPerSecond = 0 }: TopTier): boolean {
  return packetsPerSecond + bytesPerSecond + errorsPerSecond > 0;
}

/** Draws a reading as lines of at most `columns` characters, at most `rows` of them. */
export function drawTop(reading: TopReading, columns: number, rows: number): readonly string[] {
  const lines = [
    `rtpengine  up ${duration(reading.uptimeSeconds)}  calls ${show(reading.sessions)} (own ${show(reading.sessionsOwn)}, foreign ${show(reading.sessionsForeign)})  ended ${show(reading.managed)}  refused ${show(reading.rejected)}`,
    "",
    "TIER          PACKETS/S       BIT/S    ERRORS/S",
    ...reading.tiers.map((tier) =>
      [
        tier.name.padEnd(12),
        show(tier.packetsPerSecond).padStart(10),
        scaled(tier.bytesPerSecond === undefined ? undefined : tier.bytesPerSecond * 8).padStart(11),
        show(tier.errorsPerSecond).padStart(11),
      ].join(" "),
    ),
  ];
  if (reading.ports.length > 0) {
    lines.push("", "PORTS IN USE");
    lines.push(
      ...reading.ports.map(
        (one) => `${`${one.name}/${one.address}`.padEnd(40)} ${show(one.used)} of ${show(one.total)}`,
      ),
    );
  }
  lines.push("", " MOS   LOSS   JITTER  TIER      PARTY                  CALL");
  if (reading.worst.length === 0) lines.push("(no stream is measured)");
  for (const one of reading.worst) {
    lines.push(
      `${one.mos.toFixed(2).padStart(4)}  ${one.lossPercent.toFixed(1).padStart(4)}%  ${one.jitterMs.toFixed(1).padStart(5)}ms  ${one.tier.padEnd(8)}  ${one.address.padEnd(21)}  ${one.callId}`,
    );
  }
  return lines.slice(0, rows).map((line) => printable(line).slice(0, columns));
}

/** Call-ids and tags come from the network: no control characters to the terminal. */
function printable(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return line.replace(/[\u0000-\u001f\u007f-\u009f]/g, "?");
}

function duration(seconds: number | undefined): string {
  if (seconds === undefined) return "-";
  const days = Math.floor(seconds / 86400);
  const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
  return days > 0 ? `${days}d ${clock}` : clock;
}

function scaled(value: number | undefined): string {
  if (value === undefined) return "-";
  for (const [unit, factor] of [
    ["G", 1e9],
    ["M", 1e6],
    ["k", 1e3],
  ] as const) {
    if (value >= factor) return `${(value / factor).toFixed(1)}${unit}`;
  }
  return String(Math.round(value));
}

function show(value: number | undefined): string {
  return value === undefined ? "-" : String(Math.round(value));
}

function optional<K extends string>(key: K, value: number | undefined): { readonly [P in K]?: number } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: number };
}

function object(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function array(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(object) : [];
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
