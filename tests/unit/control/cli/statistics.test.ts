import { describe, expect, it } from "vitest";
import type { Micros } from "../../../../src/base/brand.ts";
import { drawTop, readStatistics } from "../../../../src/cli/top-view.ts";
import { interfaceReading, sourceReading, TestCli } from "../../../support/cli.ts";

const NOTHING = { packets: 0, bytes: 0, errors: 0 };

describe("list counters", () => {
  it("shows rates by who carried the packets, and in total", () => {
    const cli = new TestCli();
    cli.rates.sample({ user: NOTHING, kernel: NOTHING }, 10);
    cli.rates.sample(
      { user: { packets: 50, bytes: 8000, errors: 1 }, kernel: { packets: 100, bytes: 16_000, errors: 0 } },
      11,
    );
    expect(cli.ask("list counters")).toBe(
      [
        "",
        "Current per-second counters:",
        "",
        " Packets per second (userspace)                  :50",
        " Bytes per second (userspace)                    :8000",
        " Errors per second (userspace)                   :1",
        " Packets per second (kernel)                     :100",
        " Bytes per second (kernel)                       :16000",
        " Errors per second (kernel)                      :0",
        " Packets per second (total)                      :150",
        " Bytes per second (total)                        :24000",
        " Errors per second (total)                       :1",
        "",
      ].join("\n"),
    );
    expect(cli.askJson("list counters")).toMatchObject({ packetrate: 150, byterate_kernel: 16_000 });
  });
});

describe("list interfaces", () => {
  it("shows ports, traffic, and why the better backend does not run", () => {
    const cli = new TestCli();
    cli.engine.dataplane.interfaceReadings = [interfaceReading()];
    const text = cli.ask("list interfaces");
    expect(text).toContain("Interface 'default' address '203.0.113.1' (IPv4)\n Port range: 30000 - 39999\n");
    expect(text).toContain(" Ports used:     4 / 10000 (  0.0%)\n");
    expect(text).toContain(" Backend: sockets (needs CAP_BPF)\n");
    expect(text).toContain("  Ingress:           11 /         12 /         13\n");
    expect(text).toContain("  Egress:            21 /         22 /         23\n");
    expect(text).toContain(" Packets lost/duplicates:         31 /         32\n");
    expect(cli.askJson("list interfaces")).toMatchObject([
      { name: "default", portsUsed: 4, backend: "sockets", reason: "needs CAP_BPF" },
    ]);
  });

  it("gives no reason where there is nothing to explain", () => {
    const cli = new TestCli();
    cli.engine.dataplane.interfaceReadings = [interfaceReading({ backend: "steered", reason: "" })];
    expect(cli.ask("list interfaces")).toContain(" Backend: steered\n");
  });
});

describe("stats", () => {
  it("puts the most important figures on six lines", () => {
    const cli = new TestCli();
    cli.call();
    cli.engine.dataplane.interfaceReadings = [interfaceReading()];
    expect(cli.ask("stats").trimEnd().split("\n")).toHaveLength(6);
    expect(cli.askJson("stats")).toMatchObject({ sessions: 1, portsused: 4, ports: 10_000, uptime: 100 });
  });
});

describe("top", () => {
  it("reads everything it shows from list jsonstats", () => {
    const cli = new TestCli();
    cli.call("abc");
    cli.engine.dataplane.interfaceReadings = [interfaceReading()];
    cli.reading("abc", "A", {
      lastSeen: 1_000_000_000 as Micros,
      sources: [sourceReading()],
      tier: "sockets",
    });
    cli.reading("abc", "B", { sources: [sourceReading({ lost: 0, ssrc: 2 })], tier: "sockets" });
    const reading = readStatistics(JSON.parse(cli.ask("list jsonstats")));
    expect(reading).toMatchObject({ uptimeSeconds: 100, sessions: 1, sessionsOwn: 1, sessionsForeign: 0 });
    expect(reading.ports).toEqual([{ name: "default", address: "203.0.113.1", used: 4, total: 10_000 }]);
    expect(reading.worst.map(({ tag, lossPercent, jitterMs }) => [tag, lossPercent, jitterMs])).toEqual([
      ["A", 10, 10],
      ["B", 0, 10],
    ]);
    expect(drawTop(reading, 200, 100).join("\n")).toMatch(
      /10\.0% {3}10\.0ms {2}sockets {3}192\.0\.2\.1:4000/,
    );
  });
});
