import { describe, expect, it } from "vitest";
import { PIPELINE } from "../../../src/dataplane/relay/pipeline.ts";
import { MAX_SINKS } from "../../../src/flow/flow-record.ts";
import { WorkerEvent } from "../../../src/flow/ring.ts";
import { rtcp, rtp } from "../../support/packets.ts";
import { endpoint, localOf, makeFlow, PipelineBench } from "./support/bench.ts";

const A = "198.51.100.1:4000";
const B = "198.51.100.2:4000";
const sinkTo = (to: string): object => ({ to: endpoint(to) });

function bench(...args: Parameters<typeof makeFlow>): PipelineBench {
  const made = new PipelineBench();
  made.apply(makeFlow(...args));
  return made;
}

describe("demux", () => {
  const made = bench(0, {}, [sinkTo(B)]);
  it.each([
    ["short", [0x80]],
    ["unexpected-stun", [0x00, 0x01, 0, 0]],
    ["unknown-protocol", [0x04, 0x01]],
    ["unknown-protocol", [0x10, 0x01]],
    ["unexpected-dtls", [0x14, 0xfe]],
    ["unexpected-dtls", [0x3f, 0xfe]],
    ["unknown-protocol", [0x40, 0x00]],
    ["unknown-protocol", [0xc0, 0x00]],
  ])("drops as %s: %j", (reason, bytes) => {
    expect(made.receive(0, A, Uint8Array.from(bytes))).toBe(reason);
  });

  it("drops everything on a refused flow", () => {
    const refused = new PipelineBench();
    refused.apply(makeFlow(0, {}, [sinkTo(B)]), true);
    expect(refused.receive(0, A, rtp(1))).toBe("refused");
  });

  it("drops what arrives at a port without a flow", () => {
    expect(made.receive(3, A, rtp(1))).toBe("no-flow");
  });
});

describe("validate", () => {
  const made = bench(0, {}, [sinkTo(B)], { payloadTypes: { known: [0, 127], blocksUnknown: true } });
  const withFirstByte = (first: number, length = 20): Uint8Array => {
    const bytes = rtp(1, { length });
    bytes[0] = first;
    return bytes;
  };

  it("drops an RTP header that is cut off", () => {
    expect(made.receive(0, A, rtp(1).subarray(0, 11))).toBe("short");
    expect(made.receive(0, A, rtp(1, { length: 0 }))).toBe("");
  });

  it("drops more contributing sources than there are bytes", () => {
    expect(made.receive(0, A, withFirstByte(0x85, 20))).toBe("");
    expect(made.receive(0, A, withFirstByte(0x86, 20))).toBe("bad-rtp");
  });

  it("drops an extension longer than the packet", () => {
    const extended = (words: number): Uint8Array => {
      const bytes = withFirstByte(0x90);
      bytes[14] = 0;
      bytes[15] = words;
      return bytes;
    };
    expect(made.receive(0, A, extended(4))).toBe("");
    expect(made.receive(0, A, extended(5))).toBe("bad-rtp");
    expect(made.receive(0, A, withFirstByte(0x90, 3))).toBe("bad-rtp");
  });

  it("leaves padding alone, which may be ciphertext", () => {
    expect(made.receive(0, A, withFirstByte(0xa0))).toBe("");
  });

  it("drops payload types that were not negotiated when told to", () => {
    expect(made.receive(0, A, rtp(1, { payloadType: 8 }))).toBe("unknown-payload-type");
    expect(made.receive(0, A, rtp(1, { payloadType: 127 }))).toBe("");
    expect(made.receive(0, A, rtp(1, { payloadType: 127 | 0x80 }))).toBe("");
  });

  it("drops RTCP that is cut off or claims more than there is", () => {
    expect(made.receive(0, A, rtcp().subarray(0, 7))).toBe("short");
    const long = rtcp();
    long[3] = 2;
    expect(made.receive(0, A, long)).toBe("bad-rtcp");
    expect(made.receive(0, A, rtcp())).toBe("");
  });
});

describe("forward", () => {
  it("sends RTP and RTCP to the sinks that carry them", () => {
    const made = bench(0, {}, [
      { carries: "rtp", ...sinkTo("198.51.100.2:4000") },
      { carries: "rtcp", ...sinkTo("198.51.100.2:4001") },
      { carries: "both", ...sinkTo("198.51.100.2:4002") },
    ]);
    made.receive(0, A, rtp(1));
    expect(made.sent.map(({ to }) => to)).toEqual(["198.51.100.2:4000", "198.51.100.2:4002"]);
    made.sent.length = 0;
    made.receive(0, A, rtcp());
    expect(made.sent.map(({ to }) => to)).toEqual(["198.51.100.2:4001", "198.51.100.2:4002"]);
  });

  it("carries eight sinks, with their sockets and types of service", () => {
    const sinks = Array.from({ length: 8 }, (_, index) => ({
      ...sinkTo(`198.51.100.2:${4000 + index}`),
      from: localOf(index),
      tos: index,
    }));
    const made = bench(0, {}, sinks);
    made.receive(0, A, rtp(1));
    expect(made.sent).toEqual(
      sinks.map((_, index) => ({
        from: index,
        port: 1000 + index,
        tos: index,
        to: `198.51.100.2:${4000 + index}`,
      })),
    );
  });

  it("drops what no sink carries", () => {
    expect(bench(0).receive(0, A, rtp(1))).toBe("no-sink");
    expect(bench(0, {}, [{ carries: "rtcp", ...sinkTo(B) }]).receive(0, A, rtp(1))).toBe("no-sink");
  });

  it("drops what has no destination, until the peer has sent", () => {
    const made = bench(0, {}, [{}]);
    made.apply(makeFlow(1));
    expect(made.receive(0, A, rtp(1))).toBe("no-destination");
    made.receive(1, B, rtp(1));
    expect(made.receive(0, A, rtp(2))).toBe("");
    expect(made.sent[0]!.to).toBe(B);
  });

  it("prefers the learned endpoint to the signalled one", () => {
    const made = bench(0, {}, [sinkTo("198.51.100.9:9")]);
    made.apply(makeFlow(1));
    made.receive(1, B, rtp(1));
    made.receive(0, A, rtp(1));
    expect(made.sent[0]!.to).toBe(B);
  });

  it("goes back to the signalled endpoint as soon as signalling names a new endpoint", () => {
    const made = bench(0, {}, [sinkTo("198.51.100.9:9")]);
    made.apply(makeFlow(1));
    made.receive(1, B, rtp(1));
    made.apply(makeFlow(1, { latchEpoch: 2, endpointEpoch: 2 }));
    made.receive(0, A, rtp(1));
    expect(made.sent[0]!.to).toBe("198.51.100.9:9");
  });

  it("never sends to the endpoint of a call that was given the slot later", () => {
    const made = bench(0, {}, [sinkTo("198.51.100.9:9")]);
    made.slotEpochs[1]! += 1;
    expect(made.receive(0, A, rtp(1))).toBe("no-sink");
    const follower = bench(0, {}, [{ from: localOf(2), ...sinkTo("198.51.100.9:9") }]);
    follower.slotEpochs[1]! += 1;
    expect(follower.receive(0, A, rtp(1))).toBe("no-destination");
    expect([...made.sent, ...follower.sent]).toEqual([]);
  });

  it("waits for the peer's first packet when told to", () => {
    const made = bench(0, {}, [{ ...sinkTo(B), waitsForPeer: true }]);
    made.apply(makeFlow(1));
    expect(made.receive(0, A, rtp(1))).toBe("awaiting-peer");
    made.receive(1, B, rtp(1));
    expect(made.receive(0, A, rtp(2))).toBe("");
  });

  it("keeps blocked payload types from a sink, but not RTCP", () => {
    const made = bench(0, {}, [{ ...sinkTo(B), blockedPayloadTypes: [8, 101] }]);
    expect(made.receive(0, A, rtp(1, { payloadType: 101 }))).toBe("unknown-payload-type");
    expect(made.receive(0, A, rtp(2, { payloadType: 0 }))).toBe("");
    expect(made.receive(0, A, rtcp())).toBe("");
  });
});

describe("pipeline", () => {
  it("tells main of the first valid packet and of its source once", () => {
    const made = bench(0, {}, [sinkTo(B)]);
    const kinds = (): number[] => {
      const found: number[] = [];
      while (made.events.take(new Uint8Array(64), 0) >= 0) found.push(made.events.kind);
      return found;
    };
    made.receive(0, A, rtp(1));
    expect(kinds()).toEqual([WorkerEvent.Learned, WorkerEvent.Validated, WorkerEvent.Source]);
    made.receive(0, A, rtp(2));
    expect(kinds()).toEqual([]);
  });

  it("loses only the packet that a step throws on", () => {
    const made = bench(0, {}, [sinkTo(B)]);
    const steps = [
      ...PIPELINE.slice(0, -1),
      () => {
        throw new Error("on purpose");
      },
    ];
    expect(made.receive(0, A, rtp(1), 1, steps)).toBe("fault");
    expect(made.receive(0, A, rtp(2))).toBe("");
    expect(made.sent).toHaveLength(1);
  });
});

it("relays what is no RTP unread where the flow carries something else", () => {
  const made = bench(0, {}, [{ carries: "both", to: endpoint(B) }], { content: "opaque" });
  expect(made.receive(0, A, Uint8Array.of(0, 1, 2))).toBe("");
  expect(made.sent.map(({ to }) => to)).toEqual([B]);
});

it("reaches every sink of a flow that has all it may have, and no sink of its neighbour", () => {
  const made = new PipelineBench();
  const ports = Array.from({ length: MAX_SINKS }, (_, index) => `198.51.100.9:${6000 + 2 * index}`);
  made.apply(
    makeFlow(
      0,
      {},
      ports.map((to) => ({ carries: "both", to: endpoint(to) })),
    ),
  );
  made.apply(makeFlow(2, {}, [{ carries: "both", to: endpoint(B) }]));
  made.receive(0, A, rtp(1));
  expect(made.sent.map(({ to }) => to)).toEqual(ports);
  made.apply(
    makeFlow(
      0,
      {},
      ports.slice(0, 3).map((to) => ({ carries: "both", to: endpoint(to) })),
    ),
  );
  made.sent.length = 0;
  made.receive(0, A, rtp(2));
  expect(made.sent.map(({ to }) => to)).toEqual(ports.slice(0, 3));
});

describe("a flow that may send to itself", () => {
  const looping = (): PipelineBench => bench(0, {}, [sinkTo(B)], { detectsLoops: true });

  it("relays a packet thirty times more, then drops it until it has stayed away for a second", () => {
    const made = looping();
    const verdicts = Array.from({ length: 33 }, () => made.receive(0, A, rtp(1)));
    expect(verdicts.filter((reason) => reason === "loop")).toHaveLength(2);
    expect(verdicts.slice(0, 31).every((reason) => reason === "")).toBe(true);
    expect(made.receive(0, A, rtp(1), 9_000_000)).toBe("");
  });

  it("lets a stream pass, whose packets differ", () => {
    const made = looping();
    const verdicts = Array.from({ length: 200 }, (_, index) => made.receive(0, A, rtp(index)));
    expect(new Set(verdicts)).toEqual(new Set([""]));
  });

  it("finds several packets that go round together", () => {
    const made = looping();
    const verdicts = Array.from({ length: 60 }, (_, index) => made.receive(0, A, rtp(index % 5)));
    expect(verdicts.at(-1)).toBe("loop");
  });
});
