import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { InterfaceTable } from "../call/interfaces.ts";
import type { Config } from "../config/config.ts";
import { Dispatcher, type DispatchOptions } from "../control/dispatch.ts";
import { NgService } from "../control/ng/service.ts";
import { NgTcpListener } from "../control/ng/tcp-listener.ts";
import { type ListenTarget, NgUdpListener } from "../control/ng/udp-listener.ts";
import type { Dataplane } from "../dataplane/index.ts";
import { Engine, type EngineObserver, type EngineSettings } from "../engine/index.ts";
import type { Log } from "../observe/log.ts";
import { Statistics } from "../observe/statistics.ts";
import { errnoName, SystemError } from "../platform/errors.ts";
import { CpuMeter, loadAverage } from "../platform/host.ts";
import { writeSdp } from "../wire/sdp/write.ts";
import { CallObserver } from "./call-observer.ts";
import { systemClock } from "./clock.ts";
import { SOFTWARE } from "./version.ts";

/** How often timers, rates and load are looked at. */
const TICK_MILLISECONDS = 100;

/** Something the daemon has opened, to be closed in the reverse order. */
interface Closable {
  close(): Promise<void>;
}

/** The running daemon. Whoever started it closes it. */
export interface Daemon {
  readonly engine: Engine;
  readonly dataplane: Dataplane;
  readonly statistics: Statistics;
  /** Ends the calls, closes what was opened, in the reverse order. */
  close(): Promise<void>;
}

/**
 * Builds and starts everything: the only place that constructs.
 *
 * @throws ListenError when a control address cannot be had; nothing stays open then
 */
export async function startDaemon(config: Config, dataplane: Dataplane, log: Log): Promise<Daemon> {
  const opened: Closable[] = [dataplane];
  try {
    return await build(config, dataplane, log, opened);
  } catch (error) {
    for (const item of opened.reverse()) await item.close();
    throw error;
  }
}

async function build(config: Config, dataplane: Dataplane, log: Log, opened: Closable[]): Promise<Daemon> {
  const clock = systemClock();
  const statistics = new Statistics();
  const cpu = new CpuMeter();
  const load = { loadAverage: 0, cpuPercent: 0, bytesPerSecond: 0 };
  const observer: EngineObserver = new CallObserver(statistics, log);
  const engine = new Engine({
    dataplane,
    interfaces: new InterfaceTable(
      config.interfaces,
      new Map(config.interfaceAliases.map((alias) => [alias.name, alias.of])),
    ),
    settings: settingsOf(config),
    clock,
    observer,
    hostLoad: () => load,
    write: writeSdp,
    instanceId: randomBytes(6).toString("hex"),
    softwareId: config.softwareId ?? SOFTWARE,
  });
  const options: DispatchOptions = {
    context: {
      engine,
      unixMicros: (at) => clock.unixMicros(at as ReturnType<typeof clock.now>),
      statistics: () => ({}),
    },
    request: {
      template: (name) => config.templates.get(name),
      defaults: (command) => defaultTemplates(config, command),
    },
    statistics,
    log,
    nowSeconds: () => clock.now() / 1e6,
  };
  const service = new NgService({
    dispatcher: new Dispatcher(options),
    statistics,
    clock,
    latin1: (bytes, start, end) =>
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1", start, end),
  });
  const open = async (
    name: string,
    targets: readonly (ListenTarget & { isOptional: boolean })[],
    opener: (target: ListenTarget) => Promise<Closable>,
  ): Promise<void> => {
    for (const target of targets) await openOne(name, target, opener, opened, log);
  };
  await open("listen-ng", config.listenNg, (target) => NgUdpListener.open(target, service, log));
  await open("listen-tcp-ng", config.listenTcpNg, (target) => NgTcpListener.open(target, service, log));
  const timer = setInterval(() => {
    engine.tick();
    load.loadAverage = loadAverage();
  }, TICK_MILLISECONDS);
  const meter = setInterval(() => {
    load.cpuPercent = cpu.sample();
    service.forgetReplies();
  }, 1000);
  opened.push({
    close: async () => {
      clearInterval(timer);
      clearInterval(meter);
      engine.close();
    },
  });
  return {
    engine,
    dataplane,
    statistics,
    close: async () => {
      for (const item of opened.splice(0).reverse()) await item.close();
    },
  };
}

/** An address that only follows from a bare port may be missing on a host without that IP version. */
async function openOne(
  option: string,
  target: ListenTarget & { isOptional: boolean },
  opener: (target: ListenTarget) => Promise<Closable>,
  opened: Closable[],
  log: Log,
): Promise<void> {
  try {
    opened.push(await opener(target));
  } catch (cause) {
    const code = systemCode(cause);
    if (target.isOptional && (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT")) {
      log.debug("listen", `${option}: no ${target.address} on this host`);
      return;
    }
    throw new ListenError(option, target, cause);
  }
}

function systemCode(cause: unknown): string | undefined {
  return cause instanceof SystemError ? errnoName(cause.errno) : (cause as NodeJS.ErrnoException).code;
}

/** A control address that cannot be had. */
export class ListenError extends Error {
  readonly option: string;
  readonly target: ListenTarget;
  /** The system's code, `EADDRINUSE` above all. */
  readonly systemCode: string | undefined;

  constructor(option: string, target: ListenTarget, cause: unknown) {
    const code = systemCode(cause);
    const where =
      target.family === 6 ? `[${target.address}]:${target.port}` : `${target.address}:${target.port}`;
    const why = code === "EADDRINUSE" ? "somebody else listens there" : String((cause as Error).message);
    super(`Cannot listen on ${where}: ${why}. Choose another with --${option}=ADDRESS:PORT`, { cause });
    this.name = "ListenError";
    this.option = option;
    this.target = target;
    this.systemCode = code;
  }
}

function settingsOf(config: Config): EngineSettings {
  return {
    timeoutSeconds: config.timeoutSeconds,
    silentTimeoutSeconds: config.silentTimeoutSeconds,
    offerTimeoutSeconds: config.offerTimeoutSeconds,
    finalTimeoutSeconds: config.finalTimeoutSeconds,
    deleteDelaySeconds: config.deleteDelaySeconds,
    maxSessions: config.maxSessions,
    maxLoad: config.maxLoad,
    maxCpuPercent: config.maxCpuPercent,
    maxBandwidthBytesPerSecond: config.maxBandwidthBytesPerSecond,
    endpointLearning: config.endpointLearning,
    distrustsSdp: config.sipSource,
    defaultTos: config.tos,
    rejectsInvalidSdp: config.rejectInvalidSdp,
  };
}

/** Templates of these names apply to every request, or to every one of a verb. */
function defaultTemplates(config: Config, command: string): string[] {
  return ["default", command].map((name) => config.templates.get(name)).filter((text) => text !== undefined);
}
