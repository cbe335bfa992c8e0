import { describe, expect, it } from "vitest";
import { type DemoArguments, parseDemoArguments } from "../../../../src/cli/demo/arguments.ts";
import { readCarrier } from "../../../../src/cli/demo/carrier.ts";
import type { DirectionReading } from "../../../../src/cli/demo/demo-call.ts";
import { callRecord, carrierInUse, faultsOf, liveLine } from "../../../../src/cli/demo/report.ts";
import { readCall } from "../../../../src/client/index.ts";

const GOOD: DirectionReading = {
  from: "Alice",
  to: "Bob",
  toneHz: 440,
  heardAt: { family: 4, address: "127.0.0.1", port: 4000 },
  sent: 500,
  received: 500,
  lost: 0,
  jitterMs: 0.44,
  toneHeardMs: 9900,
  isHearingTone: true,
};
const BACK = { ...GOOD, from: "Bob", to: "Alice" };

describe("the demo's verdict", () => {
  it("is good when both tones were heard for nearly all of the call, short ones included", () => {
    expect(faultsOf([GOOD, BACK], 10_000)).toEqual([]);
    expect(faultsOf([{ ...GOOD, toneHeardMs: 300 }], 500)).toEqual([]);
  });

  it("says who heard nothing and where, and what else was wrong", () => {
    expect(faultsOf([{ ...GOOD, received: 0, toneHeardMs: 0 }], 10_000)).toEqual([
      "Bob heard no tone: 0 packets arrived at 127.0.0.1:4000",
    ]);
    expect(faultsOf([{ ...GOOD, toneHeardMs: 0 }], 10_000)).toEqual([
      "Bob heard no tone of 440 Hz, though 500 of 500 packets arrived at 127.0.0.1:4000",
    ]);
    expect(faultsOf([{ ...GOOD, received: 200, toneHeardMs: 4000 }], 10_000)).toEqual([
      "Bob heard Alice's tone for 40 % of the call only: 200 of 500 packets arrived at 127.0.0.1:4000",
    ]);
    expect(faultsOf([{ ...GOOD, received: 0, toneHeardMs: 0 }], 100)).toHaveLength(1);
  });
});

describe("the demo's live line", () => {
  it("says all of both directions", () => {
    expect(liveLine([GOOD, BACK], "steered", 10_020)).toBe(
      "10 s, steered | Alice→Bob 500 packets, 0 lost, jitter 0.4 ms, tone heard | Bob→Alice 500 packets, 0 lost, jitter 0.4 ms, tone heard",
    );
    expect(
      liveLine(
        [
          { ...GOOD, lost: 2 },
          { ...BACK, lost: 9, isHearingTone: false },
        ],
        "x",
        0,
      ),
    ).toMatch(/500 packets, 0 lost.* 9 lost.*no tone$/);
  });

  it("says as much in the 80 columns of a terminal", () => {
    const line = liveLine(
      [
        { ...GOOD, received: 10_000 },
        { ...BACK, received: 10_000 },
      ],
      "steered",
      200_000,
      80,
    );
    expect(line).toBe("200 s, steered | A→B 10000 lost 0 0.4 ms tone | B→A 10000 lost 0 0.4 ms tone");
  });

  it("never wraps", () => {
    for (const columns of [200, 80, 20]) {
      expect(liveLine([GOOD, BACK], "steered", 0, columns).length).toBeLessThan(columns);
    }
  });
});

describe("the demo's call record", () => {
  const stream = {
    "local address": "127.0.0.1",
    "local port": 30_000,
    endpoint: { address: "127.0.0.1", port: 4000 },
    flags: ["RTP", "filled", "confirmed"],
    stats: { packets: 500, bytes: 86_000, errors: 0 },
    stats_out: { packets: 499, bytes: 85_828 },
  };
  const callOf = (flags: string[]) =>
    readCall({
      tags: { alice: { medias: [{ index: 1, streams: [{ ...stream, flags }, { flags: ["RTCP"] }] }] } },
    });

  it("has both directions, the engine's ports, and why no better tier carried it", () => {
    const carrier = { name: "sockets", reason: "steering needs CAP_BPF" };
    const record = callRecord(
      [GOOD, { ...BACK, toneHeardMs: 0, lost: 5 }],
      10_000,
      callOf(stream.flags),
      carrier,
    );
    expect(record).toContain("Call record: 10.0 s, carried by sockets (steering needs CAP_BPF)");
    expect(record).toContain("Alice → Bob: 500 packets sent, 500 received, 0 lost (0 %), jitter 0.4 ms");
    expect(record).toContain("440 Hz heard by Bob: yes, 99 % of the time");
    expect(record).toContain("5 lost (1.0 %)");
    expect(record).toContain("heard by Alice: no");
    expect(record).toContain(
      "peer 127.0.0.1:4000 (learned); 500 packets, 86000 bytes in; 499 packets, 85828 bytes out",
    );
  });

  it("takes the backend from the engine's answer, and nothing from an answer that is none", () => {
    const answer = '[{"name":"default","backend":"sockets","reason":"steering needs CAP_BPF"}]';
    expect(readCarrier(answer)).toEqual({ name: "sockets", reason: "steering needs CAP_BPF" });
    for (const odd of ["", "Unknown command\n", "[]", "{}", "[{}]"])
      expect(readCarrier(odd).name).toBe("unknown");
  });

  it("says kernel only where all of the call is there", () => {
    const backend = { name: "steered", reason: "" };
    expect(carrierInUse(callOf(["RTP", "kernelized"]), backend)).toBe("kernel");
    expect(carrierInUse(callOf(["RTP"]), backend)).toBe("steered");
    expect(carrierInUse(undefined, backend)).toBe("steered");
  });
});

describe("the demo's arguments", () => {
  const parse = (...argv: string[]): DemoArguments => {
    const parsed = parseDemoArguments(argv);
    if ("reason" in parsed) throw new Error(parsed.reason);
    return parsed;
  };

  it("have defaults, and take values after = or a space", () => {
    expect(parse()).toMatchObject({
      seconds: undefined,
      ng: { text: "127.0.0.1:2223" },
      cli: { text: "127.0.0.1:9900" },
    });
    expect(parse("--seconds", "4").seconds).toBe(4);
    expect(parse("--listen-ng=[::1]:2224", "--seconds=0.5")).toMatchObject({
      seconds: 0.5,
      ng: { endpoint: { family: 6, address: "::1", port: 2224 } },
    });
  });

  it("reach a daemon that listens everywhere by the loopback address", () => {
    expect(parse("--listen-ng=2224").ng.endpoint).toEqual({ family: 4, address: "127.0.0.1", port: 2224 });
    expect(parse("--listen-ng=[::]:2224").ng.endpoint.address).toBe("::1");
    expect(parse("--listen-ng=0.0.0.0:2224").ng).toMatchObject({
      text: "0.0.0.0:2224",
      endpoint: { address: "127.0.0.1" },
    });
  });

  it.each([
    ["--seconds=0", "above 0"],
    ["--seconds", "needs a value"],
    ["--seconds=", "needs a value"],
    ["--listen-ng=x:y", "is no port"],
    ["--listen-ng=host.example:1", "an IP address"],
    ["--interface=x", "no option of the demo"],
    ["constructor", "no option of the demo"],
  ])("refuse %s", (argument, reason) => {
    expect(parseDemoArguments([argument])).toMatchObject({ reason: expect.stringContaining(reason) });
  });
});
