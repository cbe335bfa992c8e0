import type { CloseReason } from "../call/timeouts.ts";
import { IntervalMeter } from "./interval.ts";
import { newQualitySamples, type QualitySamples, type SourceQuality } from "./quality.ts";

/** Requests of one command from one proxy. */
export interface RequestCounter {
  count: number;
  seconds: number;
}

/** What one proxy has asked for. */
export interface ProxyCounters {
  readonly commands: Map<string, RequestCounter>;
  errors: number;
  duplicates: number;
}

/** Proxies counted by address; beyond that they share one line, so that no sender can grow the table. */
const MAX_PROXIES = 256;

/** Counters since the start that do not belong to packets; metrics, `list totals` and `statistics` read them. */
export class Statistics {
  readonly proxies: Map<string, ProxyCounters> = new Map();
  readonly endedByReason: Map<CloseReason, number> = new Map();
  sessionsCreated = 0;
  sessionsEnded = 0;
  sessionsRejected = 0;
  /** RTP streams that never received a packet. */
  zeroPacketStreams = 0;
  /** Calls where one side's audio arrived and the other's did not. */
  oneWaySessions = 0;
  callSeconds = 0;
  callSecondsSquared = 0;
  /** Samples of all sources, taken when their call ends. */
  readonly quality: QualitySamples = newQualitySamples();
  /** The same by `interfaceKey`. */
  readonly interfaceQuality: Map<string, QualitySamples> = new Map();
  readonly interval: IntervalMeter = new IntervalMeter();
  /** Datagrams on the control port that were no NG message. */
  malformedMessages = 0;
  /** Replies that no datagram could hold. */
  overlongReplies = 0;
  strippedIceAttributes = 0;
  /** Ports given up before the end of their call: a party has moved too often. */
  outgrownPorts = 0;
  /** Endpoints in SDP that nothing is sent to: multicast, our own loopback and control ports. */
  refusedEndpoints = 0;
  /** Keys and flags that are known and had no effect, by name. */
  readonly ignoredKeys: Map<string, number> = new Map();
  /** Keys nobody knows, all together: names come from outside. */
  unknownKeys = 0;

  /** Counts a request that was carried out or refused. */
  request(proxy: string, command: string, seconds: number, isError: boolean): void {
    const counters = this.#proxy(proxy);
    let counter = counters.commands.get(command);
    if (!counter) {
      counter = { count: 0, seconds: 0 };
      counters.commands.set(command, counter);
    }
    counter.count++;
    counter.seconds += seconds;
    if (isError) counters.errors++;
    this.interval.request(command, seconds);
  }

  /** Counts a request that failed before it was one. */
  error(proxy: string): void {
    this.#proxy(proxy).errors++;
  }

  /** Counts a retransmission that got the stored reply. */
  duplicate(proxy: string): void {
    this.#proxy(proxy).duplicates++;
  }

  ignored(name: string): void {
    this.ignoredKeys.set(name, (this.ignoredKeys.get(name) ?? 0) + 1);
  }

  ended(reason: CloseReason, seconds: number): void {
    this.sessionsEnded++;
    this.endedByReason.set(reason, (this.endedByReason.get(reason) ?? 0) + 1);
    this.callSeconds += seconds;
    this.callSecondsSquared += seconds * seconds;
    this.interval.callEnded(seconds);
  }

  /** Takes a source of a call that has ended into account. @param interfaceName see `interfaceKey` */
  sampled(interfaceName: string, { mos, lossPercent, jitterMs }: SourceQuality): void {
    let own = this.interfaceQuality.get(interfaceName);
    if (!own) {
      own = newQualitySamples();
      this.interfaceQuality.set(interfaceName, own);
    }
    for (const samples of [this.quality, own]) {
      samples.mos.add(mos);
      samples.packetloss.add(lossPercent);
      samples.jitter_measured.add(jitterMs);
    }
  }

  #proxy(name: string): ProxyCounters {
    const known = this.proxies.get(name);
    if (known) return known;
    if (this.proxies.size >= MAX_PROXIES) return this.#overflow();
    const counters: ProxyCounters = { commands: new Map(), errors: 0, duplicates: 0 };
    this.proxies.set(name, counters);
    return counters;
  }

  #overflow(): ProxyCounters {
    const last = this.proxies.get("other");
    if (last) return last;
    const counters: ProxyCounters = { commands: new Map(), errors: 0, duplicates: 0 };
    this.proxies.set("other", counters);
    return counters;
  }
}

/** What names one address of a logical interface. */
export function interfaceKey(name: string, address: string): string {
  return `${name}/${address}`;
}
