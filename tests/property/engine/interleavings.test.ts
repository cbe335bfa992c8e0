import fc from "fast-check";
import { expect, it } from "vitest";
import { ProxyError } from "../../../src/base/errors.ts";
import { audioSdp, TestEngine } from "../../support/engine.ts";

const tag = fc.constantFrom("A", "B", "C", "D");
const branch = fc.option(fc.constantFrom("b1", "b2"), { nil: undefined });
const sdp = fc
  .record({
    host: fc.constantFrom("198.51.100.1", "198.51.100.2", "0.0.0.0", "2001:db8::7"),
    port: fc.constantFrom(0, 9, 4000, 4002, 5000),
    extra: fc.subarray(["a=rtcp-mux", "a=sendonly", "a=inactive", "a=mid:1", "a=rtcp:4711"]),
    hasVideo: fc.boolean(),
  })
  .map(({ host, port, extra, hasVideo }) =>
    audioSdp(host, port, [
      ...extra,
      ...(hasVideo ? ["m=video 6000 RTP/AVP 96", "a=rtpmap:96 VP8/90000"] : []),
    ]),
  );
const flags = fc.subarray([
  "port-latching",
  "rtcp-mux-offer",
  "rtcp-mux-require",
  "rtcp-mux-demux",
  "rtcp-mux-accept",
  "rtcp-mux-reject",
  "strict-source",
  "asymmetric",
  "new-branch",
  "generate-mid",
  "original-sendrecv",
]);

const step = fc.oneof(
  fc.record({
    kind: fc.constantFrom("offer", "answer"),
    from: tag,
    to: fc.option(tag, { nil: undefined }),
    branch,
    sdp,
    flags,
  }),
  fc.record({
    kind: fc.constant("delete"),
    from: fc.option(tag, { nil: undefined }),
    to: fc.option(tag, { nil: undefined }),
    branch,
    delay: fc.constantFrom(0, 0, 5),
  }),
  fc.record({ kind: fc.constant("pass"), seconds: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant("packets") }),
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function perform(test: TestEngine, at: Step): void {
  if (!("kind" in at)) return;
  try {
    if (at.kind === "pass" && "seconds" in at) test.pass(at.seconds);
    else if (at.kind === "packets") test.packetsEverywhere();
    else if ("delay" in at) {
      test.remove(
        {
          ...(at.from && { fromTag: at.from }),
          ...(at.to && { toTag: at.to }),
          ...(at.branch && { viaBranch: at.branch }),
        },
        at.delay,
      );
    } else if ("sdp" in at) {
      const keys = {
        "from-tag": at.from,
        ...(at.to !== undefined && { "to-tag": at.to }),
        ...(at.branch !== undefined && { "via-branch": at.branch }),
        flags: at.flags,
      };
      if (at.kind === "answer" && (at.to === undefined || test.engine.size === 0)) return;
      test.signal(at.kind as "offer" | "answer", keys, at.sdp);
    }
  } catch (error) {
    // A refusal is an answer; anything else is a fault.
    if (!(error instanceof ProxyError) || error.code === "E_INVARIANT") throw error;
  }
}

/** Ports the calls believe they hold. */
function held(test: TestEngine): Set<number> {
  const ids = new Set<number>();
  for (const call of test.engine.calls()) {
    for (const media of call.medias) {
      for (const map of media.portMaps) for (const { flowId } of map.sockets) ids.add(flowId);
    }
  }
  return ids;
}

it("whatever the order of offers, answers, deletes and time, the books balance and the end is empty", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 25 }),
      fc.option(fc.integer({ min: 2, max: 14 }), { nil: undefined }),
      (steps, capacity) => {
        const test = new TestEngine({ timeoutSeconds: 30 });
        if (capacity !== undefined) test.dataplane.capacity = capacity;
        for (const at of steps) {
          perform(test, at);
          const reserved = new Set([...test.dataplane.ports.values()].map(({ flowId }) => flowId as number));
          expect(held(test)).toEqual(reserved);
          expect(new Set(test.dataplane.flows.keys())).toEqual(reserved);
          for (const flow of test.dataplane.flows.values()) {
            for (const sink of flow.sinks) expect(reserved.has(sink.follows)).toBe(true);
          }
          expect(test.engine.timers).toBe(test.engine.size);
        }
        test.engine.close();
        expect([test.dataplane.ports.size, test.dataplane.flows.size, test.engine.timers]).toEqual([0, 0, 0]);
      },
    ),
    { numRuns: 400 },
  );
});
