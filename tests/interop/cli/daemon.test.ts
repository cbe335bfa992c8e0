import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { audioSdp } from "../../support/engine.ts";

const ROOT = join(import.meta.dirname, "../../..");
const OURS = join(ROOT, "bin/rtpengine-ctl");
/** Of the package rtpengine-utils. */
const DEBIANS = "/usr/bin/rtpengine-ctl";

interface Result {
  readonly status: number;
  readonly out: string;
  readonly error: string;
}

let daemon: ChildProcess;
let ngPort: number;
let cliPort: number;
let httpPort: number;

function run(program: string, args: readonly string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(program, [...args], { timeout: 20_000 }, (failure, out, error) => {
      resolve({ status: failure ? ((failure.code as unknown as number) ?? -1) : 0, out, error });
    });
  });
}

const ours = (...words: string[]): Promise<Result> => run(OURS, ["--port", String(cliPort), ...words]);
const debians = (...words: string[]): Promise<Result> =>
  run(DEBIANS, ["-ip", `127.0.0.1:${cliPort}`, ...words]);

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

const text = (value: string): string => `${Buffer.byteLength(value)}:${value}`;

/** Asks over NG; undefined when there is no answer in time. */
function ng(cookie: string, request: Readonly<Record<string, string>>): Promise<string | undefined> {
  const body = Object.entries(request).map(([key, value]) => text(key) + text(value));
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const timer = setTimeout(() => finish(undefined), 1000);
    const finish = (reply: string | undefined): void => {
      clearTimeout(timer);
      socket.close(() => resolve(reply));
    };
    socket.on("error", () => finish(undefined));
    socket.on("message", (message) => finish(message.toString()));
    socket.send(`${cookie} d${body.join("")}e`, ngPort, "127.0.0.1");
  });
}

async function makeCall(callId: string): Promise<void> {
  const keys = { "call-id": callId, "from-tag": "A" };
  const offered = await ng(`o-${callId}`, { command: "offer", ...keys, sdp: audioSdp("127.0.0.1", 4000) });
  expect(offered).toContain("6:result2:ok");
  const answer = { command: "answer", ...keys, "to-tag": "B", sdp: audioSdp("127.0.0.1", 4002) };
  expect(await ng(`a-${callId}`, answer)).toContain("6:result2:ok");
}

beforeAll(async () => {
  [ngPort, cliPort, httpPort] = [await freePort(), await freePort(), await freePort()];
  daemon = spawn(
    join(ROOT, "bin/rtpengine"),
    [
      "--config-file=none",
      "--table=-1",
      "--foreground",
      "--log-stderr",
      "--backend=sockets",
      "--interface=127.0.0.1",
      "--port-min=41000",
      "--port-max=41099",
      `--listen-ng=127.0.0.1:${ngPort}`,
      `--listen-cli=127.0.0.1:${cliPort}`,
      `--listen-http=127.0.0.1:${httpPort}`,
    ],
    { stdio: "ignore" },
  );
  for (let attempt = 0; attempt < 20; attempt++) {
    if ((await ng(`p${attempt}`, { command: "ping" }))?.includes("pong")) return;
  }
  throw new Error("the daemon does not answer");
}, 60_000);

afterAll(async () => {
  const exited = new Promise<number | null>((resolve) => daemon.once("exit", resolve));
  daemon.kill("SIGTERM");
  expect(await exited).toBe(0);
});

describe("the running daemon", () => {
  it("shows a call to both clients alike", async () => {
    await makeCall("shown");
    const own = await ours("list", "sessions", "all");
    expect(own).toMatchObject({ status: 0, error: "" });
    expect(own.out).toMatch(/^ID: +shown \| del:n \| creat: +\d+ \| prx:127\.0\.0\.1:\d+ \|/);
    expect((await debians("list", "sessions", "all")).out).toBe(own.out);
    const tree = await debians("list", "sessions", "shown");
    expect(tree.out).toMatch(/-------- Port {7}127\.0\.0\.1:410\d\d <> {7}127\.0\.0\.1:4000 , SSRC 0, 0 p/);
    await ours("terminate", "shown");
  });

  it("obeys set from both clients", async () => {
    expect((await debians("set", "timeout", "77")).out).toBe("Success setting timeout to 77\n");
    expect((await ours("list", "timeout")).out).toBe("TIMEOUT=77\n");
    expect((await ours("set", "controltos", "184")).out).toBe("Success setting control-tos to 184\n");
    expect(await ng("tos", { command: "ping" })).toContain("pong");
    expect((await ours("params", "diff")).out).toBe("timeout: 60 => 77\ncontrol-tos: 0 => 184\n");
    expect((await debians("params", "revert")).status).toBe(0);
    expect(await ours("params", "diff")).toEqual({ status: 0, out: "", error: "" });
  });

  it("ends calls on demand", async () => {
    await makeCall("first");
    await makeCall("second");
    expect((await debians("terminate", "first")).out).toBe(
      "\nCall Id (first) successfully terminated by operator.\n\n",
    );
    expect((await ours("list", "numsessions")).out).toContain("Current sessions total: 1\n");
    expect((await ours("terminate", "all")).status).toBe(0);
    expect((await ours("list")).out).toBe("0 sessions\n");
    expect((await ours("list", "interfaces")).out).toContain("Ports used:     0 /   100");
  });

  it.each([
    [["frob"], 1],
    [["list", "sessions"], 1],
    [["list", "sessions", "nix"], 1],
    [["terminate", "nix"], 1],
    [["set", "timeout", "x"], 1],
    [["active"], 1],
    [["--json", "frob"], 1],
    [["--json", "list"], 0],
    [["version"], 0],
    [["list", "totals"], 0],
    [["top"], 0],
    [[], 2],
    [["--frob"], 2],
  ])("gives %j the exit status %i", async (words, status) => {
    expect((await ours(...words)).status).toBe(status);
  });

  it("is missed when it is not there", async () => {
    const { status, error } = await run(OURS, ["--port", String(await freePort()), "list"]);
    expect([status, error]).toEqual([3, expect.stringContaining("is the daemon running")]);
  });

  it("answers with JSON whatever is asked", async () => {
    await makeCall("json");
    const { out } = await ours("--json", "list", "sessions", "json");
    expect(JSON.parse(out)).toMatchObject({ callid: "json", tags: [{ tag: "A" }, { tag: "B" }] });
    expect(JSON.parse((await ours("--json", "terminate", "nix")).out)).toHaveProperty("error");
    expect((await ours("terminate", "json")).status).toBe(0);
  });

  it("serves metrics and ping over HTTP", async () => {
    const ping = await fetch(`http://127.0.0.1:${httpPort}/ping`);
    expect(await ping.text()).toBe("pong\n");
    const metrics = await fetch(`http://127.0.0.1:${httpPort}/metrics`);
    expect(metrics.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const body = await metrics.text();
    expect(body).toContain('rtpengine_requests_total{proxy="127.0.0.1",request="offer"}');
    expect(body).toMatch(/rtpengine_backend_info\{name="default",address="127\.0\.0\.1",backend="sockets",/);
  });

  it("answers NG statistics with the figures of list jsonstats", async () => {
    const reply = await ng("stats", { command: "statistics" });
    expect(reply).toContain("10:statisticsd17:currentstatisticsd11:sessionsown");
    expect(reply).toMatch(/15:avgcallduration[0-9]+:[0-9]+\./);
    const json = JSON.parse((await ours("list", "jsonstats")).out);
    for (const section of Object.keys(json)) expect(reply).toContain(text(section));
  });
});

describe("actions that only print", () => {
  it.each([
    [["--codecs"], 0, "No codec is transcoded"],
    [["--nftables-status"], 0, "nothing to manage"],
    [["--nftables-start"], 0, "nothing to manage"],
    [["--version"], 0, "Version: "],
    [["--config-test", "--interface=127.0.0.1"], 1, "the daemon would not start"],
    [["--config-test", "--interface=127.0.0.1", "--timeout=x"], 1, "timeout"],
    [["--config-test", "--interface=127.0.0.1", "--listen-ng=127.0.0.1:28999", "--json"], 0, '{"ok":true'],
  ])("%j", async (options, status, part) => {
    const result = await run(join(ROOT, "bin/rtpengine"), ["--config-file=none", ...options]);
    expect(result.status).toBe(status);
    expect(result.out).toContain(part);
  });
});
