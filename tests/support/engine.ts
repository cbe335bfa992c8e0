import type { Micros } from "../../src/base/brand.ts";
import { type Endpoint, formatEndpoint } from "../../src/base/endpoint.ts";
import type { MediaInterface } from "../../src/base/media-interface.ts";
import { InterfaceTable } from "../../src/call/interfaces.ts";
import type { Call } from "../../src/call/model.ts";
import { type CallRecord, Engine, type EngineSettings } from "../../src/engine/index.ts";
import { parseNgRequest } from "../../src/wire/ng/request.ts";
import type { NgDictionary } from "../../src/wire/ng/value.ts";
import { parseSdp } from "../../src/wire/sdp/parse.ts";
import { writeSdp } from "../../src/wire/sdp/write.ts";
import { FakeDataplane } from "./fake-dataplane.ts";

export const SETTINGS: EngineSettings = {
  timeoutSeconds: 60,
  silentTimeoutSeconds: 3600,
  offerTimeoutSeconds: 3600,
  finalTimeoutSeconds: 0,
  deleteDelaySeconds: 30,
  maxSessions: -1,
  maxLoad: 0,
  maxCpuPercent: 0,
  maxBandwidthBytesPerSecond: 0,
  endpointLearning: "safe",
  distrustsSdp: false,
  defaultTos: 0,
  rejectsInvalidSdp: false,
};

export const V4: MediaInterface = mediaInterface("default", "203.0.113.1");
export const V6: MediaInterface = mediaInterface("default", "2001:db8:4321::1");

export function mediaInterface(name: string, address: string): MediaInterface {
  const bind = { family: address.includes(":") ? 6 : 4, address } as const;
  return { name, bind, advertised: bind, portMin: 30000, portMax: 39999 };
}

/** An engine on a data plane of memory and a clock that stands still until told otherwise. */
export class TestEngine {
  readonly dataplane: FakeDataplane = new FakeDataplane();
  readonly ended: CallRecord[] = [];
  readonly created: Call[] = [];
  outgrownPorts: number = 0;
  /** Endpoints that nothing is sent to. */
  readonly refused: string[] = [];
  readonly engine: Engine;
  now: Micros = 1_000_000_000 as Micros;

  constructor(
    settings: Partial<EngineSettings> = {},
    interfaces: readonly MediaInterface[] = [V4, V6],
    controls: readonly Endpoint[] = [],
  ) {
    this.engine = new Engine({
      dataplane: this.dataplane,
      interfaces: new InterfaceTable(interfaces, new Map(), controls),
      settings: { ...SETTINGS, ...settings },
      clock: { now: () => this.now, unixMicros: (at) => at },
      observer: {
        callCreated: (call) => this.created.push(call),
        callUpdated: () => {},
        callEnded: (record) => this.ended.push(record),
        iceStripped: () => {},
        portsOutgrown: (count) => {
          this.outgrownPorts += count;
        },
        endpointsRefused: (_call, refused) =>
          this.refused.push(...refused.map(({ endpoint }) => formatEndpoint(endpoint))),
      },
      hostLoad: () => ({ loadAverage: 0, cpuPercent: 0, bytesPerSecond: 0 }),
      write: writeSdp,
      instanceId: "0123456789ab",
      softwareId: "rtpengine-ts-test",
    });
  }

  /** Turns the clock and lets timers fire on the way. */
  pass(seconds: number): void {
    const steps = Math.max(1, Math.min(200, Math.ceil(seconds)));
    for (let step = 0; step < steps; step++) {
      this.now = (this.now + (seconds * 1e6) / steps) as Micros;
      this.engine.tick();
    }
  }

  /** An offer or answer; the reply's SDP. */
  signal(command: "offer" | "answer", keys: NgDictionary, sdp: string): string {
    const request = parseNgRequest({ command, "call-id": "call", "from-tag": "A", ...keys, sdp });
    return writeSdp(this.engine.transact(request, parseSdp(sdp), "192.0.2.9:1"));
  }

  offer(sdp: string, keys: NgDictionary = {}): string {
    return this.signal("offer", keys, sdp);
  }

  answer(sdp: string, keys: NgDictionary = {}): string {
    return this.signal("answer", { "to-tag": "B", ...keys }, sdp);
  }

  remove(keys: { fromTag?: string; toTag?: string; viaBranch?: string } = {}, delaySeconds = 0): boolean {
    const call = this.engine.find("call");
    if (!call) return false;
    const { fromTag, toTag, viaBranch } = keys;
    return this.engine.remove(call, { fromTag, toTag, viaBranch }, delaySeconds);
  }

  /** Lets every port of the call have seen a packet just now. */
  packetsEverywhere(): void {
    for (const { flowId } of this.dataplane.ports.values()) this.dataplane.seen.set(flowId, this.now);
  }
}

/** A session description with one audio section at `address:port`. */
export function audioSdp(
  address: string,
  port: number,
  extra: readonly string[] = [],
  formats = "0 8",
): string {
  const family = address.includes(":") ? "IP6" : "IP4";
  return [
    "v=0",
    `o=- 4711 1 IN ${family} ${address}`,
    "s=call",
    `c=IN ${family} ${address}`,
    "t=0 0",
    `m=audio ${port} RTP/AVP ${formats}`,
    ...extra,
    "",
  ].join("\r\n");
}

/** Lines of one kind in a description: `m=`, `a=rtcp` … */
export function lines(sdp: string, prefix: string): string[] {
  return sdp.split("\r\n").filter((line) => line.startsWith(prefix));
}

/** Ports of the `m=` lines. */
export function mediaPorts(sdp: string): number[] {
  return lines(sdp, "m=").map((line) => Number(line.split(" ")[1]));
}
