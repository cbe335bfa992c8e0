import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Endpoint, formatEndpoint } from "../../base/endpoint.ts";
import { ProxyError } from "../../base/errors.ts";
import type { CallReading, NgClient } from "../../client/index.ts";
import { readPortClaims } from "../../platform/port-claims.ts";
import { DEMO_USAGE, type DemoArguments, parseDemoArguments } from "./arguments.ts";
import { askCarrier, type Carrier } from "./carrier.ts";
import { DaemonProcess } from "./daemon-process.ts";
import { DemoCall } from "./demo-call.ts";
import { chooseMediaRange, type MediaRange } from "./media-range.ts";
import { callRecord, carrierInUse, faultsOf, liveLine } from "./report.ts";
import { explainTakenPorts } from "./taken-ports.ts";

/** What the demo needs of the world around it. */
export interface DemoTerminal {
  out(text: string): void;
  error(text: string): void;
  /** Undefined: no terminal, one line after the other. */
  columns(): number | undefined;
  /** Fires when the demo is to end. */
  readonly signal: AbortSignal;
}

const LINE_MS = 1000;

/** Runs the demo. @returns the exit code: 0 if both phones heard each other */
export async function runDemo(argv: readonly string[], terminal: DemoTerminal): Promise<number> {
  if (argv.includes("--help")) {
    terminal.out(DEMO_USAGE);
    return 0;
  }
  const args = parseDemoArguments(argv);
  if ("reason" in args) {
    terminal.error(`${args.reason}\n\n${DEMO_USAGE}`);
    return 1;
  }
  const range = chooseMediaRange(args, readPortClaims());
  const isForMedia = (port: number): boolean => port >= range.portMin && port <= range.portMax;
  const taken = await explainTakenPorts(args, isForMedia);
  if (taken !== undefined) {
    terminal.error(`${taken}\n`);
    return 1;
  }
  const daemon = new DaemonProcess(daemonArguments(args, range));
  let client: NgClient | undefined;
  try {
    client = await daemon.ready(args.ng.endpoint, terminal.signal);
    return await holdCall(client, daemon, { ...args, range }, terminal);
  } catch (error) {
    terminal.error(`${explain(error, daemon)}\n`);
    return 1;
  } finally {
    await client?.close();
    await daemon.stop();
  }
}

/** Everything embedded: no file, no other service. */
function daemonArguments({ ng, cli, http }: DemoArguments, { portMin, portMax }: MediaRange): string[] {
  return [
    "--config-file=none",
    "--interface=127.0.0.1",
    `--port-min=${portMin}`,
    `--port-max=${portMax}`,
    `--listen-ng=${ng.text}`,
    `--listen-tcp-ng=${ng.text}`,
    `--listen-cli=${cli.text}`,
    `--listen-http=${http.text}`,
    // Should it die, its last words are worth having.
    "--log-level=5",
  ];
}

/** What the demo runs with. */
type DemoSettings = DemoArguments & { readonly range: MediaRange };

async function holdCall(
  client: NgClient,
  daemon: DaemonProcess,
  args: DemoSettings,
  terminal: DemoTerminal,
): Promise<number> {
  const call = await DemoCall.open(client, `demo-${randomBytes(6).toString("hex")}`);
  try {
    await call.establish();
    const startedAt = performance.now();
    const carrier = await askCarrier(args.cli.endpoint);
    terminal.out(await introduction(daemon, carrier, args));
    await watch(call, daemon, carrier, args.seconds, startedAt, terminal);
    const talkMs = performance.now() - startedAt;
    await call.fallSilent();
    return await conclude(call, daemon, carrier, talkMs, terminal);
  } finally {
    await call.close();
  }
}

async function introduction(
  daemon: DaemonProcess,
  { name, reason }: Carrier,
  args: DemoSettings,
): Promise<string> {
  const places = [
    `NG    ${formatEndpoint(args.ng.endpoint)}  UDP and TCP`,
    ...((await isOpen(args.cli.endpoint))
      ? [`CLI   ${formatEndpoint(args.cli.endpoint)}  ${ctl(args.cli.endpoint)} list totals`]
      : []),
    ...((await isOpen(args.http.endpoint))
      ? [`HTTP  http://${formatEndpoint(args.http.endpoint)}/metrics`]
      : []),
    ...moved(args.range),
  ];
  const carried = reason === "" ? name : `${name} (${reason})`;
  const stop =
    args.seconds === undefined ? "Ctrl-C ends it." : `Ends after ${args.seconds} s; Ctrl-C ends it.`;
  return [
    `The engine runs (process ${daemon.pid}); media through it: ${carried}.`,
    ...places.map((place) => `  ${place}`),
    `Alice (440 Hz) and Bob (660 Hz) are in a call through it. ${stop}\n`,
  ].join("\n");
}

/** How to call the command line tool for this engine, whatever a file of another one says. */
function ctl(endpoint: Endpoint): string {
  return `bin/rtpengine-ctl --ip ${formatEndpoint(endpoint)}`;
}

function moved({ portMin, portMax, instead }: MediaRange): string[] {
  if (instead === undefined) return [];
  const usual = `${instead.portMin}-${instead.portMax}`;
  return [`Media ports ${portMin}-${portMax}: another engine (process ${instead.pid}) has ${usual}`];
}

/** Draws the live line until the time is over, a signal comes or the daemon is gone. */
async function watch(
  call: DemoCall,
  daemon: DaemonProcess,
  backend: Carrier,
  seconds: number | undefined,
  startedAt: number,
  terminal: DemoTerminal,
): Promise<void> {
  const until = seconds === undefined ? Number.POSITIVE_INFINITY : startedAt + seconds * 1000;
  const signal = AbortSignal.any([terminal.signal, daemon.gone]);
  let isDrawn = false;
  for (let nextAt = startedAt + LINE_MS; ; nextAt += LINE_MS) {
    await waitUntil(Math.min(nextAt, until), signal);
    if (signal.aborted || performance.now() >= until) break;
    const known = await call.query().catch(() => undefined);
    const columns = terminal.columns();
    const carrier = carrierInUse(known, backend);
    const line = liveLine(call.read(), carrier, performance.now() - startedAt, columns);
    terminal.out(columns === undefined ? `${line}\n` : `\r\u001b[K${line}`);
    isDrawn = columns !== undefined;
  }
  if (isDrawn) terminal.out("\n");
}

async function conclude(
  call: DemoCall,
  daemon: DaemonProcess,
  backend: Carrier,
  talkMs: number,
  terminal: DemoTerminal,
): Promise<number> {
  const directions = call.read();
  const causes: string[] = [];
  let last: CallReading | undefined;
  if (daemon.end !== undefined) causes.push(describeEnd(daemon));
  else {
    last = await call.delete().catch((error: Error) => {
      causes.push(`The call could not be ended: ${error.message}`);
      return undefined;
    });
  }
  causes.push(...faultsOf(directions, talkMs));
  const carrier = carrierInUse(last, backend);
  const reason = carrier === "kernel" ? "" : backend.reason;
  terminal.out(`\n${callRecord(directions, talkMs, last, { name: carrier, reason })}`);
  for (const cause of causes) terminal.error(`${cause}\n`);
  if (causes.length === 0) terminal.out("Both heard each other.\n");
  return causes.length === 0 ? 0 : 1;
}

function describeEnd(daemon: DaemonProcess, lines = daemon.lastLines(8)): string {
  const said = lines.length === 0 ? "It said nothing." : `Its last lines:\n  ${lines.join("\n  ")}`;
  return `The engine ${daemon.end}. ${said}`;
}

function explain(error: unknown, daemon: DaemonProcess): string {
  if (daemon.end !== undefined) return describeEnd(daemon, reasonsOf(daemon));
  if (error instanceof ProxyError) return error.message;
  return error instanceof Error ? String(error.stack) : String(error);
}

/** Of an engine that did not start, what it died of: not what it has remarked on before. */
function reasonsOf(daemon: DaemonProcess): readonly string[] {
  const remark = /^(?:\[[\d.]+\] )?(?:DEBUG|INFO|NOTICE|WARNING): |^[^ ]+: (?:notice|warning): /;
  const lines = daemon.lastLines(Number.POSITIVE_INFINITY).filter((line) => !remark.test(line));
  return lines.length === 0 ? daemon.lastLines(8) : lines.slice(-8);
}

/** Resolves at a time of `performance.now`, or as soon as the signal fires. */
async function waitUntil(at: number, signal: AbortSignal): Promise<void> {
  const delayMs = Math.max(0, Math.ceil(at - performance.now()));
  // Rejects only when the signal fires, which is an end as good as the other.
  await sleep(delayMs, undefined, { signal }).catch(() => undefined);
}

/** Whether something accepts connections there. */
function isOpen({ address, port }: Endpoint): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const settle = (isAccepted: boolean): void => {
      socket.destroy();
      resolve(isAccepted);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
    socket.setTimeout(1000, () => settle(false));
  });
}
