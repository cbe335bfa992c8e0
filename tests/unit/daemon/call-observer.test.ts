import { describe, expect, it } from "vitest";
import type { Micros } from "../../../src/base/brand.ts";
import { CallObserver } from "../../../src/daemon/call-observer.ts";
import { sourceReading, TestCli } from "../../support/cli.ts";

/** Ends the call and lets the observer know. */
function endCall(cli: TestCli): void {
  cli.ask("terminate call");
  const observer = new CallObserver(cli.statistics, cli.context.log);
  for (const record of cli.engine.ended) observer.callEnded(record);
}

describe("CallObserver", () => {
  it("samples loss, jitter and MOS of every source when its call ends", () => {
    const cli = new TestCli();
    cli.call();
    cli.reading("call", "A", { packetsIn: 90, sources: [sourceReading()] });
    cli.reading("call", "B", { packetsIn: 9, sources: [sourceReading({ packets: 9, ssrc: 2 })] });
    endCall(cli);
    const { quality, interfaceQuality } = cli.statistics;
    expect(quality.packetloss).toMatchObject({ sum: 10, count: 1 });
    expect(quality.jitter_measured).toMatchObject({ sum: 10, count: 1 });
    expect(quality.mos.average).toBeGreaterThan(1);
    expect(interfaceQuality.get("default/203.0.113.1")?.mos.count).toBe(1);
  });

  it("counts one-sided calls and silent streams", () => {
    const cli = new TestCli();
    cli.call();
    cli.reading("call", "A", { packetsIn: 90 });
    endCall(cli);
    expect(cli.statistics).toMatchObject({ zeroPacketStreams: 1, oneWaySessions: 1, sessionsEnded: 1 });
  });

  it("says once for each address of a call why nothing is sent there, and what to do", () => {
    const cli = new TestCli();
    const observer = new CallObserver(cli.statistics, cli.context.log);
    cli.call("one");
    cli.call("two");
    const [one, two] = [...cli.engine.engine.calls()];
    const refused = [5000, 5001].map((port) => {
      return { endpoint: { family: 4, address: "127.0.0.1", port }, reason: "loopback" } as const;
    });
    cli.logged.length = 0;
    observer.endpointsRefused(one!, refused);
    observer.endpointsRefused(one!, refused);
    observer.endpointsRefused(two!, [{ ...refused[0]!, reason: "control-port" }]);
    expect(cli.logged).toEqual([
      expect.stringMatching(/WARNING: \[one\] .*loopback.*--interface=127\.0\.0\.1 peer=127\.0\.0\.1:5000$/),
      expect.stringMatching(/WARNING: \[two\] .*control port.*listen-ng/),
    ]);
    expect(cli.statistics.refusedEndpoints).toBe(5);
    cli.ask("terminate one");
    for (const record of cli.engine.ended) observer.callEnded(record);
    cli.logged.length = 0;
    observer.endpointsRefused(one!, refused);
    expect(cli.logged).toHaveLength(1);
  });

  it("logs a call that is being debugged whatever the level", () => {
    const cli = new TestCli();
    cli.call();
    cli.ask("set loglevel 0");
    cli.ask("debug call on");
    cli.logged.length = 0;
    endCall(cli);
    expect(cli.logged.filter((line) => line.includes("[call-end]"))).toHaveLength(1);
  });
});

describe("a snapshot", () => {
  it("counts streams that heard something in the last seconds, by who carried them", () => {
    const cli = new TestCli();
    cli.call();
    cli.reading("call", "A", { lastSeen: cli.engine.now, tier: "kernel" });
    cli.reading("call", "B", { lastSeen: (cli.engine.now - 6_000_000) as Micros, tier: "sockets" });
    expect(cli.snapshot().streams).toEqual({ user: 1, kernel: 0, mixed: 0 });
    cli.engine.dataplane.totalsReading = {
      ...cli.engine.dataplane.totalsReading,
      kernel: { packets: 1, bytes: 1, errors: 0 },
    };
    expect(cli.snapshot().streams).toEqual({ user: 0, kernel: 1, mixed: 0 });
  });

  it("names the worst ten streams, worst first", () => {
    const cli = new TestCli();
    for (let call = 0; call < 12; call++) {
      cli.call(`call-${call}`);
      cli.reading(`call-${call}`, "A", { sources: [sourceReading({ lost: call })] });
    }
    const { worstStreams } = cli.snapshot();
    expect(worstStreams).toHaveLength(10);
    expect(worstStreams[0]).toMatchObject({ callId: "call-11", tag: "A", address: "192.0.2.1:4000" });
  });
});
