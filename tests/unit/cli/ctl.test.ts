import { describe, expect, it } from "vitest";
import { type CtlStatus, type CtlTerminal, runCtl } from "../../../src/cli/ctl.ts";

const STATISTICS = JSON.stringify({
  currentstatistics: { sessionstotal: 3, packetrate_kernel: 100, packetrate: 100 },
  worststreams: [
    {
      callid: "a\u001b[2Jb",
      mos: 2.5,
      loss_pct: 4,
      jitter_ms: 30,
      tier: "kernel",
      address: "192.0.2.1:4000",
    },
  ],
});

/** Answers of a daemon that speaks upstream's protocol: one command, one answer, then it closes. */
const ANSWERS: Readonly<Record<string, string>> = {
  "list totals": "Uptime: 5 seconds\nCalls: 1\n",
  "list jsonstats": STATISTICS,
  "json list counters": '{"packets":7}',
  list: "More parameters required.\n",
  "list sessions nosuch": "\nCall ID not found (nosuch).\n\n",
  "set timeout x": "Invalid value\n",
  usage:
    "Available commands:\n\tlist                  : all\n\tlist sessions <callid> | all   : list sessions\n" +
    "\tset timeout <uint>     : set it\n\tmedia list | add : media\n",
};

const answer = (_: unknown, command: string): Promise<string> =>
  Promise.resolve(ANSWERS[command] ?? `Unknown command: ${command}\n`);

async function run(
  argv: readonly string[],
  ask: CtlTerminal["ask"] = answer,
): Promise<{ status: CtlStatus; out: string; error: string }> {
  const out: string[] = [];
  const error: string[] = [];
  const status = await runCtl(argv, {
    out: (text) => void out.push(text),
    error: (text) => void error.push(text),
    ask,
    readFile: () => undefined,
    size: () => undefined,
    version: () => "1.2.3",
    installedVersion: () => "Version: 10.5\n",
    signal: new AbortController().signal,
  });
  return { status, out: out.join(""), error: error.join("") };
}

const REFUSING: CtlTerminal["ask"] = () => Promise.reject(new Error("cannot connect"));

describe("rtpengine-ctl", () => {
  it("prints the daemon's answer", async () => {
    expect(await run(["list", "totals"])).toEqual({
      status: 0,
      out: "Uptime: 5 seconds\nCalls: 1\n",
      error: "",
    });
  });

  it.each([[["nonsense"]], [["list"]]])("fails when the daemon refuses %j", async (argv) => {
    const { status, error } = await run(argv);
    expect(status).toBe(1);
    expect(error).toContain("usage");
  });

  it.each([
    [
      "list sessions nosuch",
      "Call ID not found (nosuch).\nUsage: rtpengine-ctl list sessions <callid> | all\n",
    ],
    ["get sessions nosuch", /Unknown command/],
    ["set timeout x", "Invalid value\nUsage: rtpengine-ctl set timeout <uint>\n"],
    ["media frob", /Usage: rtpengine-ctl media list \| add\n$/],
    ["list sesions all", /rtpengine-ctl usage lists the commands\n$/],
  ])("says how a command that was refused is used: %s", async (line, text) => {
    const { status, error } = await run(line.split(" "));
    expect(status).toBe(1);
    if (typeof text === "string") expect(error).toBe(text);
    else expect(error).toMatch(text);
  });

  it("does not point an older daemon's user to a list that it does not have", async () => {
    const { error } = await run(["nonsense"], () => Promise.resolve("Unknown or incomplete command::x\n"));
    expect(error).toBe("Unknown or incomplete command::x\n");
  });

  it("prints its own version without asking anybody", async () => {
    expect(await run(["--version"], REFUSING)).toMatchObject({ status: 0, out: "Version: 1.2.3\n" });
  });

  it("prints the daemon's JSON, or wraps the lines of one that has none", async () => {
    expect((await run(["--json", "list", "counters"])).out).toBe('{"packets":7}\n');
    expect(JSON.parse((await run(["--json", "list", "totals"])).out)).toEqual({
      command: "list totals",
      lines: ["Uptime: 5 seconds", "Calls: 1"],
    });
    expect((await run(["--json", "list", "jsonstats"])).out).toBe(`${STATISTICS}\n`);
    expect((await run(["--json", "nonsense"])).status).toBe(1);
  });

  it("draws top once where there is no terminal, without control characters of call-ids", async () => {
    const { status, out } = await run(["top"]);
    expect(status).toBe(0);
    expect(out).toContain("calls 3 (own -, foreign -)");
    expect(out).toMatch(/kernel\s+100/);
    expect(out).toContain("2.50   4.0%   30.0ms  kernel    192.0.2.1:4000");
    expect(out).not.toContain("\u001b");
  });

  it("prints its usage on request, and as an error without a command", async () => {
    expect(await run(["--help"])).toMatchObject({ status: 0, error: "" });
    expect(await run([])).toMatchObject({ status: 2, out: "" });
  });

  it("says why there is no answer", async () => {
    const { status, error } = await run(["--ip=127.0.0.1", "list"], REFUSING);
    expect([status, error]).toEqual([3, "rtpengine-ctl: cannot connect\n"]);
  });

  it("says where an address that nobody gave came from", async () => {
    const { error } = await run(["list"], REFUSING);
    expect(error).toBe("rtpengine-ctl: cannot connect (address from the default; use --ip for another)\n");
  });
});
