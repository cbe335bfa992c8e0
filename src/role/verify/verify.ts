import { existsSync, readFileSync } from "node:fs";
import { type Endpoint, formatEndpoint } from "../../base/endpoint.ts";
import { askDaemon, NgClient, NgTimeoutError } from "../../client/index.ts";
import { hostAddresses, readTextFile, resolveHost } from "../../diagnose/facts.ts";
import { runProcess } from "../host/process.ts";
import { becomes, type CallPlan, type CallResult, placeCalls } from "./call.ts";
import { type Collector, openCollector } from "./collector.ts";
import { type Finding, finding } from "./finding.ts";
import {
  type Daemon,
  judgeCall,
  judgeConfiguration,
  judgeHep,
  judgeKernel,
  judgeMetrics,
  judgeService,
  judgeTotals,
  kernelPackets,
  listedPackets,
} from "./judge.ts";
import { REFUSAL, reasonOfRefusal } from "./refusal.ts";
import { interfacePairs, readTarget, type Target } from "./target.ts";

/** Who is there gets this long: a slow host, or one with much to do. */
const ANSWER_MS = 20_000;
/** Who has not answered a ping by then may be nobody. */
const PING_MS = 3000;
/** Kernel forwarding begins some seconds into a call, when the endpoints have been learned. */
const KERNEL_MS = 20_000;
/** Upstream's daemon sends nothing for half a minute to where it was refused. */
const HOMER_MS = 40_000;
const MODULE = "/proc/rtpengine";

export interface VerifyOptions {
  /** What the daemon reads. */
  readonly configFile: string;
  readonly unit: string;
  /** How long calls talk. */
  readonly seconds: number;
  /** Where Homer is played; undefined: nowhere. */
  readonly homerListen: Endpoint | undefined;
}

/** Proves, on the host itself, that its daemon carries calls. Every check has a finding, in the order of `CHECKS`. */
export async function verifyHere(options: VerifyOptions): Promise<readonly Finding[]> {
  const service = judgeService(options.unit, await serviceState(options.unit));
  const target = readTarget(options.configFile, {
    readFile: readTextFile,
    hostAddresses: hostAddresses(),
    resolveHost,
  });
  if ("reason" in target) return [finding("configuration", "fail", target.reason), service];
  const { client, ng } = await askNg(target);
  const [cli, metrics, daemon] = [await askCli(target), await askMetrics(target), await whoAnswers(target)];
  const head = [judgeConfiguration(target, daemon), service, ng, cli, metrics];
  if (client === undefined) return [...head, ...withoutCalls(options)];
  try {
    return [...head, ...(await callFindings(options, target, client, daemon))];
  } finally {
    await client.close();
  }
}

/** @returns undefined where systemd does not run */
async function serviceState(unit: string): Promise<string | undefined> {
  if (!existsSync("/run/systemd/system")) return undefined;
  return (await runProcess(["systemctl", "is-active", unit])).stdout.trim();
}

/** Pings at every address; the first that answers gets the calls. */
async function askNg({ ng, configFile }: Target): Promise<{ client: NgClient | undefined; ng: Finding }> {
  if (ng.length === 0)
    return { client: undefined, ng: finding("ng", "fail", `${configFile} has no listen-ng`) };
  const reasons: string[] = [];
  for (const server of ng) {
    const started = performance.now();
    let client: NgClient | undefined;
    try {
      await knock(server);
      client = await NgClient.open({ server, timeoutMs: ANSWER_MS });
      await client.ping();
      const tookMs = (performance.now() - started).toFixed(1);
      return { client, ng: finding("ng", "ok", `${formatEndpoint(server)}: pong after ${tookMs} ms`) };
    } catch (error) {
      await client?.close();
      reasons.push((error as Error).message);
    }
  }
  return { client: undefined, ng: finding("ng", "fail", reasons.join("\n")) };
}

/** Soon tells a port that nobody serves from one that is slow. @throws NgClientError of the first kind */
async function knock(server: Endpoint): Promise<void> {
  const client = await NgClient.open({ server, timeoutMs: PING_MS });
  try {
    await client.ping();
  } catch (error) {
    // The network has said why nothing comes; without that, it may still come.
    if (!(error instanceof NgTimeoutError) || error.cause !== undefined) throw error;
  } finally {
    await client.close();
  }
}

async function askCli({ cli, configFile }: Target): Promise<Finding> {
  const [place] = cli;
  if (place === undefined) return finding("cli", "skip", `${configFile} has no listen-cli`);
  return firstThatWorks("cli", cli, async (endpoint) =>
    judgeTotals(formatEndpoint(endpoint), await ask(endpoint, "list totals")),
  );
}

async function askMetrics({ http, configFile }: Target): Promise<Finding> {
  const [place] = http;
  if (place === undefined) return finding("metrics", "skip", `${configFile} has no listen-http`);
  return firstThatWorks("metrics", http, async (endpoint) => {
    const url = `http://${formatEndpoint(endpoint)}/metrics`;
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
    return judgeMetrics(url, response.status, await response.text());
  });
}

/** A name or a bare port is several addresses, of which this host may lack one. */
async function firstThatWorks(
  check: "cli" | "metrics",
  places: readonly Endpoint[],
  look: (place: Endpoint) => Promise<Finding>,
): Promise<Finding> {
  const reasons: string[] = [];
  for (const place of places) {
    try {
      return await look(place);
    } catch (error) {
      const { message, cause } = error as Error;
      const reason = cause instanceof Error ? cause.message : message;
      reasons.push(reason.includes(formatEndpoint(place)) ? reason : `${formatEndpoint(place)}: ${reason}`);
    }
  }
  return finding(check, "fail", reasons.join("\n"));
}

function ask({ address, port }: Endpoint, command: string): Promise<string> {
  return askDaemon({ host: address, port }, command, ANSWER_MS);
}

/** Ours says its version, and how it relays. */
async function whoAnswers({ cli }: Target): Promise<Daemon> {
  const unknown = { isOurs: false, version: "", carrier: "", obstacle: "" };
  const [place] = cli;
  if (place === undefined) return unknown;
  try {
    const version = /^Version: (\S+)/m.exec(await ask(place, "version"))?.[1];
    if (version === undefined) return unknown;
    const [first] = JSON.parse(await ask(place, "json list interfaces")) as { backend?: unknown }[];
    const { reason } = JSON.parse(await ask(place, "json fastpath status")) as { reason?: unknown };
    return { isOurs: true, version, carrier: String(first?.backend ?? ""), obstacle: String(reason ?? "") };
  } catch {
    // Upstream's daemon knows neither command; one that does not answer is reported as such already.
    return unknown;
  }
}

function withoutCalls({ homerListen }: VerifyOptions): Finding[] {
  const reason = "NG does not answer: no call can be set up";
  const checks = ["call", "secure-call", "kernel", ...(homerListen === undefined ? [] : ["hep"])] as const;
  return checks.map((check) => finding(check as "call", "skip", reason));
}

async function callFindings(
  options: VerifyOptions,
  target: Target,
  client: NgClient,
  daemon: Daemon,
): Promise<Finding[]> {
  const { homerListen } = options;
  const hasModule = existsSync(MODULE);
  let collector: Collector | undefined;
  let trouble = "";
  if (homerListen !== undefined) {
    try {
      collector = await openCollector(homerListen, target.homerProtocol);
    } catch (error) {
      trouble = `${formatEndpoint(homerListen)} cannot be listened at: ${(error as Error).message}`;
    }
  }
  try {
    const mayForward = hasModule || daemon.isOurs;
    const before = { listed: tablePackets(target), counted: await counted(client, mayForward) };
    const listed = (): number => Math.max(0, tablePackets(target) - before.listed);
    let forwarded = 0;
    const started = performance.now();
    const results = await placeCalls(client, plansFor(target), options.seconds, async (isTalking) => {
      if (!isTalking) return;
      if (hasModule && target.table >= 0) await becomes(() => listed() > 0, KERNEL_MS);
      forwarded = listed();
      const heps = collector?.packets;
      if (heps !== undefined && target.homer !== undefined) await becomes(() => heps.length > 0, HOMER_MS);
    });
    const kernel = judgeKernel(target, daemon, {
      hasModule,
      listed: forwarded,
      counted: Math.max(0, (await counted(client, mayForward)) - before.counted),
      seconds: Math.round((performance.now() - started) / 1000),
      refusal: refusal(),
      hasTalked: results.some((result) => "directions" in result),
    });
    const findings = [...callsInOrder(results).map((result) => judgeCall(result, daemon)), kernel];
    if (homerListen === undefined) return findings;
    const place = formatEndpoint(homerListen);
    if (collector === undefined) return [...findings, finding("hep", "fail", trouble, "ss -lunp; ss -ltnp")];
    return [...findings, judgeHep(target, place, collector.packets)];
  } finally {
    await collector?.close();
  }
}

/** Plain between all pairs of interfaces, and with SRTP between the first. */
function plansFor({ interfaces }: Target): CallPlan[] {
  const prefix = `rtpengine-role-${process.pid}-${Math.floor(performance.now())}`;
  const pairs = interfacePairs(interfaces);
  const plain = pairs.map(([caller, callee], at) => ({
    id: `${prefix}-${at}`,
    caller,
    callee,
    isSecure: false,
  }));
  return [...plain, ...plain.slice(0, 1).map((plan) => ({ ...plan, id: `${prefix}-s`, isSecure: true }))];
}

function callsInOrder(results: readonly CallResult[]): readonly CallResult[] {
  return [...results].sort((a, b) => Number(a.plan.isSecure) - Number(b.plan.isSecure));
}

/** Packets that the module's table lists for the calls there are. */
function tablePackets({ table }: Target): number {
  try {
    return listedPackets(readFileSync(`${MODULE}/${table}/list`, "utf8"));
  } catch {
    // No module, or no such table: nothing is forwarded by it.
    return 0;
  }
}

function refusal(): string {
  try {
    return reasonOfRefusal(readFileSync(REFUSAL, "utf8"));
  } catch {
    // Nothing was refused, or the role did not try.
    return "";
  }
}

async function counted(client: NgClient, mayForward: boolean): Promise<number> {
  if (!mayForward) return 0;
  return kernelPackets(await client.statistics().catch(() => ({})));
}
