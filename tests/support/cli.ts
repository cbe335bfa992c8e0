import type { Micros } from "../../src/base/brand.ts";
import type { Config } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { CliContext } from "../../src/control/cli/command.ts";
import { CliInterpreter } from "../../src/control/cli/interpreter.ts";
import { takeSnapshot } from "../../src/daemon/snapshot.ts";
import type { FlowReading, InterfaceReading, SourceReading } from "../../src/dataplane/index.ts";
import { type Level, Log } from "../../src/observe/log.ts";
import { RateMeter } from "../../src/observe/rates.ts";
import type { Snapshot } from "../../src/observe/snapshot.ts";
import { Statistics } from "../../src/observe/statistics.ts";
import { audioSdp, TestEngine, V4 } from "./engine.ts";

/** The configuration that these options give. */
export function configOf(...options: string[]): Config {
  const { config, diagnostics } = loadConfig(["--config-file=none", "--interface=203.0.113.1", ...options], {
    readFile: () => undefined,
    hostAddresses: [],
  });
  if (!config) throw new Error(JSON.stringify(diagnostics));
  return config;
}

/** The command line of an engine without sockets. */
export class TestCli {
  readonly engine: TestEngine = new TestEngine();
  readonly statistics: Statistics = new Statistics();
  readonly rates: RateMeter = new RateMeter();
  readonly logged: string[] = [];
  readonly context: CliContext;
  readonly #interpreter: CliInterpreter;
  openFiles = 100_000;

  constructor(config: Config = configOf()) {
    const { engine } = this;
    this.context = {
      engine: engine.engine,
      dataplane: engine.dataplane,
      config,
      log: new Log(
        config.logLevel as Level,
        (_level: Level, line: string) => this.logged.push(line),
        new Map(Object.entries(config.logLevels) as [string, Level][]),
      ),
      version: "0.0.0-test",
      snapshot: () => this.snapshot(),
      now: () => engine.now,
      unixMicros: (at) => at,
      controlTos: config.controlTos,
      openFileLimit: (wanted) => {
        if (wanted !== undefined) this.openFiles = Math.min(wanted, 200_000);
        return this.openFiles;
      },
    };
    this.#interpreter = new CliInterpreter(this.context);
  }

  ask(line: string): string {
    return this.#interpreter.answer(line);
  }

  askJson(line: string): unknown {
    return JSON.parse(this.ask(`json ${line}`));
  }

  snapshot(): Snapshot {
    const { engine, statistics, rates } = this;
    return takeSnapshot({
      engine: engine.engine,
      dataplane: engine.dataplane,
      statistics,
      rates,
      now: () => engine.now,
      startedAt: 900_000_000 as Micros,
      version: "0.0.0-test",
      processId: 4711,
    });
  }

  /** Sets a call up between 192.0.2.1 and 192.0.2.2. */
  call(callId = "call"): void {
    this.engine.offer(audioSdp("192.0.2.1", 4000), { "call-id": callId, "from-tag": "A" });
    this.engine.answer(audioSdp("192.0.2.2", 5000), { "call-id": callId, "from-tag": "A" });
  }

  /** Lets the RTP port that the party sends to have counted this. */
  reading(callId: string, tag: string, reading: Partial<FlowReading>): void {
    const call = this.engine.engine.find(callId)!;
    const monologue = call.monologues.find((one) => one?.tag === tag)!;
    const media = call.medias[monologue.medias[0]!]!;
    const { flowId } = media.portMaps[media.portMap]!.sockets[0]!;
    this.engine.dataplane.readings.set(flowId, reading);
    if (reading.lastSeen !== undefined) this.engine.dataplane.seen.set(flowId, reading.lastSeen);
  }
}

/** A source with these counters. */
export function sourceReading(changes: Partial<SourceReading> = {}): SourceReading {
  return {
    ssrc: 0xabcd,
    packets: 90,
    bytes: 15_480,
    extendedHighestSequenceNumber: 100,
    firstSequenceNumber: 1,
    lost: 10,
    reordered: 0,
    duplicates: 0,
    interarrivalJitterTicks: 80,
    lastPayloadType: 8,
    lastTimestamp: 16_000,
    lastSeen: 1_000_000_000 as Micros,
    ...changes,
  };
}

/** An interface with these counters. */
export function interfaceReading(changes: Partial<InterfaceReading> = {}): InterfaceReading {
  return {
    media: V4,
    portsTotal: 10_000,
    portsUsed: 4,
    backend: "sockets",
    reason: "needs CAP_BPF",
    ingress: { packets: 11, bytes: 12, errors: 13 },
    egress: { packets: 21, bytes: 22, errors: 23 },
    packetsLost: 31,
    duplicates: 32,
    reordered: 33,
    ...changes,
  };
}
