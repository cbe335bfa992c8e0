import { describe, expect, it } from "vitest";
import { type CtlStatus, runCtl } from "../../../src/cli/ctl.ts";
import { drainTimeout } from "../../../src/cli/ctl-drain.ts";

interface Reading {
  readonly draining: boolean;
  readonly calls: number;
}

/** A daemon that gives these answers, the last one again and again. */
async function run(
  readings: readonly (Reading | string)[],
  argv: readonly string[],
  isTerminal = false,
): Promise<{ status: CtlStatus; out: string; error: string; asked: string[] }> {
  const asked: string[] = [];
  let [out, error] = ["", ""];
  const status = await runCtl(argv, {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
    ask: async (_target, command) => {
      const reading = readings[Math.min(asked.length, readings.length - 1)]!;
      asked.push(command);
      return typeof reading === "string" ? reading : JSON.stringify(reading);
    },
    readFile: () => undefined,
    version: () => "",
    installedVersion: () => "Version: 10.5\n",
    size: () => (isTerminal ? { columns: 80, rows: 24 } : undefined),
    signal: new AbortController().signal,
  });
  return { status, out, error, asked };
}

describe("rtpengine-ctl drain --timeout", () => {
  it("ends well at once when there is no call", async () => {
    expect(await run([{ draining: true, calls: 0 }], ["drain", "--timeout", "60"])).toEqual({
      status: 0,
      out: "Drained: no call left\n",
      error: "",
      asked: ["json drain"],
    });
  });

  it("asks again until the last call is gone", async () => {
    const readings = [
      { draining: true, calls: 2 },
      { draining: true, calls: 1 },
      { draining: true, calls: 0 },
    ];
    const { status, asked } = await run(readings, ["drain", "--timeout=60"]);
    expect([status, asked]).toEqual([0, ["json drain", "json list drain", "json list drain"]]);
  });

  it("gives up in time, with the calls that are left", async () => {
    const { status, out } = await run([{ draining: true, calls: 1 }], ["drain", "--timeout", "0.05"]);
    expect([status, out]).toEqual([1, "Still draining: 1 call left\n"]);
  });

  it("does not wait for a drain that somebody else has ended", async () => {
    const readings = [
      { draining: true, calls: 3 },
      { draining: false, calls: 3 },
    ];
    const { status, out } = await run(readings, ["drain", "--timeout", "60"]);
    expect([status, out]).toEqual([1, "The drain was ended by somebody else: 3 calls left\n"]);
  });

  it("keeps one line up to date on a terminal", async () => {
    const readings = [
      { draining: true, calls: 2 },
      { draining: true, calls: 0 },
    ];
    const { out } = await run(readings, ["drain", "--timeout", "60"], true);
    expect(out).toBe("\r\u001b[K2 calls left, waiting 60 s more\r\u001b[KDrained: no call left\n");
  });

  it("prints one JSON value", async () => {
    const { status, out } = await run([{ draining: true, calls: 0 }], ["--json", "drain", "--timeout", "1"]);
    expect([status, JSON.parse(out)]).toEqual([0, { draining: true, calls: 0 }]);
  });

  it("says that a daemon cannot drain", async () => {
    const { status, error } = await run(
      ["Unknown or incomplete command:json\n"],
      ["drain", "--timeout", "1"],
    );
    expect(status).toBe(3);
    expect(error).toContain("does not know how to drain: Unknown or incomplete command");
  });

  it.each(["drain --timeout", "drain --timeout x", "drain --timeout -1", "drain --timeout 1e9"])(
    "does not take %j",
    async (command) => {
      expect(drainTimeout(command)).toHaveProperty("reason");
      expect((await run([], command.split(" "))).status).toBe(2);
    },
  );

  it.each(["drain", "drain off", "list drain"])("leaves %j to the daemon", (command) => {
    expect(drainTimeout(command)).toBeUndefined();
  });
});
