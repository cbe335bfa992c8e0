import { formatEndpoint } from "../base/endpoint.ts";
import type { Call } from "../call/model.ts";
import type { CallRecord, EngineObserver, StreamReport } from "../engine/index.ts";
import type { Log } from "../observe/log.ts";
import type { Statistics } from "../observe/statistics.ts";

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
    this.#log.info("call-start", "Call started", { callId: call.callId, from: call.createdFrom });
  }

  callUpdated(call: Call): void {
    this.#log.info("call-update", "Call renegotiated", { callId: call.callId, revision: call.revision });
  }

  callEnded({ report, reason, endedAt }: CallRecord): void {
    const { call } = report;
    const seconds = (endedAt - call.createdAt) / 1e6;
    this.#statistics.ended(reason, seconds);
    const streams = report.parties.flatMap(({ medias }) => medias.flatMap((media) => media.streams));
    this.#countStreams(streams);
    this.#log.info("call-end", "Call ended", { callId: call.callId, reason, seconds: seconds.toFixed(3) });
    for (const stream of streams) this.#logStream(call, stream);
  }

  iceStripped(count: number): void {
    this.#statistics.strippedIceAttributes += count;
  }

  #countStreams(streams: readonly StreamReport[]): void {
    const rtp = streams.filter(({ stream, socket }) => stream.component === 1 && socket !== undefined);
    const silent = rtp.filter(({ reading }) => reading.packetsIn === 0).length;
    this.#statistics.zeroPacketStreams += silent;
    if (silent > 0 && silent < rtp.length) this.#statistics.oneWaySessions++;
    for (const { reading } of streams) {
      this.#statistics.relayedPackets += reading.packetsIn;
      this.#statistics.relayedBytes += reading.bytesIn;
      this.#statistics.relayErrors += reading.drops.reduce((sum, count) => sum + count, 0);
    }
  }

  #logStream(call: Call, { stream, socket, endpoint, reading }: StreamReport): void {
    if (!socket) return;
    this.#log.info("call-stream", stream.component === 1 ? "RTP" : "RTCP", {
      callId: call.callId,
      local: formatEndpoint(socket),
      peer: endpoint ? formatEndpoint(endpoint) : "unknown",
      packetsIn: reading.packetsIn,
      packetsOut: reading.packetsOut,
      drops: reading.drops.reduce((sum, count) => sum + count, 0),
      ssrcs: reading.sources.length,
    });
  }
}
