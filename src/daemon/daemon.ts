import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { InterfaceTable } from "../call/interfaces.ts";
import type { Config } from "../config/config.ts";
import { CliInterpreter } from "../control/cli/interpreter.ts";
import { CliListener } from "../control/cli/listener.ts";
import { Dispatcher } from "../control/dispatch.ts";
import { HttpListener, type Pages } from "../control/http.ts";
import { NgService } from "../control/ng/service.ts";
import { NgTcpListener } from "../control/ng/tcp-listener.ts";
import { NgUdpListener } from "../control/ng/udp-listener.ts";
import type { Dataplane } from "../dataplane/index.ts";
import { Engine, type HostLoad } from "../engine/index.ts";
import { FIGURES } from "../observe/figures.ts";
import type { Log } from "../observe/log.ts";
import { figuresAsPrometheus, PROMETHEUS_TYPE } from "../observe/prometheus.ts";
import { RateMeter, sumOf } from "../observe/rates.ts";
import { figuresAsNg } from "../observe/show-figures.ts";
import type { Snapshot } from "../observe/snapshot.ts";
import { Statistics } from "../observe/statistics.ts";
import { CpuMeter, loadAverage } from "../platform/host.ts";
import { writeSdp } from "../wire/sdp/write.ts";
import { CallObserver } from "./call-observer.ts";
import { DaemonCliContext } from "./cli-context.ts";
import { systemClock } from "./clock.ts";
import { controlEndpoints } from "./control-endpoints.ts";
import { type Closable, type Listening, type OpeningListeners, openListeners } from "./listeners.ts";
import { claimMediaPorts } from "./port-claims.ts";
import { defaultTemplates, settingsOf } from "./settings.ts";
import { takeSnapshot, tieredTotals } from "./snapshot.ts";
import { SOFTWARE, VERSION } from "./version.ts";

export { ListenError } from "./listeners.ts";

/** How often timers are looked at. */
const TICK_MILLISECONDS = 100;
/** How often rates and load are. */
const SECOND_MILLISECONDS = 1000;

/** The running daemon. Whoever started it closes it. */
export interface Daemon {
  readonly engine: Engine;
  readonly dataplane: Dataplane;
  readonly statistics: Statistics;
  /** Where it takes requests, in the order of opening. */
  readonly listening: readonly Listening[];
  /** Ends the calls, closes what was opened, in the reverse order. */
  close(): Promise<void>;
}

/** What the parts of the daemon share. */
interface Parts {
  readonly config: Config;
  readonly dataplane: Dataplane;
  readonly log: Log;
  readonly clock: Clock;
  readonly statistics: Statistics;
  readonly rates: RateMeter;
  readonly engine: Engine;
  readonly snapshot: () => Snapshot;
  readonly load: { -readonly [Key in keyof HostLoad]: HostLoad[Key] };
}

/**
 * Builds and starts everything: the only place that constructs.
 *
 * @throws ListenError when a control address cannot be had, PortConflictError when another engine has our media
 *   ports; nothing stays open then
 */
export async function startDaemon(config: Config, dataplane: Dataplane, log: Log): Promise<Daemon> {
  const opened: Closable[] = [dataplane];
  const listening: Listening[] = [];
  const close = async (): Promise<void> => {
    for (const item of opened.splice(0).reverse()) await item.close();
  };
  try {
    opened.push(...(await claimMediaPorts(dataplane.interfaces())));
    const parts = buildParts(config, dataplane, log);
    const service = await openControl(parts, { opened, listening, log });
    opened.push(startTicking(parts, service));
    return { engine: parts.engine, dataplane, statistics: parts.statistics, listening, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function buildParts(config: Config, dataplane: Dataplane, log: Log): Parts {
  const clock = systemClock();
  const startedAt = clock.now();
  const statistics = new Statistics();
  const rates = new RateMeter();
  const load = { loadAverage: 0, cpuPercent: 0, bytesPerSecond: 0 };
  const engine = new Engine({
    dataplane,
    interfaces: new InterfaceTable(
      config.interfaces,
      new Map(config.interfaceAliases.map((alias) => [alias.name, alias.of])),
      controlEndpoints(config.listenNg),
    ),
    settings: settingsOf(config),
    clock,
    observer: new CallObserver(statistics, log),
    hostLoad: () => load,
    write: writeSdp,
    instanceId: randomBytes(6).toString("hex"),
    softwareId: config.softwareId ?? SOFTWARE,
  });
  const snapshot = (): Snapshot =>
    takeSnapshot({
      engine,
      dataplane,
      statistics,
      rates,
      now: () => clock.now(),
      startedAt,
      version: VERSION,
      processId: process.pid,
    });
  return { config, dataplane, log, clock, statistics, rates, engine, snapshot, load };
}

/** Opens what is configured. @returns the service behind the NG listeners */
async function openControl(parts: Parts, place: OpeningListeners): Promise<NgService> {
  const { config, log, clock, snapshot } = parts;
  const cliContext = new DaemonCliContext(parts, clock);
  const interpreter = new CliInterpreter(cliContext);
  const service = ngService(parts, interpreter);
  const sockets = await openListeners(
    "listen-ng",
    config.listenNg,
    (target) => NgUdpListener.open(target, service, log),
    place,
  );
  cliContext.attach(sockets);
  await openListeners(
    "listen-tcp-ng",
    config.listenTcpNg,
    (target) => NgTcpListener.open(target, service, log),
    place,
  );
  await openListeners(
    "listen-cli",
    config.listenCli,
    (target) => CliListener.open(target, interpreter, log),
    place,
  );
  const pages: Pages = {
    "/ping": () => ({ type: "text/plain", body: "pong\n" }),
    "/metrics": () => ({ type: PROMETHEUS_TYPE, body: figuresAsPrometheus(FIGURES, snapshot()) }),
  };
  await openListeners(
    "listen-http",
    config.listenHttp,
    (target) => HttpListener.open(target, pages, log, config.httpIdleTimeoutSeconds),
    place,
  );
  return service;
}

function ngService(parts: Parts, interpreter: CliInterpreter): NgService {
  const { config, log, clock, statistics, engine, snapshot } = parts;
  const dispatcher = new Dispatcher({
    context: {
      engine,
      unixMicros: (at) => clock.unixMicros(at as ReturnType<typeof clock.now>),
      statistics: () => figuresAsNg(FIGURES, snapshot()),
      cli: (line) => interpreter.answer(line),
    },
    request: {
      template: (name) => config.templates.get(name),
      defaults: (command) => defaultTemplates(config, command),
    },
    statistics,
    log,
    nowSeconds: () => clock.now() / 1e6,
  });
  return new NgService({
    dispatcher,
    statistics,
    clock,
    latin1: (bytes, start, end) =>
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1", start, end),
  });
}

/** Timers, rates and load, until closed; then the calls are ended. */
function startTicking(
  { engine, dataplane, statistics, rates, load, clock }: Parts,
  service: NgService,
): Closable {
  const cpu = new CpuMeter();
  const timer = setInterval(() => engine.tick(), TICK_MILLISECONDS);
  const meter = setInterval(() => {
    rates.sample(tieredTotals(dataplane.totals()), clock.now() / 1e6);
    statistics.interval.second(engine.size);
    load.loadAverage = loadAverage();
    load.cpuPercent = cpu.sample();
    load.bytesPerSecond = sumOf(rates.rates).bytes;
    service.forgetReplies();
  }, SECOND_MILLISECONDS);
  return {
    close: async () => {
      clearInterval(timer);
      clearInterval(meter);
      engine.close();
    },
  };
}
