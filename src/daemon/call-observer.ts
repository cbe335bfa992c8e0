import { formatEndpoint } from "../base/endpoint.ts";
import type { RefusedDestination, RefusedEndpoint } from "../call/interfaces.ts";
import type { Call } from "../call/model.ts";
import type { CallRecord, EngineObserver, MediaReport, StreamReport } from "../engine/index.ts";
import { type Fields, Level, type Log } from "../observe/log.ts";
import { qualityOf } from "../observe/quality.ts";
import { interfaceKey, type Statistics } from "../observe/statistics.ts";

/** Shorter streams say little about quality. */
const FEWEST_PACKETS = 10;

/** Why nothing is sent there, and what to do about it. */
const REFUSALS: Readonly<Record<RefusedDestination, string>> = {
  "no-host":
    "SDP names an address that is no single host (multicast, broadcast, reserved): nothing is sent there; let the phone or proxy put the phone's own address",
  loopback:
    "SDP names the loopback address, which from here is this host and not the phone: nothing is sent there until its packets show where it is; let the phone or proxy put its own address, or test with --interface=127.0.0.1",
  "control-port":
    "SDP names a control port of this engine, where media could be taken for commands: nothing is sent there; if it is a real phone, move listen-ng to another port",
};

/** Addresses of one call that are remembered as said. */
const MAX_TOLD = 32;

/** Counts and logs what becomes of calls. */
export class CallObserver implements EngineObserver {
  readonly #statistics: Statistics;
  readonly #log: Log;
  /** By call, what was said of which address: a section has two endpoints, and an SDP comes again. */
  readonly #told = new Map<string, Set<string>>();

  constructor(statistics: Statistics, log: Log) {
    this.#statistics = statistics;
    this.#log = log;
  }

  callCreated(call: Call): void {
    this.#statistics.sessionsCreated++;
    this.#info(call, "call-start", "Call started", { from: call.createdFrom });
  }

  callUpdated(call: Call): void {
    this.#info(call, "call-update", "Call renegotiated", { revision: call.revision });
  }

  callEnded({ report, reason, endedAt }: CallRecord): void {
    const { call } = report;
    this.#told.delete(call.callId);
    const seconds = (endedAt - call.createdAt) / 1e6;
    this.#statistics.ended(reason, seconds);
    const streams = report.parties.flatMap(({ medias }) => medias.flatMap((media) => media.streams));
    this.#countStreams(streams);
    for (const { medias } of report.parties) for (const media of medias) this.#sampleQuality(media);
    this.#info(call, "call-end", "Call ended", { reason, seconds: seconds.toFixed(3) });
    for (const stream of streams) this.#logStream(call, stream);
  }

  iceStripped(count: number): void {
    this.#statistics.strippedIceAttributes += count;
  }

  portsOutgrown(count: number): void {
    this.#statistics.outgrownPorts += count;
  }

  endpointsRefused({ callId }: Call, refused: readonly RefusedEndpoint[]): void {
    this.#statistics.refusedEndpoints += refused.length;
    const told = this.#told.get(callId) ?? new Set<string>();
    this.#told.set(callId, told);
    for (const { endpoint, reason } of refused) {
      const topic = `${reason} ${endpoint.address}`;
      if (told.has(topic) || told.size >= MAX_TOLD) continue;
      told.add(topic);
      this.#log.warning("endpoint", REFUSALS[reason], { callId, peer: formatEndpoint(endpoint) });
    }
  }

  /** A call that is being debugged is logged whatever the level. */
  #info(call: Call, event: string, message: string, fields: Fields): void {
    this.#log.write(Level.Info, event, message, { callId: call.callId, ...fields }, call.isDebugged);
  }

  #countStreams(streams: readonly StreamReport[]): void {
    const rtp = streams.filter(({ stream, socket }) => stream.component === 1 && socket !== undefined);
    const silent = rtp.filter(({ reading }) => reading.packetsIn === 0).length;
    this.#statistics.zeroPacketStreams += silent;
    if (silent > 0 && silent < rtp.length) this.#statistics.oneWaySessions++;
  }

  #sampleQuality({ media, streams }: MediaReport): void {
    const [{ socket, reading } = { socket: undefined, reading: undefined }] = streams;
    if (!socket) return;
    const name = interfaceKey(socket.media.name, socket.address);
    for (const source of reading.sources) {
      if (source.packets < FEWEST_PACKETS) continue;
      const format = media.codecs.find(({ payloadType }) => payloadType === source.lastPayloadType);
      this.#statistics.sampled(name, qualityOf(source, format?.clockRateHz));
    }
  }

  #logStream(call: Call, { stream, socket, endpoint, reading }: StreamReport): void {
    if (!socket) return;
    this.#info(call, "call-stream", stream.component === 1 ? "RTP" : "RTCP", {
      local: formatEndpoint(socket),
      peer: endpoint ? formatEndpoint(endpoint) : "unknown",
      packetsIn: reading.packetsIn,
      packetsOut: reading.packetsOut,
      drops: reading.drops.reduce((sum, count) => sum + count, 0),
      ssrcs: reading.sources.length,
    });
  }
}
