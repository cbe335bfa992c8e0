import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { Micros } from "../../../src/base/brand.ts";
import { addressBytes, type Endpoint } from "../../../src/base/endpoint.ts";
import { type Circumstances, compileFlow } from "../../../src/dataplane/fastpath/compile.ts";
import type { KernelEntry } from "../../../src/dataplane/fastpath/entry.ts";
import { KernelProgram } from "../../../src/dataplane/fastpath/program.ts";
import type { FlowId } from "../../../src/flow/flow.ts";
import { FlowStates } from "../../../src/flow/flow-state.ts";
import { monotonicNow } from "../../../src/platform/clock.ts";
import { rtp } from "../../support/packets.ts";
import { endpoint, localOf, makeFlow, PipelineBench } from "../../unit/dataplane/support/bench.ts";
import { IS_ROOT } from "../relay/support/backends.ts";
import { type FrameOptions, frameOf, sum16, udpChecksum, udpOffset } from "./frames.ts";

const TC_ACT_UNSPEC = -1;
const TC_ACT_REDIRECT = 7;
const PHONE = "198.51.100.1:4000";
const PEER = "203.0.113.9:5000";
const LOOPBACK = 1;
/** The kernel runs a program on no less than an IPv4 header. */
const SHORTEST_FRAME = 34;

/** A worker's pipeline and the kernel's program, side by side, with the same flow. */
class Both {
  readonly bench = new PipelineBench();
  readonly program: KernelProgram;
  readonly states: FlowStates;
  readonly entry: KernelEntry;
  now = 1;

  constructor() {
    this.program = new KernelProgram([{ ...localOf(0), index: 0 }], 16, "tcx", 1);
    this.program.setPort(0, 1000, 0);
    this.states = new FlowStates(this.bench.states.words.buffer, this.program.states);
    const flow = makeFlow(0, { expected: endpoint(PHONE) }, [{ to: endpoint(PEER), tos: 0xb8 }]);
    this.bench.apply(flow);
    this.bench.apply(makeFlow(1));
    this.bench.receive(0, PHONE, rtp(0), this.now);
    const circumstances: Circumstances = {
      hasReceived: () => true,
      confirmedSource: () => endpoint(PHONE),
      learnedSource: () => undefined,
      learnedEndpoint: () => undefined,
      isOurs: () => false,
      flowIdOf: () => 1,
      clockRateIndex: () => 0,
      path: () => ({ inInterface: LOOPBACK, outInterface: LOOPBACK, isLocal: false }),
      hopLimit: 64,
    };
    const entry = compileFlow(flow, circumstances);
    if (typeof entry === "string") throw new Error(entry);
    this.entry = entry;
    this.program.refresh(monotonicNow() + 3600e6, new Float64Array(256).fill(8000));
    this.program.states.take(0 as FlowId, this.bench.states);
    this.program.publish(0 as FlowId, entry);
  }

  /** What a worker does with the datagram: what it sends, or nothing. */
  inUserSpace(from: Endpoint, payload: Uint8Array): readonly PipelineBench["sent"][number][] {
    this.bench.sent.length = 0;
    const source = `${from.address}:${from.port}`;
    this.bench.receive(0, source, payload, ++this.now as Micros);
    return [...this.bench.sent];
  }
}

const payloads = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc.nat(65535).map((sequence) => rtp(sequence)),
  // Something like RTP: each field of the header may be odd.
  fc
    .record({
      first: fc.oneof(fc.constant(0x80), fc.constant(0x90), fc.integer({ min: 0, max: 255 })),
      second: fc.oneof(fc.constant(0), fc.constant(0x88), fc.integer({ min: 0, max: 255 })),
      sequence: fc.integer({ min: 0, max: 65535 }),
      ssrc: fc.oneof(fc.constant(0x1234), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
      rest: fc.uint8Array({ maxLength: 200 }),
    })
    .map(({ first, second, sequence, ssrc, rest }) => {
      const bytes = new Uint8Array(12 + rest.length);
      const view = new DataView(bytes.buffer);
      view.setUint8(0, first);
      view.setUint8(1, second);
      view.setUint16(2, sequence);
      view.setUint32(8, ssrc);
      bytes.set(rest, 12);
      return bytes;
    }),
);

const oddHeaders = fc.record(
  {
    headerWords: fc.constantFrom(5, 5, 5, 6, 15),
    fragment: fc.constantFrom(0x4000, 0, 0x2000, 0x0001, 0x8000),
    protocol: fc.constantFrom(17, 17, 17, 6),
    tos: fc.integer({ min: 0, max: 255 }),
    hopLimit: fc.integer({ min: 0, max: 255 }),
    ipLengthError: fc.constantFrom(0, 0, 0, -1, 1, 200),
    udpLengthError: fc.constantFrom(0, 0, 0, -1, 1, 200),
    hasNoChecksum: fc.boolean(),
    cut: fc.constantFrom(0, 0, 0, 0, 1, 7, 30),
  },
  { requiredKeys: [] },
);

const headers = fc.oneof({ weight: 2, arbitrary: fc.constant<Partial<FrameOptions>>({}) }, oddHeaders);

const sources = fc.constantFrom(PHONE, PHONE, PHONE, "198.51.100.1:4001", "198.51.100.2:4000").map(endpoint);

describe.skipIf(!IS_ROOT)(IS_ROOT ? "the kernel's program" : "skipped: needs root", () => {
  const both = IS_ROOT ? new Both() : (undefined as never);
  afterAll(() => both.program.close());

  it("sends the bytes that a worker would send, or leaves the frame as it came", () => {
    let forwarded = 0;
    fc.assert(
      fc.property(sources, payloads, headers, (from, payload, options) => {
        const frame = frameOf({ from, to: localOf(0), payload, ...options });
        fc.pre(frame.length >= SHORTEST_FRAME);
        const { action, frame: left } = both.program.testRun(frame);
        if (action === TC_ACT_UNSPEC) {
          expect(left).toEqual(frame);
          return;
        }
        expect(action).toBe(TC_ACT_REDIRECT);
        forwarded++;
        // Both lengths a byte too small is a datagram of a byte less, and its checksum wrong: not ours to judge.
        const error = options.udpLengthError ?? 0;
        const datagram = payload.subarray(0, payload.length + error);
        expect(both.inUserSpace(from, datagram)).toEqual([{ from: 1, port: 1001, tos: 0xb8, to: PEER }]);
        const udp = udpOffset(left);
        expect(udp).toBe(34);
        const view = new DataView(left.buffer, left.byteOffset);
        expect(left.subarray(udp + 8, udp + 8 + datagram.length)).toEqual(datagram);
        expect([left[15], left[22], left[23]]).toEqual([0xb8, 64, 17]);
        expect(left.subarray(26, 30)).toEqual(addressBytes(localOf(1)));
        expect(left.subarray(30, 34)).toEqual(addressBytes(endpoint(PEER)));
        expect([view.getUint16(udp), view.getUint16(udp + 2)]).toEqual([1001, 5000]);
        expect(sum16(left.subarray(14, 34))).toBe(0xffff);
        const checksum = view.getUint16(udp + 6);
        if (options.hasNoChecksum === true) expect(checksum).toBe(0);
        else if (error === 0) expect(checksum).toBe(udpChecksum(left) || 0xffff);
      }),
      { numRuns: 20_000 },
    );
    expect(forwarded).toBeGreaterThan(500);
  });

  it("takes every plain RTP packet of the flow, from one byte of payload to what Ethernet holds", () => {
    for (let length = 0; length <= 1460; length += 73) {
      const payload = rtp(length, { length });
      const frame = frameOf({ from: endpoint(PHONE), to: localOf(0), payload });
      expect(both.program.testRun(frame).action, `${length} bytes`).toBe(TC_ACT_REDIRECT);
    }
  });

  it("leaves a frame alone that is cut short anywhere", () => {
    const frame = frameOf({ from: endpoint(PHONE), to: localOf(0), payload: rtp(1, { length: 40 }) });
    for (let length = SHORTEST_FRAME; length < frame.length; length++) {
      const cut = frame.subarray(0, length);
      const { action, frame: left } = both.program.testRun(cut);
      expect([action, left]).toEqual([TC_ACT_UNSPEC, cut]);
    }
  });

  const judge = (payload: Uint8Array, options: Partial<FrameOptions> = {}): number =>
    both.program.testRun(frameOf({ from: endpoint(PHONE), to: localOf(0), payload, ...options })).action;

  it("leaves an IPv4 header alone that was damaged on the way, as the stack throws it away", () => {
    expect(judge(rtp(1))).toBe(TC_ACT_REDIRECT);
    expect(judge(rtp(1), { isDamaged: true })).toBe(TC_ACT_UNSPEC);
  });

  it("leaves a datagram alone that is longer than a worker's buffer", () => {
    expect(judge(rtp(1, { length: 2048 - 12 }))).toBe(TC_ACT_REDIRECT);
    expect(judge(rtp(1, { length: 2049 - 12 }))).toBe(TC_ACT_UNSPEC);
  });

  it("takes nothing that comes by another interface than the source's packets do", () => {
    both.program.publish(0 as FlowId, { ...both.entry, inInterface: LOOPBACK + 1 });
    expect(judge(rtp(1))).toBe(TC_ACT_UNSPEC);
    both.program.publish(0 as FlowId, both.entry);
    expect(judge(rtp(1))).toBe(TC_ACT_REDIRECT);
  });

  it("counts sequence numbers as a worker does: losses, jumps, restarts, what is late or comes twice", () => {
    const steps = fc.array(
      fc.oneof(
        { weight: 8, arbitrary: fc.constant(1) },
        { weight: 1, arbitrary: fc.integer({ min: -120, max: 120 }) },
        { weight: 1, arbitrary: fc.integer({ min: 0, max: 65535 }) },
      ),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(steps, (moves) => {
        const flowId = 0 as FlowId;
        const alone = new PipelineBench();
        const flow = makeFlow(0, { expected: endpoint(PHONE) }, [{ to: endpoint(PEER) }]);
        alone.apply(flow);
        alone.apply(makeFlow(1));
        alone.receive(0, PHONE, rtp(65500), 1);
        both.program.states.clear(flowId);
        both.program.states.take(flowId, alone.states);
        const sums = new FlowStates(
          alone.states.words.buffer.slice(0) as unknown as SharedArrayBuffer,
          both.program.states,
        );
        let sequence = 65500;
        for (const move of moves) {
          sequence = (sequence + move) & 0xffff;
          const payload = rtp(sequence);
          alone.receive(0, PHONE, payload, ++both.now);
          const frame = frameOf({ from: endpoint(PHONE), to: localOf(0), payload });
          expect(both.program.testRun(frame).action).toBe(TC_ACT_REDIRECT);
        }
        const comparable = (states: FlowStates) =>
          states.sources(flowId).map(({ lastSeen: _, interarrivalJitterTicks: __, ...rest }) => rest);
        expect(comparable(sums)).toEqual(comparable(alone.states));
        expect(sums.packetsIn(flowId)).toBe(alone.states.packetsIn(flowId));
        expect(sums.bytesIn(flowId)).toBe(alone.states.bytesIn(flowId));
      }),
      { numRuns: 300 },
    );
  });
});
