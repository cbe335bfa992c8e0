import { describe, expect, it } from "vitest";
import { rtcp, rtp } from "../../support/packets.ts";
import { endpoint, makeFlow, PipelineBench } from "./support/bench.ts";

const SDP = "198.51.100.1:4000";
const OTHER_PORT = "198.51.100.1:5000";
const SAME_PORT = "203.0.113.7:4000";
const STRANGER = "203.0.113.7:6000";
const WAIT = 1;
const LATER = 3_000_001;

function flow(source: Parameters<typeof makeFlow>[1]): PipelineBench {
  const bench = new PipelineBench();
  bench.apply(makeFlow(0, { expected: endpoint(SDP), ...source }, [{ to: endpoint("192.0.2.9:9") }]));
  return bench;
}

describe("learning off", () => {
  it("accepts from anywhere and learns nothing", () => {
    const bench = flow({ learning: "off" });
    expect(bench.receive(0, STRANGER, rtp(1))).toBe("");
    expect(bench.learned(0)).toBe("");
  });

  it("drops what does not equal the signalled endpoint when strict", () => {
    const bench = flow({ learning: "off", isStrict: true });
    expect(bench.receive(0, STRANGER, rtp(1))).toBe("wrong-source");
    expect(bench.receive(0, SDP, rtp(2))).toBe("");
  });

  it("still moves on media handover", () => {
    const bench = flow({ learning: "off", allowsHandover: true });
    bench.receive(0, STRANGER, rtp(1));
    expect(bench.learned(0)).toBe(`${STRANGER} confirmed`);
  });

  it("is not strict while nothing was signalled", () => {
    const bench = new PipelineBench();
    bench.apply(makeFlow(0, { learning: "off", isStrict: true }, [{ to: endpoint("192.0.2.9:9") }]));
    expect(bench.receive(0, STRANGER, rtp(1))).toBe("");
  });
});

describe("immediate", () => {
  it("is decided by the first packet, during the wait too", () => {
    const bench = flow({ learning: "immediate" });
    bench.receive(0, STRANGER, rtp(1), WAIT);
    bench.receive(0, SDP, rtp(2), LATER);
    expect(bench.learned(0)).toBe(`${STRANGER} confirmed`);
  });

  it("relays strangers afterwards unless strict", () => {
    const lax = flow({ learning: "immediate" });
    const strict = flow({ learning: "immediate", isStrict: true });
    for (const bench of [lax, strict]) bench.receive(0, SDP, rtp(1));
    expect(lax.receive(0, STRANGER, rtp(2))).toBe("");
    expect(strict.receive(0, STRANGER, rtp(2))).toBe("wrong-source");
    expect(lax.learned(0)).toBe(`${SDP} confirmed`);
    expect(strict.states.byWorker(0 as never, 0)).toBe(1);
  });

  it("moves at any time on media handover", () => {
    const bench = flow({ learning: "immediate", allowsHandover: true, isStrict: true });
    bench.receive(0, SDP, rtp(1));
    expect(bench.receive(0, STRANGER, rtp(2))).toBe("");
    expect(bench.learned(0)).toBe(`${STRANGER} confirmed`);
  });

  it("is not decided by stray RTCP on an RTP port", () => {
    const bench = flow({ learning: "immediate" });
    expect(bench.receive(0, STRANGER, rtcp())).toBe("");
    expect(bench.learned(0)).toBe("");
  });

  it("is decided by RTCP on an RTCP port", () => {
    const bench = new PipelineBench();
    bench.apply(makeFlow(0, {}, [{ carries: "rtcp", to: endpoint("192.0.2.9:9") }]));
    bench.receive(0, STRANGER, rtcp());
    expect(bench.learned(0)).toBe(`${STRANGER} confirmed`);
  });

  it("keeps the endpoint over signalling that does not move it, and lets it be learned anew", () => {
    const bench = flow({ learning: "immediate" });
    bench.receive(0, STRANGER, rtp(1));
    bench.apply(makeFlow(0, { expected: endpoint(SDP), latchEpoch: 2 }, [], { generation: 2 }));
    expect(bench.learned(0, 2)).toBe(STRANGER);
    bench.receive(0, SDP, rtp(2));
    expect(bench.learned(0, 2)).toBe(`${SDP} confirmed`);
  });

  it("forgets when signalling names a new endpoint, and only then", () => {
    const bench = flow({ learning: "immediate" });
    bench.receive(0, STRANGER, rtp(1));
    bench.apply(makeFlow(0, { expected: endpoint(SDP), latchEpoch: 1 }, [], { generation: 2 }));
    bench.receive(0, SDP, rtp(2));
    expect(bench.learned(0, 1)).toBe(`${STRANGER} confirmed`);
    const moved = { expected: endpoint(SDP), latchEpoch: 2, endpointEpoch: 2 };
    bench.apply(makeFlow(0, moved, [], { generation: 3 }));
    expect(bench.learned(0, 2, 2)).toBe("");
    bench.receive(0, SDP, rtp(3));
    expect(bench.learned(0, 2, 2)).toBe(`${SDP} confirmed`);
  });
});

describe("delayed", () => {
  it("follows each packet during the wait, then keeps the first after it", () => {
    const bench = flow({ learning: "delayed" });
    bench.receive(0, STRANGER, rtp(1), WAIT);
    expect(bench.learned(0)).toBe(STRANGER);
    bench.receive(0, OTHER_PORT, rtp(2), WAIT);
    expect(bench.learned(0)).toBe(OTHER_PORT);
    bench.receive(0, SAME_PORT, rtp(3), LATER);
    expect(bench.learned(0)).toBe(`${SAME_PORT} confirmed`);
    bench.receive(0, SDP, rtp(4), LATER);
    expect(bench.learned(0)).toBe(`${SAME_PORT} confirmed`);
  });

  it("is not strict before it is confirmed", () => {
    const bench = flow({ learning: "delayed", isStrict: true });
    bench.receive(0, SDP, rtp(1), WAIT);
    expect(bench.receive(0, STRANGER, rtp(2), WAIT)).toBe("");
  });
});

describe("heuristic", () => {
  it("prefers another port of the host to the same port of another, and that to a stranger", () => {
    const bench = flow({ learning: "heuristic" });
    const learnedAfter = (from: string): string => {
      bench.receive(0, from, rtp(1), WAIT);
      return bench.learned(0);
    };
    expect(learnedAfter(STRANGER)).toBe(STRANGER);
    expect(learnedAfter(SAME_PORT)).toBe(SAME_PORT);
    expect(learnedAfter(OTHER_PORT)).toBe(OTHER_PORT);
    expect(learnedAfter(STRANGER)).toBe(OTHER_PORT);
  });

  it("confirms the signalled endpoint at once", () => {
    const bench = flow({ learning: "heuristic" });
    bench.receive(0, STRANGER, rtp(1), WAIT);
    bench.receive(0, SDP, rtp(2), WAIT);
    expect(bench.learned(0)).toBe(`${SDP} confirmed`);
  });

  it("confirms the best so far after the wait, whoever sends then", () => {
    const bench = flow({ learning: "heuristic" });
    bench.receive(0, OTHER_PORT, rtp(1), WAIT);
    bench.receive(0, STRANGER, rtp(2), LATER);
    expect(bench.learned(0)).toBe(`${OTHER_PORT} confirmed`);
  });

  it("drops a worse match than one seen before when strict", () => {
    const bench = flow({ learning: "heuristic", isStrict: true });
    expect(bench.receive(0, OTHER_PORT, rtp(1), WAIT)).toBe("");
    expect(bench.receive(0, STRANGER, rtp(2), WAIT)).toBe("unlearnable-source");
  });
});

describe("asymmetric", () => {
  it("never sends to where packets come from", () => {
    const bench = new PipelineBench();
    bench.apply(makeFlow(0, { isAsymmetric: true, expected: endpoint(SDP) }));
    bench.apply(
      makeFlow(1, {}, [{ from: { ...makeFlow(0).local }, follows: 0 as never, to: endpoint(SDP) }]),
    );
    bench.receive(0, STRANGER, rtp(1));
    bench.receive(1, "192.0.2.50:50", rtp(1));
    expect(bench.sent.map(({ to }) => to)).toEqual([SDP]);
  });

  it("with strict source, compares with where its packets came from first", () => {
    const bench = flow({ isAsymmetric: true, isStrict: true });
    expect(bench.receive(0, STRANGER, rtp(1))).toBe("");
    expect(bench.receive(0, STRANGER, rtp(2))).toBe("");
    expect(bench.receive(0, SAME_PORT, rtp(3))).toBe("wrong-source");
  });
});

describe("safe", () => {
  it("locks to the signalled endpoint at once and drops all others", () => {
    const bench = flow({ learning: "safe" });
    expect(bench.receive(0, SDP, rtp(1), WAIT)).toBe("");
    expect(bench.learned(0)).toBe(`${SDP} confirmed`);
    expect(bench.receive(0, OTHER_PORT, rtp(2), WAIT)).toBe("unlearnable-source");
  });

  it("never lets a stranger in while the signalled endpoint is reachable", () => {
    const bench = flow({ learning: "safe" });
    for (let index = 0; index < 50; index++) {
      expect(bench.receive(0, STRANGER, rtp(index), index * 1_000_000)).toBe("unlearnable-source");
    }
    expect(bench.learned(0)).toBe("");
  });

  it("takes another port of the signalled host for now, and a better match until it is locked", () => {
    const bench = flow({ learning: "safe" });
    expect(bench.receive(0, OTHER_PORT, rtp(1), WAIT)).toBe("");
    expect(bench.receive(0, OTHER_PORT, rtp(2), WAIT)).toBe("");
    expect(bench.learned(0)).toBe(OTHER_PORT);
    bench.receive(0, SDP, rtp(3), WAIT);
    expect(bench.learned(0)).toBe(`${SDP} confirmed`);
  });

  it("locks another port of the host by two packets in a row after the wait", () => {
    const bench = flow({ learning: "safe" });
    bench.receive(0, OTHER_PORT, rtp(1), WAIT);
    bench.receive(0, OTHER_PORT, rtp(7), LATER);
    expect(bench.learned(0)).toBe(OTHER_PORT);
    bench.receive(0, OTHER_PORT, rtp(8), LATER);
    expect(bench.learned(0)).toBe(`${OTHER_PORT} confirmed`);
    expect(bench.receive(0, SDP, rtp(9), LATER)).toBe("unlearnable-source");
  });

  it("prefers the signalled host to the host of the signalling", () => {
    const bench = flow({ learning: "safe", receivedFrom: { family: 4, address: "203.0.113.7" } });
    expect(bench.receive(0, STRANGER, rtp(1), WAIT)).toBe("");
    expect(bench.learned(0)).toBe(STRANGER);
    expect(bench.receive(0, OTHER_PORT, rtp(2), WAIT)).toBe("");
    expect(bench.learned(0)).toBe(OTHER_PORT);
    expect(bench.receive(0, STRANGER, rtp(3), WAIT)).toBe("unlearnable-source");
  });

  it("moves between ports of one host only for a source that is consistent", () => {
    const bench = flow({ learning: "safe" });
    bench.receive(0, OTHER_PORT, rtp(1), WAIT);
    expect(bench.receive(0, "198.51.100.1:7000", rtp(40), WAIT)).toBe("unlearnable-source");
    expect(bench.learned(0)).toBe(OTHER_PORT);
    expect(bench.receive(0, "198.51.100.1:7000", rtp(41), WAIT)).toBe("");
    expect(bench.learned(0)).toBe("198.51.100.1:7000");
  });

  it("with an unreachable endpoint, locks to the first source that sends two packets in a row", () => {
    const bench = flow({ learning: "safe", isExpectedReachable: false });
    expect(bench.receive(0, STRANGER, rtp(10))).toBe("unlearnable-source");
    expect(bench.receive(0, SAME_PORT, rtp(11))).toBe("unlearnable-source");
    expect(bench.receive(0, STRANGER, rtp(12))).toBe("unlearnable-source");
    expect(bench.receive(0, STRANGER, rtp(13, { ssrc: 99 }))).toBe("unlearnable-source");
    expect(bench.receive(0, STRANGER, rtp(14, { ssrc: 99 }))).toBe("");
    expect(bench.learned(0)).toBe(`${STRANGER} confirmed`);
    expect(bench.receive(0, SAME_PORT, rtp(15))).toBe("unlearnable-source");
  });

  it("passes stray RTCP from the signalled endpoint only, and learns nothing from it", () => {
    const bench = flow({ learning: "safe" });
    expect(bench.receive(0, SDP, rtcp())).toBe("");
    expect(bench.receive(0, OTHER_PORT, rtcp())).toBe("unlearnable-source");
    expect(bench.learned(0)).toBe("");
  });

  it("on media handover moves to an admissible source only", () => {
    const bench = flow({ learning: "safe", allowsHandover: true });
    bench.receive(0, SDP, rtp(1));
    expect(bench.receive(0, STRANGER, rtp(2))).toBe("unlearnable-source");
    expect(bench.receive(0, OTHER_PORT, rtp(3))).toBe("");
    expect(bench.learned(0)).toBe(`${OTHER_PORT} confirmed`);
  });
});
