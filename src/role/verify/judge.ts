import type { NgValue } from "../../wire/ng/value.ts";
import { type CallResult, HEARD_SHARE } from "./call.ts";
import { type Finding, finding } from "./finding.ts";
import type { HepPacket } from "./hep.ts";
import type { Target } from "./target.ts";

/** What a busy host may lose of a call. */
const TOLERATED_LOSS = 0.02;

/** Who answers. */
export interface Daemon {
  /** This project's engine; else upstream's daemon. */
  readonly isOurs: boolean;
  /** As it says itself; "" where it does not. */
  readonly version: string;
  /** How media go through it; "" where it does not say. */
  readonly carrier: string;
  /** Ours: why the kernel does not forward; empty when it may. */
  readonly obstacle: string;
}

/** A configuration that can be read; warnings are our engine's. */
export function judgeConfiguration(target: Target, daemon: Daemon): Finding {
  const { configFile, interfaces, warnings } = target;
  const names = interfaces.map(({ name, bind }) => `${name} ${bind.address}`).join(", ");
  const evidence = `${configFile}: ${names}`;
  if (!daemon.isOurs || warnings.length === 0) return finding("configuration", "ok", evidence);
  return finding("configuration", "warn", [evidence, ...warnings].join("\n"), "rtpengine --config-test");
}

/** @param state what `systemctl is-active` says; undefined: no systemd here */
export function judgeService(unit: string, state: string | undefined): Finding {
  if (state === undefined) return finding("service", "skip", "this host does not run systemd");
  return finding(
    "service",
    state === "active" ? "ok" : "fail",
    `${unit} is ${state === "" ? "unknown" : state}`,
  );
}

/** @param text answer to `list totals` */
export function judgeTotals(place: string, text: string): Finding {
  const sessions = /^ *(?:Owned sessions|Total sessions) *:(\d+)/m.exec(text)?.[1];
  if (sessions === undefined) {
    return finding("cli", "fail", `${place} answers \`list totals\` with: ${firstLine(text)}`);
  }
  const uptime = /^ *Uptime of rtpengine *:(\d+)/m.exec(text)?.[1];
  return finding("cli", "ok", `${place}: up ${uptime ?? "?"} s, ${sessions} sessions`);
}

export function judgeMetrics(url: string, status: number, text: string): Finding {
  const count = text.match(/^rtpengine_/gm)?.length ?? 0;
  if (status === 200 && count > 0) return finding("metrics", "ok", `${url}: ${count} values`);
  const what = status === 200 ? "no value of rtpengine" : `HTTP status ${status}`;
  return finding("metrics", "fail", `${url}: ${what}`, `curl -si ${url}`);
}

/** A call; one with SRTP that our engine cannot carry yet is passed over. */
export function judgeCall(result: CallResult, daemon: Daemon): Finding {
  const { plan } = result;
  const check = plan.isSecure ? "secure-call" : "call";
  const legs = plan.isSecure ? ["RTP/AVP", "RTP/SAVP"] : ["", ""];
  const name = (at: 0 | 1): string => {
    const leg = at === 0 ? plan.caller : plan.callee;
    return `${leg.name} ${leg.bind.address}${legs[at] === "" ? "" : ` ${legs[at]}`}`;
  };
  const between = `${name(0)} ↔ ${name(1)}`;
  if ("reason" in result) {
    if (result.isAtLimit) {
      const why = `${between}: not tried, the daemon carries as many calls as it may: ${result.reason}`;
      return finding(check, "warn", why, "rtpengine-ctl list maxsessions; rtpengine-ctl list numsessions");
    }
    if (plan.isSecure && daemon.isOurs && result.isRefused && result.reason.includes("not built yet")) {
      return finding(
        check,
        "skip",
        `not yet (Secure media): version ${daemon.version} says: ${result.reason}`,
      );
    }
    return finding(check, "fail", `${between}: ${result.reason}`);
  }
  const { directions, talkMs } = result;
  const deaf = directions.filter(({ toneHeardMs }) => toneHeardMs < talkMs * HEARD_SHARE);
  if (deaf.length > 0) {
    const how = deaf.length === 1 ? "heard one way only" : "nothing is heard";
    const lines = deaf.map(
      ({ from, to, sent, received }) => `${from} → ${to}: ${sent} packets sent, ${received} arrived`,
    );
    return finding(check, "fail", [`${between}: ${how}`, ...lines].join("\n"));
  }
  const sum = (of: (one: (typeof directions)[number]) => number): number =>
    directions.reduce((total, one) => total + of(one), 0);
  const [sent, lost] = [sum((one) => one.sent), sum((one) => one.lost)];
  const jitterMs = Math.max(...directions.map((one) => one.jitterMs)).toFixed(1);
  const outcome = lost === 0 ? "ok" : lost <= sent * TOLERATED_LOSS ? "warn" : "fail";
  const loss = lost === 0 ? "none lost" : `${lost} lost`;
  return finding(
    check,
    outcome,
    `${between}: heard both ways, ${sent} packets, ${loss}, jitter ${jitterMs} ms${advertisement(plan.callee)}`,
    lost === 0
      ? undefined
      : "rtpengine-ctl list totals; nstat -az UdpRcvbufErrors; top -H -p $(pidof rtpengine)",
  );
}

function advertisement({
  bind,
  advertised,
}: {
  bind: { address: string };
  advertised: { address: string };
}): string {
  return bind.address === advertised.address
    ? ""
    : `; ${advertised.address} is advertised, not tried from here`;
}

/** What is known of the kernel's part of a call. */
export interface KernelReading {
  /** Whether /proc/rtpengine is there. */
  readonly hasModule: boolean;
  /** Packets that the table said it forwarded while the calls ran. */
  readonly listed: number;
  /** Packets that the daemon says the kernel relayed meanwhile. */
  readonly counted: number;
  readonly seconds: number;
  readonly hasTalked: boolean;
  /** What modprobe said when the kernel refused the module; empty: the role knows of no refusal. */
  readonly refusal: string;
}

export function judgeKernel(target: Target, daemon: Daemon, reading: KernelReading): Finding {
  const { hasModule, listed, counted, seconds, hasTalked, refusal } = reading;
  if (daemon.isOurs) return judgeFastpath(daemon, reading);
  if (!hasModule) {
    if (target.table < 0) return finding("kernel", "skip", `none here: table=${target.table} is wanted`);
    const why = refusal === "" ? "no module is loaded" : `the kernel refuses the module: ${refusal}`;
    return finding(
      "kernel",
      "warn",
      `none here: table=${target.table} is wanted, and ${why}; media go through user space`,
      refusal === "" ? undefined : "rtpengine-role doctor; dmesg | tail",
    );
  }
  if (target.table < 0)
    return finding("kernel", "skip", `the module is loaded, and table=${target.table} does not use it`);
  if (!hasTalked) return finding("kernel", "skip", "no call could be set up");
  if (listed + counted > 0) {
    return finding(
      "kernel",
      "ok",
      `table ${target.table}: ${listed} packets listed during the calls, ${counted} counted after`,
    );
  }
  return finding(
    "kernel",
    "fail",
    `table ${target.table}: no packet of ${seconds} s of media went through the kernel`,
  );
}

/** Our engine needs no module: eBPF forwards, or it says why not. */
function judgeFastpath(
  { carrier, obstacle }: Daemon,
  { counted, seconds, hasTalked }: KernelReading,
): Finding {
  const others = carrier === "" ? "user space" : `the backend "${carrier}"`;
  const fix = "rtpengine-ctl fastpath status";
  if (obstacle !== "") {
    const evidence = `none here: ${obstacle}; media go through ${others}`;
    return obstacle.includes("switched off")
      ? finding("kernel", "skip", evidence)
      : finding("kernel", "warn", evidence, fix);
  }
  if (!hasTalked) return finding("kernel", "skip", "no call could be set up");
  return counted > 0
    ? finding("kernel", "ok", `eBPF: ${counted} packets of the calls were forwarded by the kernel`)
    : finding("kernel", "warn", `eBPF: no packet of ${seconds} s of media went through the kernel`, fix);
}

/** Sums the packets of /proc/rtpengine/N/list. */
export function listedPackets(list: string): number {
  return [...list.matchAll(/(\d+) packets/g)].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Packets that the kernel relayed since the daemon started, of `statistics`; 0 where it does not say. */
export function kernelPackets(statistics: NgValue): number {
  const totals = (statistics as { totalstatistics?: { relayedpackets_kernel?: unknown } }).totalstatistics;
  return Number(totals?.relayedpackets_kernel ?? 0);
}

/** @param packets what came at the collector's address */
export function judgeHep(target: Target, place: string, packets: readonly HepPacket[]): Finding {
  const { homer } = target;
  if (homer === undefined) {
    return finding(
      "hep",
      "fail",
      "the daemon is not told of any Homer",
      "rtpengine-role apply -e rtpengine_homer_enabled=true",
    );
  }
  const [first] = packets;
  if (first === undefined)
    return finding(
      "hep",
      "fail",
      `nothing came at ${place}; the daemon sends to ${homer} (upstream's not for 30 s after it was refused there)`,
    );
  const types = [...new Set(packets.map(({ protocolType }) => protocolType))].join(", ");
  return finding(
    "hep",
    "ok",
    `${packets.length} HEP3 at ${place}: capture ID ${first.captureId}, type ${types}`,
  );
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0]!.slice(0, 120);
}
