import { describe, expect, it } from "vitest";
import { audioSdp, lines, mediaPorts, TestEngine } from "../../support/engine.ts";

const ALICE = audioSdp("198.51.100.1", 4000);
const BOB = audioSdp("198.51.100.2", 5000);

function establish(test: TestEngine): void {
  test.offer(ALICE);
  test.answer(BOB);
}

describe("a call", () => {
  it("puts our address and an even port with the next one for RTCP into each SDP", () => {
    const test = new TestEngine();
    const towardsBob = test.offer(ALICE);
    const [port] = mediaPorts(towardsBob);
    expect(port! % 2).toBe(0);
    expect(lines(towardsBob, "a=rtcp:")).toEqual([`a=rtcp:${port! + 1}`]);
    expect(lines(towardsBob, "c=")).toEqual(["c=IN IP4 203.0.113.1"]);
    const towardsAlice = test.answer(BOB);
    expect(mediaPorts(towardsAlice)).not.toEqual([port]);
  });

  it("sends what one party sends to where the other wants to receive", () => {
    const test = new TestEngine();
    establish(test);
    const flows = [...test.dataplane.flows.values()];
    expect(flows).toHaveLength(4);
    const toBob = flows.find(({ source }) => source.expected?.port === 4000)!;
    expect(toBob.sinks.map(({ carries, to }) => [carries, to?.address, to?.port])).toEqual([
      ["rtp", "198.51.100.2", 5000],
      ["rtcp", "198.51.100.2", 5001],
    ]);
  });

  it("lets the packet side know where a party's signalling came from", () => {
    const test = new TestEngine();
    test.offer(ALICE, { "received-from": ["IP4", "192.0.2.55"] });
    test.answer(BOB);
    test.offer(ALICE, { "to-tag": "B" });
    const sources = [...test.dataplane.flows.values()].map(({ source }) => source);
    expect(sources.map(({ expected, receivedFrom }) => [expected?.port, receivedFrom?.address])).toEqual(
      expect.arrayContaining([
        [4000, "192.0.2.55"],
        [4001, "192.0.2.55"],
        [5000, undefined],
        [5001, undefined],
      ]),
    );
  });

  it("keeps its ports over a re-INVITE from the same addresses", () => {
    const test = new TestEngine();
    const first = test.offer(ALICE);
    test.answer(BOB);
    const again = test.offer(ALICE, { "to-tag": "B" });
    expect(mediaPorts(again)).toEqual(mediaPorts(first));
    expect(test.dataplane.ports.size).toBe(4);
  });

  it("gives the other side a new port when a party moves", () => {
    const test = new TestEngine();
    const first = test.offer(ALICE);
    test.answer(BOB);
    const moved = test.offer(audioSdp("198.51.100.1", 4400), { "to-tag": "B" });
    expect(mediaPorts(moved)).not.toEqual(mediaPorts(first));
  });

  it("follows a callee that moves by a re-INVITE of its own, whose tags are the other way round", () => {
    const test = new TestEngine();
    const towardsBob = test.offer(ALICE);
    const towardsAlice = test.answer(BOB);
    const tags = { "from-tag": "B", "to-tag": "A" };
    const moved = test.offer(audioSdp("198.51.100.2", 5500), tags);
    const accepted = test.answer(ALICE, tags);
    expect(mediaPorts(moved)).not.toEqual(mediaPorts(towardsAlice));
    expect(mediaPorts(accepted)).toEqual(mediaPorts(towardsBob));
    const flowOn = (sdp: string) =>
      [...test.dataplane.flows.values()].find(({ local }) => local.port === mediaPorts(sdp)[0])!;
    expect(flowOn(moved).sinks[0]!.to?.port).toBe(5500);
    expect(flowOn(accepted).source.expected?.port).toBe(5500);
    expect(flowOn(accepted).sinks[0]!.to?.port).toBe(4000);
  });

  it("keeps the port of a party that moves when ports latch", () => {
    const test = new TestEngine();
    const first = test.offer(ALICE);
    test.answer(BOB);
    const moved = test.offer(audioSdp("198.51.100.1", 4400), { "to-tag": "B", flags: ["port latching"] });
    expect(mediaPorts(moved)).toEqual(mediaPorts(first));
  });

  it("stops sending to a party on hold and goes on when it resumes", () => {
    const test = new TestEngine();
    establish(test);
    const held = test.offer(audioSdp("198.51.100.1", 4000, ["a=sendonly"]), { "to-tag": "B" });
    expect(lines(held, "a=sendonly")).toHaveLength(1);
    const fromBob = () =>
      [...test.dataplane.flows.values()].find(({ source }) => source.expected?.port === 5000)!;
    expect(fromBob().sinks.map(({ carries }) => carries)).toEqual(["rtcp"]);
    test.offer(ALICE, { "to-tag": "B" });
    expect(fromBob().sinks.map(({ carries }) => carries)).toEqual(["rtp", "rtcp"]);
  });

  it("shows an old-style hold as it came: with a zero address", () => {
    const test = new TestEngine();
    establish(test);
    const held = test.offer(audioSdp("0.0.0.0", 4000), { "to-tag": "B" });
    expect(lines(held, "c=")).toEqual(["c=IN IP4 0.0.0.0"]);
    for (const flow of test.dataplane.flows.values()) {
      for (const sink of flow.sinks) expect(sink.to?.address).not.toBe("0.0.0.0");
    }
  });

  it("adds a media section in a re-INVITE and rejects one in the answer", () => {
    const test = new TestEngine();
    establish(test);
    const video = "m=video 4002 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n";
    const offered = test.offer(ALICE + video, { "to-tag": "B" });
    expect(mediaPorts(offered)).toHaveLength(2);
    const answered = test.answer(`${BOB}m=video 0 RTP/AVP 96\r\n`);
    expect(mediaPorts(answered)[1]).toBe(0);
    const rejected = [...test.dataplane.flows.values()].filter(({ sinks }) => sinks.length === 0);
    expect(rejected.length).toBeGreaterThan(0);
  });

  it("forks: each branch gets ports of its own, and the one that answers gets the media", () => {
    const test = new TestEngine();
    const one = test.offer(ALICE, { "via-branch": "one" });
    const two = test.offer(ALICE, { "via-branch": "two" });
    expect(mediaPorts(one)).not.toEqual(mediaPorts(two));
    test.answer(BOB, { "to-tag": "B2", "via-branch": "two" });
    const fromAlice = [...test.dataplane.flows.values()].find(
      ({ source }) => source.expected?.port === 4000,
    )!;
    expect(fromAlice.sinks).toHaveLength(2);
    expect(fromAlice.sinks[0]!.from.port).toBe(mediaPorts(two)[0]);
  });

  it("lets a tag that changes in early dialogues answer for the same branch", () => {
    const test = new TestEngine();
    test.offer(ALICE);
    test.answer(BOB, { "to-tag": "B1" });
    test.answer(BOB, { "to-tag": "B2" });
    expect(test.dataplane.ports.size).toBe(4);
    expect(test.engine.find("call")!.monologues[1]!.tagAliases).toEqual(["B1"]);
  });

  it("bridges IPv4 and IPv6", () => {
    const test = new TestEngine();
    const towardsBob = test.offer(ALICE, { "address-family": "IP6" });
    expect(lines(towardsBob, "c=")).toEqual(["c=IN IP6 2001:db8:4321::1"]);
    const towardsAlice = test.answer(audioSdp("2001:db8::2", 5000));
    expect(lines(towardsAlice, "c=")).toEqual(["c=IN IP4 203.0.113.1"]);
  });

  it("leaves one port of each pair when both sides multiplex RTCP", () => {
    const test = new TestEngine();
    test.offer(audioSdp("198.51.100.1", 4000, ["a=rtcp-mux"]));
    expect(test.dataplane.ports.size).toBe(4);
    const answer = test.answer(audioSdp("198.51.100.2", 5000, ["a=rtcp-mux"]));
    expect(lines(answer, "a=rtcp-mux")).toHaveLength(1);
    expect(lines(answer, "a=rtcp:")).toEqual([`a=rtcp:${mediaPorts(answer)[0]}`]);
    expect(test.dataplane.ports.size).toBe(2);
  });
});

describe("roll-back", () => {
  it("leaves no port and no flow behind when ports run out", () => {
    const test = new TestEngine();
    test.dataplane.capacity = 3;
    expect(() => test.offer(ALICE)).toThrow("Ran out of ports");
    expect(test.dataplane.ports.size).toBe(0);
    expect(test.engine.size).toBe(0);
    expect(test.engine.timers).toBe(0);
  });

  it("leaves a running call as it was when a re-INVITE is refused", () => {
    const test = new TestEngine();
    establish(test);
    const before = test.engine.find("call");
    const flows = new Map(test.dataplane.flows);
    const secure = ALICE.replace("RTP/AVP", "RTP/SAVP");
    expect(() => test.offer(secure, { "to-tag": "B" })).toThrow("RTP/SAVP (SRTP) is not built yet");
    expect(test.engine.find("call")).toBe(before);
    expect(test.dataplane.flows).toEqual(flows);
  });

  it("refuses a party that talks to itself", () => {
    const test = new TestEngine();
    establish(test);
    expect(() => test.offer(ALICE, { "to-tag": "A" })).toThrow("Invalid dialogue association");
  });
});

describe("the end of a call", () => {
  it("gives everything back at once when deleted without delay", () => {
    const test = new TestEngine();
    establish(test);
    expect(test.remove({ fromTag: "A" })).toBe(true);
    expect([test.dataplane.ports.size, test.dataplane.flows.size, test.engine.timers]).toEqual([0, 0, 0]);
    expect(test.ended.map(({ reason }) => reason)).toEqual(["delete"]);
  });

  it("waits out the delete delay, and lives on when signalled within it", () => {
    const test = new TestEngine();
    establish(test);
    test.remove({}, 10);
    test.pass(5);
    test.offer(ALICE, { "to-tag": "B" });
    test.pass(20);
    expect(test.engine.size).toBe(1);
    test.remove({}, 10);
    test.pass(11);
    expect(test.engine.size).toBe(0);
    expect(test.dataplane.ports.size).toBe(0);
  });

  it("takes out one branch and leaves the others talking", () => {
    const test = new TestEngine();
    test.offer(ALICE, { "via-branch": "one" });
    test.offer(ALICE, { "via-branch": "two" });
    test.answer(BOB, { "to-tag": "B2", "via-branch": "two" });
    const ports = test.dataplane.ports.size;
    expect(test.remove({ fromTag: "A", viaBranch: "one" })).toBe(true);
    expect(test.engine.size).toBe(1);
    expect(test.dataplane.ports.size).toBe(ports - 2);
    const fromAlice = [...test.dataplane.flows.values()].find(
      ({ source }) => source.expected?.port === 4000,
    )!;
    expect(fromAlice.sinks[0]!.to?.port).toBe(5000);
  });

  it("deletes an unanswered call that is named by a to-tag nobody has told us", () => {
    const test = new TestEngine();
    test.offer(ALICE);
    expect(test.remove({ fromTag: "A", toTag: "never-seen" })).toBe(true);
    expect(test.engine.size).toBe(0);
  });

  it("does nothing for a tag that is not of the call", () => {
    const test = new TestEngine();
    establish(test);
    expect(test.remove({ fromTag: "stranger" })).toBe(false);
    expect(test.engine.size).toBe(1);
  });
});

describe("timeouts", () => {
  it("close a call that has gone quiet on all streams", () => {
    const test = new TestEngine({ timeoutSeconds: 20 });
    establish(test);
    test.pass(15);
    test.packetsEverywhere();
    test.pass(15);
    expect(test.engine.size).toBe(1);
    test.pass(6);
    expect(test.ended.map(({ reason }) => reason)).toEqual(["timeout"]);
    expect(test.dataplane.ports.size).toBe(0);
  });

  it("leave a call on hold to the silent timeout", () => {
    const test = new TestEngine({ timeoutSeconds: 20, silentTimeoutSeconds: 100 });
    establish(test);
    test.offer(audioSdp("198.51.100.1", 4000, ["a=inactive"]), { "to-tag": "B" });
    test.answer(audioSdp("198.51.100.2", 5000, ["a=inactive"]));
    test.pass(90);
    expect(test.engine.size).toBe(1);
    test.pass(12);
    expect(test.ended.map(({ reason }) => reason)).toEqual(["silent-timeout"]);
  });

  it("leave an unanswered offer to the offer timeout", () => {
    const test = new TestEngine({ timeoutSeconds: 20, offerTimeoutSeconds: 50 });
    test.offer(ALICE);
    test.pass(45);
    expect(test.engine.size).toBe(1);
    test.pass(6);
    expect(test.ended.map(({ reason }) => reason)).toEqual(["offer-timeout"]);
  });

  it("end a call after the final timeout, packets or not", () => {
    const test = new TestEngine({ finalTimeoutSeconds: 30 });
    establish(test);
    test.pass(29);
    test.packetsEverywhere();
    test.pass(2);
    expect(test.ended.map(({ reason }) => reason)).toEqual(["final-timeout"]);
  });
});

describe("pierce NAT", () => {
  it("sends to a peer each second until something is heard from it", () => {
    const test = new TestEngine();
    test.offer(ALICE, { flags: ["pierce NAT"] });
    const toAlice = () => test.dataplane.sent.filter(({ to }) => to === "198.51.100.1:4000").length;
    expect(toAlice()).toBe(1);
    test.pass(3);
    expect(toAlice()).toBeGreaterThanOrEqual(3);
    test.packetsEverywhere();
    const before = toAlice();
    test.pass(3);
    expect(toAlice()).toBe(before);
  });

  it("sends nothing unasked", () => {
    const test = new TestEngine();
    establish(test);
    test.pass(3);
    expect(test.dataplane.sent).toEqual([]);
  });
});
