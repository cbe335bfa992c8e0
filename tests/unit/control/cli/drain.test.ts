import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../../../src/control/commands/index.ts";
import { FIGURES } from "../../../../src/observe/figures.ts";
import { figuresAsPrometheus } from "../../../../src/observe/prometheus.ts";
import { parseNgRequest } from "../../../../src/wire/ng/request.ts";
import { TestCli } from "../../../support/cli.ts";
import { audioSdp } from "../../../support/engine.ts";

function offer(cli: TestCli, callId: string, supports: string[] = []): unknown {
  const sdp = audioSdp("192.0.2.1", 4000);
  const request = parseNgRequest({ command: "offer", "call-id": callId, "from-tag": "A", supports, sdp });
  const { engine } = cli.engine;
  const context = {
    engine,
    unixMicros: (at: number) => at,
    statistics: () => ({}),
    cli: () => "",
    from: "192.0.2.9:1",
  };
  return COMMANDS.offer!(request, context);
}

describe("drain", () => {
  it("refuses new calls with the load limit, and lets those there are be renegotiated", () => {
    const cli = new TestCli();
    cli.call("known");
    expect(cli.ask("drain")).toBe("Draining: 1 call left\n");
    expect(() => offer(cli, "new", ["load-limit"])).toThrow(
      expect.objectContaining({ code: "E_LOAD_LIMIT", message: "Draining", isUnderstood: true }),
    );
    expect(() => offer(cli, "new")).toThrow("Parallel session limit reached");
    expect(offer(cli, "known")).toHaveProperty("sdp");
    expect(cli.engine.engine.size).toBe(1);
  });

  it("can be taken back", () => {
    const cli = new TestCli();
    cli.ask("drain");
    expect(cli.ask("drain off")).toBe("Not draining: 0 calls\n");
    expect(offer(cli, "new")).toHaveProperty("sdp");
  });

  it("is shown where figures are", () => {
    const cli = new TestCli();
    expect(figuresAsPrometheus(FIGURES, cli.snapshot())).toContain("\nrtpengine_draining 0\n");
    cli.ask("drain");
    expect(figuresAsPrometheus(FIGURES, cli.snapshot())).toContain("\nrtpengine_draining 1\n");
    expect(cli.ask("list totals")).toMatch(/Draining \(new calls are refused\) +:1\n/);
    expect(cli.askJson("list drain")).toEqual({ draining: true, calls: 0 });
  });

  it("is logged once, however often it is asked for", () => {
    const cli = new TestCli();
    for (let time = 0; time < 3; time++) cli.ask("drain");
    expect(cli.logged.filter((line) => line.includes("Draining"))).toHaveLength(1);
  });

  it("takes no other word", () => {
    expect(new TestCli().ask("drain of")).toBe("Unknown or incomplete command::of\n");
  });
});
