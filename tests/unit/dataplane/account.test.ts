import { describe, expect, it } from "vitest";
import type { FlowId } from "../../../src/flow/flow.ts";
import type { SourceReading } from "../../../src/flow/flow-state.ts";
import { rtp } from "../../support/packets.ts";
import { endpoint, makeFlow, PipelineBench } from "./support/bench.ts";

const A = "198.51.100.1:4000";
const FLOW = 0 as FlowId;

function bench(changes: Parameters<typeof makeFlow>[3] = {}): PipelineBench {
  const made = new PipelineBench();
  made.apply(makeFlow(0, {}, [{ to: endpoint("192.0.2.9:9") }], changes));
  return made;
}

function counted(sequenceNumbers: readonly number[]): SourceReading {
  const made = bench();
  for (const sequenceNumber of sequenceNumbers) made.receive(0, A, rtp(sequenceNumber));
  return made.states.sources(FLOW)[0]!;
}

describe("sequence numbers (RFC 3550 A.1)", () => {
  it("counts what is missing as lost", () => {
    expect(counted([1, 2, 5])).toMatchObject({ packets: 3, lost: 2, reordered: 0, duplicates: 0 });
  });

  it("goes on over the wrap", () => {
    expect(counted([65534, 65535, 0, 1])).toMatchObject({
      firstSequenceNumber: 65534,
      extendedHighestSequenceNumber: 65537,
      lost: 0,
    });
  });

  it("counts a late packet as reordered, not as lost", () => {
    expect(counted([1, 3, 2, 4])).toMatchObject({ packets: 4, lost: 0, reordered: 1, duplicates: 0 });
  });

  it("counts a late packet from before the wrap", () => {
    expect(counted([65534, 0, 65535])).toMatchObject({
      lost: 0,
      reordered: 1,
      extendedHighestSequenceNumber: 65536,
    });
  });

  it("recognises duplicates of the newest and of older ones", () => {
    expect(counted([1, 1, 2, 40, 2, 40])).toMatchObject({ duplicates: 3, reordered: 0 });
  });

  it("recognises duplicates 63 back, and no further", () => {
    const run = Array.from({ length: 65 }, (_, index) => index);
    expect(counted([...run, 1])).toMatchObject({ duplicates: 1, reordered: 0 });
    expect(counted([...run, 0])).toMatchObject({ duplicates: 0, reordered: 1 });
  });

  it("takes two packets in a row far away as a restart of the sender", () => {
    expect(counted([1, 2, 3, 30000, 30001, 30003])).toMatchObject({
      packets: 6,
      firstSequenceNumber: 30001,
      extendedHighestSequenceNumber: 30003,
      lost: 1,
    });
  });

  it("is not led astray by one packet far away", () => {
    expect(counted([1, 2, 30000, 3])).toMatchObject({ extendedHighestSequenceNumber: 3 });
  });
});

describe("jitter (RFC 3550 A.8)", () => {
  it("is 0 at an even pace", () => {
    const made = bench();
    for (let index = 0; index < 100; index++) made.receive(0, A, rtp(index), 1 + index * 20_000);
    expect(made.states.sources(FLOW)[0]!.interarrivalJitterTicks).toBe(0);
  });

  it("moves by a sixteenth of the difference, in the payload type's clock", () => {
    const made = bench({ payloadTypes: { known: [96], clockRatesHz: [48000], blocksUnknown: false } });
    const packet = (index: number): Uint8Array => rtp(index, { payloadType: 96, timestamp: index * 960 });
    made.receive(0, A, packet(0), 1);
    made.receive(0, A, packet(1), 1 + 20_000 + 1_000);
    // One millisecond late is 48 ticks.
    expect(made.states.sources(FLOW)[0]!.interarrivalJitterTicks).toBeCloseTo(3, 9);
    made.receive(0, A, packet(2), 1 + 40_000);
    expect(made.states.sources(FLOW)[0]!.interarrivalJitterTicks).toBeCloseTo(3 + (48 - 3) / 16, 9);
  });

  it("survives the wrap of the timestamp", () => {
    const made = bench();
    made.receive(0, A, rtp(0, { timestamp: 0xffffff60 }), 1);
    made.receive(0, A, rtp(1, { timestamp: 0 }), 20_001);
    expect(made.states.sources(FLOW)[0]!.interarrivalJitterTicks).toBe(0);
  });

  it("does not compare the clocks of two payload types", () => {
    const made = bench();
    made.receive(0, A, rtp(0, { payloadType: 0, timestamp: 0 }), 1);
    made.receive(0, A, rtp(1, { payloadType: 8, timestamp: 123456 }), 20_001);
    expect(made.states.sources(FLOW)[0]!.interarrivalJitterTicks).toBe(0);
  });
});

describe("counters", () => {
  it("count packets, bytes and times of the flow", () => {
    const made = bench();
    made.receive(0, A, rtp(1, { length: 20 }), 5);
    made.receive(0, A, rtp(2, { length: 30 }), 9);
    expect([0, 1, 4, 5].map((field) => made.states.byWorker(FLOW, field))).toEqual([2, 74, 5, 9]);
  });

  it("keep four sources apart and relay the fifth", () => {
    const made = bench();
    for (const ssrc of [1, 2, 0xffffffff, 4]) expect(made.receive(0, A, rtp(1, { ssrc }))).toBe("");
    expect(made.receive(0, A, rtp(1, { ssrc: 5 }))).toBe("too-many-sources");
    expect(made.sent).toHaveLength(5);
    expect(made.states.sources(FLOW).map(({ ssrc }) => ssrc)).toEqual([1, 2, 0xffffffff, 4]);
    expect(made.states.byWorker(FLOW, 6)).toBe(1);
  });
});
