import { describe, expect, it } from "vitest";
import type { CallPlan, HeardDirection } from "../../../../src/role/verify/call.ts";
import { findingSummary, findingTable } from "../../../../src/role/verify/finding.ts";
import { readHep } from "../../../../src/role/verify/hep.ts";
import {
  judgeCall,
  judgeConfiguration,
  judgeHep,
  judgeKernel,
  judgeMetrics,
  judgeService,
  judgeTotals,
  kernelPackets,
  listedPackets,
} from "../../../../src/role/verify/judge.ts";
import { interfacePairs, readTarget, type Target } from "../../../../src/role/verify/target.ts";

const INTERNAL = {
  name: "internal",
  bind: { family: 4, address: "192.0.2.20" },
  advertised: { family: 4, address: "192.0.2.20" },
} as const;
const EXTERNAL = {
  name: "external",
  bind: { family: 4, address: "198.51.100.20" },
  advertised: { family: 4, address: "203.0.113.7" },
} as const;
const PLAN: CallPlan = { id: "call", caller: INTERNAL, callee: EXTERNAL, isSecure: false };
const OURS = { isOurs: true, version: "0.1.0", carrier: "steered", obstacle: "" };
const UPSTREAM = { isOurs: false, version: "", carrier: "", obstacle: "" };

const direction = (changes: Partial<HeardDirection> = {}): HeardDirection => ({
  from: "192.0.2.20:42000",
  to: "198.51.100.20:42002",
  sent: 100,
  received: 100,
  lost: 0,
  jitterMs: 0.25,
  toneHeardMs: 1900,
  ...changes,
});
const talked = (...changes: Partial<HeardDirection>[]) =>
  judgeCall({ plan: PLAN, talkMs: 2000, directions: changes.map(direction) }, UPSTREAM);

describe("a call", () => {
  it("is in order when both hear the tone and nothing is lost", () => {
    expect(talked({}, {})).toMatchObject({
      check: "call",
      outcome: "ok",
      evidence: expect.stringContaining("heard both ways, 200 packets, none lost, jitter 0.3 ms"),
    });
    expect(talked({}, {}).fix).toBeUndefined();
  });

  it("is worth a word when something is lost, and fails when that is heard", () => {
    expect(talked({}, { lost: 4 })).toMatchObject({ outcome: "warn", fix: expect.stringContaining("nstat") });
    expect(talked({}, { lost: 5 }).outcome).toBe("fail");
  });

  it("fails when one side hears nothing, whatever arrives there, and says which way", () => {
    expect(talked({}, { toneHeardMs: 900, received: 80 })).toMatchObject({
      outcome: "fail",
      evidence: expect.stringMatching(/heard one way only\n192.* → 198.*: 100 packets sent, 80 arrived$/),
    });
    expect(talked({ toneHeardMs: 0 }, { toneHeardMs: 0 }).evidence).toContain("nothing is heard");
  });

  it("with SRTP is passed over where our engine says that it cannot carry it, and fails otherwise", () => {
    const plan = { ...PLAN, isSecure: true };
    const reason = "offer refused: RTP/SAVP (SRTP) is not built yet in this version";
    const refused = { plan, reason, isRefused: true, isAtLimit: false };
    expect(judgeCall(refused, OURS)).toMatchObject({
      check: "secure-call",
      outcome: "skip",
      evidence: expect.stringMatching(/^not yet \(Secure media\): version 0\.1\.0 says: /),
    });
    expect(judgeCall(refused, UPSTREAM).outcome).toBe("fail");
    expect(judgeCall({ ...refused, reason: "Ran out of ports" }, OURS).outcome).toBe("fail");
    expect(judgeCall({ ...refused, isRefused: false }, OURS).outcome).toBe("fail");
    expect(judgeCall({ ...refused, plan: PLAN }, OURS).outcome).toBe("fail");
  });

  it("is worth a word where the daemon carries as many calls as it may", () => {
    const reason = "offer refused for now: Parallel session limit reached";
    const full = judgeCall({ plan: PLAN, reason, isRefused: false, isAtLimit: true }, UPSTREAM);
    expect(full).toMatchObject({
      check: "call",
      outcome: "warn",
      fix: expect.stringContaining("maxsessions"),
    });
    expect(full.evidence).toContain(reason);
  });
});

const target: Target = {
  configFile: "/etc/rtpengine/rtpengine.conf",
  ng: [],
  cli: [],
  http: [],
  interfaces: [INTERNAL],
  table: 0,
  homer: "192.0.2.1:9060",
  homerProtocol: "udp",
  warnings: ["line 7: homer: is not built"],
};

describe("the kernel path", () => {
  const reading = { hasModule: true, listed: 0, counted: 0, seconds: 7, hasTalked: true, refusal: "" };

  it("is in order when either counter has moved", () => {
    expect(judgeKernel(target, UPSTREAM, { ...reading, counted: 193 }).outcome).toBe("ok");
    expect(judgeKernel(target, UPSTREAM, { ...reading, listed: 12 }).outcome).toBe("ok");
    expect(judgeKernel(target, UPSTREAM, reading)).toMatchObject({
      outcome: "fail",
      evidence: "table 0: no packet of 7 s of media went through the kernel",
    });
  });

  it("that is not there is none, and worth a word where it was wanted", () => {
    const none = { ...reading, hasModule: false };
    expect(judgeKernel({ ...target, table: -1 }, UPSTREAM, none).outcome).toBe("skip");
    expect(judgeKernel(target, UPSTREAM, none)).toMatchObject({
      outcome: "warn",
      fix: expect.stringContaining("modprobe"),
    });
    const refusal = "could not insert 'xt_RTPENGINE': Key was rejected by service";
    expect(judgeKernel(target, UPSTREAM, { ...none, refusal })).toMatchObject({
      outcome: "warn",
      evidence: expect.stringMatching(
        /the kernel refuses the module: .*Key was rejected.*media go through user space/,
      ),
      fix: expect.stringContaining("rtpengine-role doctor"),
    });
  });

  it("of our engine needs no module, and is worth a word where eBPF is kept from it", () => {
    const none = { ...reading, hasModule: false };
    expect(judgeKernel(target, OURS, { ...none, counted: 190 })).toMatchObject({
      outcome: "ok",
      evidence: expect.stringContaining("190 packets"),
    });
    expect(judgeKernel(target, OURS, none)).toMatchObject({
      outcome: "warn",
      evidence: "eBPF: no packet of 7 s of media went through the kernel",
    });
    expect(judgeKernel(target, OURS, { ...none, hasTalked: false }).outcome).toBe("skip");
    const kept = { ...OURS, obstacle: "forwarding in the kernel needs CAP_BPF" };
    expect(judgeKernel(target, kept, none)).toMatchObject({
      outcome: "warn",
      evidence: 'none here: forwarding in the kernel needs CAP_BPF; media go through the backend "steered"',
      fix: "rtpengine-ctl fastpath status",
    });
    const off = { ...OURS, obstacle: "forwarding in the kernel is switched off" };
    expect(judgeKernel(target, off, none).outcome).toBe("skip");
  });

  it("is not judged without calls, or where it is not used", () => {
    expect(judgeKernel(target, UPSTREAM, { ...reading, hasTalked: false }).outcome).toBe("skip");
    expect(judgeKernel({ ...target, table: -1 }, UPSTREAM, reading).outcome).toBe("skip");
  });

  it("is counted from the table's list and from the daemon's statistics", () => {
    expect(
      listedPackets(" stats: 1720 bytes, 10 packets, 0 errors\n stats: 344 bytes, 2 packets, 0 errors"),
    ).toBe(12);
    expect(listedPackets("")).toBe(0);
    expect(kernelPackets({ totalstatistics: { relayedpackets_kernel: 342 } })).toBe(342);
    expect(kernelPackets({})).toBe(0);
  });
});

describe("the configuration", () => {
  it("is worth a word where our engine does not carry all of it; upstream's daemon has its own", () => {
    expect(judgeConfiguration(target, OURS)).toMatchObject({
      outcome: "warn",
      evidence: "/etc/rtpengine/rtpengine.conf: internal 192.0.2.20\nline 7: homer: is not built",
    });
    expect(judgeConfiguration(target, UPSTREAM).outcome).toBe("ok");
    expect(judgeConfiguration({ ...target, warnings: [] }, OURS).outcome).toBe("ok");
  });
});

describe("service and ports", () => {
  it("fail with what was said instead", () => {
    expect(judgeService("rtpengine.service", "active").outcome).toBe("ok");
    expect(judgeService("rtpengine.service", "failed")).toMatchObject({
      outcome: "fail",
      evidence: "rtpengine.service is failed",
    });
    expect(judgeService("rtpengine.service", undefined).outcome).toBe("skip");
    expect(
      judgeTotals("127.0.0.1:9900", " Owned sessions    :3\n Uptime of rtpengine  :7 seconds\n"),
    ).toMatchObject({
      outcome: "ok",
      evidence: "127.0.0.1:9900: up 7 s, 3 sessions",
    });
    expect(judgeTotals("127.0.0.1:9900", "HTTP/1.1 400 Bad Request\r\n").outcome).toBe("fail");
    expect(judgeMetrics("http://127.0.0.1:2225/metrics", 200, "rtpengine_sessions 0\n").outcome).toBe("ok");
    expect(judgeMetrics("http://127.0.0.1:2225/metrics", 200, "nginx_up 1\n").outcome).toBe("fail");
    expect(judgeMetrics("http://127.0.0.1:2225/metrics", 404, "").evidence).toContain("HTTP status 404");
  });
});

describe("Homer", () => {
  const chunk = (type: number, ...value: number[]): number[] => [
    0,
    0,
    0,
    type,
    0,
    6 + value.length,
    ...value,
  ];
  const hep = (...chunks: number[][]): Uint8Array => {
    const body = chunks.flat();
    return Uint8Array.of(0x48, 0x45, 0x50, 0x33, 0, 6 + body.length, ...body);
  };

  it("gets packets with capture ID, type and Call-ID", () => {
    const id = chunk(0x11, ...Buffer.from("call-1"));
    const packet = readHep(hep(chunk(1, 2), chunk(0x0b, 5), chunk(0x0c, 0, 0, 7, 0xd2), id));
    expect(packet).toEqual({ protocolType: 5, captureId: 2002, correlationId: "call-1" });
    expect(judgeHep(target, "192.0.2.1:9060", [packet!])).toMatchObject({ outcome: "ok" });
    expect(judgeHep(target, "192.0.2.1:9060", [])).toMatchObject({ outcome: "fail" });
    expect(judgeHep({ ...target, homer: undefined }, "192.0.2.1:9060", []).evidence).toContain("not told");
  });

  it("takes nothing else for one", () => {
    const whole = hep(chunk(0x0b, 5));
    for (let length = 0; length < whole.length; length++)
      expect(readHep(whole.subarray(0, length))).toBeUndefined();
    const endless = hep([0, 0, 0, 1, 0, 0]);
    expect(readHep(endless)).toBeUndefined();
    expect(readHep(Uint8Array.from(Buffer.from("HEP2......")))).toBeUndefined();
  });
});

describe("the target", () => {
  const read = (text: string) =>
    readTarget("/etc/rtpengine/rtpengine.conf", { readFile: () => text, hostAddresses: [] }) as Target;

  it("is what the daemon's configuration says: who listens everywhere is asked here", () => {
    const found = read(
      "[rtpengine]\ninterface=a/192.0.2.1;b/2001:db8::1;b/198.51.100.1!203.0.113.7;c/192.0.2.3\nlisten-ng=2223\nlisten-cli=9900\nhomer=192.0.2.9:9060\ntable=3\n",
    );
    expect(found.ng).toEqual([
      { family: 4, address: "127.0.0.1", port: 2223 },
      { family: 6, address: "::1", port: 2223 },
    ]);
    expect(found.http).toEqual([]);
    expect(found).toMatchObject({ table: 3, homer: "192.0.2.9:9060", homerProtocol: "udp" });
    expect(found.interfaces.map(({ name, bind }) => `${name} ${bind.address}`)).toEqual([
      "a 192.0.2.1",
      "b 198.51.100.1",
      "c 192.0.2.3",
    ]);
    const pairs = interfacePairs(found.interfaces).map(([from, to]) => `${from.name}-${to.name}`);
    expect(pairs).toEqual(["a-b", "a-c"]);
    expect(interfacePairs([INTERNAL])).toEqual([[INTERNAL, INTERNAL]]);
  });

  it("has a reason with the line where no daemon would start", () => {
    expect(readTarget("f.conf", { readFile: () => "[rtpengine]\ntimeout=x\n", hostAddresses: [] })).toEqual({
      reason: expect.stringMatching(/f\.conf:2: /),
    });
  });
});

it("findings are a table with what helps, and are counted", () => {
  const findings = [
    judgeService("rtpengine.service", "failed"),
    judgeMetrics("http://h/", 200, "rtpengine_x 1"),
  ];
  expect(findingTable(findings, (outcome) => outcome.padEnd(4))).toBe(
    [
      "  fail  service runs        rtpengine.service is failed",
      "                            → systemctl status rtpengine; journalctl -u rtpengine -n 50",
      "  ok    metrics are served  http://h/: 1 values",
      "",
    ].join("\n"),
  );
  expect(findingSummary(findings)).toBe("1 ok, 1 failed, 0 skipped");
});
