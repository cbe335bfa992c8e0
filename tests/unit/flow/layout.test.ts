import { describe, expect, it } from "vitest";
import { ClockRates } from "../../../src/flow/clock-rates.ts";
import type { FlowId } from "../../../src/flow/flow.ts";
import {
  FlowRecords,
  hasBit,
  NEAR_SINKS,
  RECORD_WORDS,
  RecordWord,
  SINK_WORDS,
  SinkWord,
} from "../../../src/flow/flow-record.ts";
import {
  DROP_SLOTS,
  FlowStates,
  MAX_SOURCES,
  SOURCE_WORDS,
  SourceNumber,
  SourceWord,
  STATE_WORDS,
  StateNumber,
  StateWord,
} from "../../../src/flow/flow-state.ts";
import {
  copyEndpoint,
  ENDPOINT_WORDS,
  isSameEndpoint,
  isSameHost,
  readEndpoint,
  writeEndpoint,
} from "../../../src/flow/packed-endpoint.ts";
import { DROP_REASON_NAMES, DropReason } from "../../../src/flow/reasons.ts";
import { endpoint, makeFlow } from "../dataplane/support/bench.ts";

describe("FlowState layout", () => {
  it("has room for every drop reason before the words begin", () => {
    expect(DROP_REASON_NAMES.length).toBeLessThanOrEqual(DROP_SLOTS);
    expect(DROP_REASON_NAMES).toHaveLength(Object.keys(DropReason).length);
    expect((StateNumber.drops + DROP_SLOTS) * 2).toBe(StateWord.endpointEpoch);
  });

  it("keeps endpoints and sources apart and inside the record", () => {
    expect(StateWord.candidates).toBe(StateWord.learned + ENDPOINT_WORDS);
    expect(StateWord.streakSource).toBe(StateWord.candidates + 4 * ENDPOINT_WORDS);
    expect(StateWord.sources).toBeGreaterThanOrEqual(StateWord.streakSource + ENDPOINT_WORDS);
    expect(StateWord.sources % 2).toBe(0);
    expect(StateWord.sources + MAX_SOURCES * SOURCE_WORDS).toBeLessThanOrEqual(STATE_WORDS);
    expect(Math.max(...Object.values(SourceNumber)) * 2 + 2).toBeLessThanOrEqual(SourceWord.ssrc);
    expect(Math.max(...Object.values(SourceWord))).toBeLessThan(SOURCE_WORDS);
  });
});

describe("FlowRecord layout", () => {
  it("holds the sinks that nearly every flow has", () => {
    expect(RecordWord.sinks + NEAR_SINKS * SINK_WORDS).toBe(RecordWord.latchEpoch);
    expect(RecordWord.latchEpoch).toBeLessThan(RECORD_WORDS);
    expect(SinkWord.blockedPayloadTypes + 4).toBeLessThanOrEqual(SINK_WORDS);
  });

  it("switches halves: the old one stays whole while the new one is written", () => {
    const { halves, selectors } = FlowRecords.allocate(2);
    const records = new FlowRecords(halves, selectors);
    const context = { flowIdOf: () => 0, epochOf: () => 1, clockRateIndex: () => 0 };
    const generations: number[] = [];
    for (let generation = 1; generation <= 3; generation++) {
      const before = records.current(1);
      records.publish(makeFlow(1, {}, [{ to: endpoint("[::1]:5") }], { generation }), context, false);
      const after = records.current(1);
      expect(after).not.toBe(before);
      if (before >= 0) expect(records.words[before + RecordWord.generation]).toBe(generation - 1);
      generations.push(records.words[after + RecordWord.generation]!);
    }
    expect(generations).toEqual([1, 2, 3]);
    expect(records.current(0)).toBe(-1);
    records.withdraw(1 as FlowId);
    expect(records.current(1)).toBe(-1);
  });

  it("keeps payload types from 0 to 127 apart", () => {
    const { halves, selectors } = FlowRecords.allocate(1);
    const records = new FlowRecords(halves, selectors);
    const known = [0, 31, 32, 95, 96, 127];
    const context = { flowIdOf: () => 0, epochOf: () => 1, clockRateIndex: (rate: number) => rate };
    const payloadTypes = { known, clockRatesHz: known.map((_, index) => index + 1), blocksUnknown: true };
    records.publish(makeFlow(0, {}, [], { payloadTypes }), context, false);
    const at = records.current(0) + RecordWord.knownPayloadTypes;
    const found = Array.from({ length: 128 }, (_, index) => index).filter((index) =>
      hasBit(records.words, at, index),
    );
    expect(found).toEqual(known);
  });
});

describe("packed endpoints", () => {
  it.each(["198.51.100.1:1", "255.255.255.255:65535", "[2001:db8::ff00:42]:4000"])("keep %s", (text) => {
    const words = new Int32Array(20);
    writeEndpoint(words, 3, endpoint(text));
    copyEndpoint(words, 3, words, 10);
    expect(readEndpoint(words, 10)).toEqual(endpoint(text));
    expect(isSameEndpoint(words, 3, words, 10)).toBe(true);
    words[10]! ^= 1;
    expect([isSameEndpoint(words, 3, words, 10), isSameHost(words, 3, words, 10)]).toEqual([false, true]);
    words[11]! ^= 1;
    expect(isSameHost(words, 3, words, 10)).toBe(false);
  });

  it("tell an IPv4 address from the IPv6 address with the same first bytes", () => {
    const words = new Int32Array(10);
    writeEndpoint(words, 0, endpoint("32.1.13.184:5"));
    writeEndpoint(words, 5, endpoint("[2001:db8::]:5"));
    expect(isSameHost(words, 0, words, 5)).toBe(false);
  });

  it("read as nothing when nothing was written", () => {
    const words = new Int32Array(5).fill(7);
    writeEndpoint(words, 0, undefined);
    expect(readEndpoint(words, 0)).toBeUndefined();
  });
});

describe("FlowStates", () => {
  it("clears one record and no other", () => {
    const states = new FlowStates(FlowStates.allocate(3));
    states.numbers.fill(1);
    states.clear(1 as FlowId);
    expect([0, 1, 2].map((flowId) => states.byWorker(flowId as FlowId, StateNumber.packetsIn))).toEqual([
      1, 0, 1,
    ]);
    expect(states.numbers.reduce((sum, value) => sum + value, 0)).toBe((states.numbers.length * 2) / 3);
  });

  it("ends its read although a dead worker left a write unfinished", () => {
    const states = new FlowStates(FlowStates.allocate(1));
    states.words[StateWord.learnedVersion] = 1;
    expect(states.learned(0 as FlowId, { endpointEpoch: 0, latchEpoch: 0 }).endpoint).toBeUndefined();
  });
});

it("interns clock rates, 8000 Hz first", () => {
  const rates = new ClockRates(ClockRates.allocate());
  expect([0, 8000, 48000, 90000, 48000].map((rate) => rates.indexOf(rate))).toEqual([0, 0, 8, 9, 8]);
  for (let rate = 1; rate < 400; rate++) rates.indexOf(rate);
  expect(rates.indexOf(123456)).toBe(0);
});
