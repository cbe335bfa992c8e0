import { describe, expect, it } from "vitest";
import { runCtl } from "../../../src/cli/ctl.ts";
import { drawTop, readStatistics } from "../../../src/cli/top-view.ts";

const STATISTICS = {
  currentstatistics: {
    sessionstotal: 12,
    sessionsown: 10,
    sessionsforeign: 2,
    packetrate_user: 50,
    byterate_user: 1_000_000,
  },
  totalstatistics: { uptime: 90_061, managedsessions: 99, rejectedsessions: 1 },
  interfaces: [{ name: "pub", address: "192.0.2.1", ports: { used: 4, totals: 10_000 } }],
  worststreams: Array.from({ length: 50 }, (_, index) => ({ callid: `call-${index}`, mos: 1 + index / 20 })),
};

describe("the view of top", () => {
  it("shows calls, rates by tier, ports and the worst streams", () => {
    const lines = drawTop(readStatistics(STATISTICS), 120, 100).join("\n");
    expect(lines).toContain("up 1d 01:01:01  calls 12 (own 10, foreign 2)  ended 99  refused 1");
    expect(lines).toMatch(/user space +50 +8\.0M/);
    expect(lines).toMatch(/pub\/192\.0\.2\.1 +4 of 10000/);
    expect(lines).toContain("call-49");
  });

  it("has a row for the kernel only where the kernel forwards", () => {
    const rows = (packets: number) =>
      drawTop(readStatistics({ currentstatistics: { packetrate_kernel: packets } }), 120, 100).filter(
        (line) => line.startsWith("kernel"),
      );
    expect([rows(0).length, rows(1).length]).toEqual([0, 1]);
  });

  it("fits into the terminal", () => {
    const lines = drawTop(readStatistics(STATISTICS), 40, 20);
    expect(lines.length).toBe(20);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
  });

  it.each([
    [undefined],
    [null],
    [[]],
    [{ interfaces: 5, worststreams: [null], totalstatistics: { uptime: "x" } }],
  ])("shows dashes for what an answer like %j lacks", (answer) => {
    expect(drawTop(readStatistics(answer), 120, 100)[0]).toBe(
      "rtpengine  up -  calls - (own -, foreign -)  ended -  refused -",
    );
  });

  it("writes bit rates with a unit", () => {
    const rate = (bytes: number) =>
      drawTop(readStatistics({ currentstatistics: { byterate: bytes } }), 120, 100).find((line) =>
        line.startsWith("total"),
      );
    expect(rate(10)).toMatch(/ 80 /);
    expect(rate(200)).toMatch(/ 1\.6k/);
    expect(rate(1e9)).toMatch(/ 8\.0G/);
  });
});

describe("top on a terminal", () => {
  it("clears and draws until it is stopped", async () => {
    const controller = new AbortController();
    const drawn: string[] = [];
    const status = await runCtl(["top"], {
      out: (text) => {
        drawn.push(text);
        controller.abort();
      },
      error: () => {},
      ask: () => Promise.resolve(JSON.stringify(STATISTICS)),
      readFile: () => undefined,
      size: () => ({ columns: 80, rows: 24 }),
      version: () => "",
      installedVersion: () => "Version: 10.5\n",
      signal: controller.signal,
    });
    expect(status).toBe(0);
    expect(drawn).toHaveLength(1);
    expect(drawn[0]?.startsWith("\u001b[H\u001b[J")).toBe(true);
  });
});
