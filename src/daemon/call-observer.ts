import { type Endpoint, formatEndpoint } from "../base/endpoint.ts";
import type { Call } from "../call/model.ts";
import type { CallRecord, EngineObserver, MediaReport, StreamReport } from "../engine/index.ts";
import { type Fields, Level, type Log } from "../observe/log.ts";
import { qualityOf } from "../observe/quality.ts";
import { interfaceKey, type Statistics } from "../observe/statistics.ts";

/** Shorter streams say little about quality. */
const FEWEST_PACKETS = 10;

/** Counts and logs what becomes of calls. */
export class CallObserver implements EngineObserver {
  readonly #statistics: Statistics;
  readonly #log: Log;

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

  endpointsRefused(call: Call, endpoints: readonly Endpoint[]): void {
    this.#statistics.refusedEndpoints += endpoints.length;
    const { callId } = call;
    for (const endpoint of endpoints) {
      this.#log.warning("endpoint", "SDP names an endpoint that nothing is sent to", {
        callId,
        peer: formatEndpoint(endpoint),
      });
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
