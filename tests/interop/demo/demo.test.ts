import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { unprivileged } from "../../support/processes/unprivileged.ts";
import { freePort, IS_ROOT, until } from "../support/engine.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const DEMO = fileURLToPath(new URL("../../../src/cli/demo.ts", import.meta.url));

interface Demo {
  readonly child: ChildProcess;
  readonly ngPort: number;
  output(): string;
  readonly code: Promise<number | null>;
}

const running: Demo[] = [];

afterEach(async () => {
  for (const { child, code } of running.splice(0)) {
    child.kill("SIGKILL");
    await code;
  }
});

interface DemoStart {
  /** What runs it; the demo itself by default. */
  readonly command?: readonly string[];
  /** Its listeners; free ports by default. */
  readonly listen?: readonly string[];
}

async function startDemo(args: string[], start: DemoStart = {}): Promise<Demo> {
  const port = await freePort();
  const listen = start.listen ?? [
    `--listen-ng=127.0.0.1:${port}`,
    `--listen-cli=127.0.0.1:${await freePort()}`,
    `--listen-http=127.0.0.1:${await freePort()}`,
  ];
  const command = [...(start.command ?? [process.execPath, DEMO]), ...listen, ...args];
  const child = spawn(command[0]!, command.slice(1), { stdio: ["ignore", "pipe", "pipe"], cwd: ROOT });
  let text = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  const code = once(child, "close").then(([exitCode]) => exitCode as number | null);
  const demo = { child, ngPort: port, output: () => text, code };
  running.push(demo);
  return demo;
}

const daemonOf = (demo: Demo): number => Number(/process (\d+)\)/.exec(demo.output())?.[1]);
const isAlive = (pid: number): boolean => {
  try {
    // A process that has ended and was not yet waited for is gone as well.
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};
const talks = (demo: Demo): Promise<boolean> => until(() => / packets, \d+ lost/.test(demo.output()), 20_000);

function expectGoodCall(output: string): void {
  expect(output).toMatch(/440 Hz heard by Bob: yes, (9\d|100) % of the time/);
  expect(output).toMatch(/660 Hz heard by Alice: yes, (9\d|100) % of the time/);
  expect(output).toMatch(/Alice → Bob: \d+ packets sent, \d+ received, 0 lost/);
  expect(output).toMatch(/Engine's port for alice: 127\.0\.0\.1:\d+, peer 127\.0\.0\.1:\d+ \(learned\)/);
  expect(output).toContain("Both heard each other.");
}

describe("npm start's call", () => {
  it("ends by itself, both tones heard, the engine gone", async () => {
    const demo = await startDemo(["--seconds", "4"]);
    expect(await demo.code, demo.output()).toBe(0);
    expectGoodCall(demo.output());
    expect(demo.output()).toMatch(IS_ROOT ? /carried by kernel\n/ : /carried by sockets \(.*steering .+\)/);
    expect(demo.output().match(/^[1-4] s, .* tone heard \| .* tone heard$/gm)?.length).toBeGreaterThanOrEqual(
      3,
    );
    expect(demo.output()).toContain(`127.0.0.1:${demo.ngPort}`);
    expect(demo.output()).toMatch(/bin\/rtpengine-ctl --ip 127\.0\.0\.1:\d+ list totals/);
    expect(isAlive(daemonOf(demo))).toBe(false);
  });

  it.skipIf(!IS_ROOT)(
    "works without privileges, and says why neither the kernel forwards nor ports are steered",
    async () => {
      const demo = await startDemo(["--seconds=2"], {
        command: [...unprivileged(DEMO), process.execPath, DEMO],
      });
      expect(await demo.code, demo.output()).toBe(0);
      expectGoodCall(demo.output());
      expect(demo.output()).toMatch(
        /carried by sockets \(forwarding in the kernel needs .*; steering needs .*CAP_NET_ADMIN/,
      );
    },
  );

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "%s ends it in order, also when it comes twice",
    async (signal) => {
      const demo = await startDemo([]);
      expect(await talks(demo), demo.output()).toBe(true);
      demo.child.kill(signal);
      demo.child.kill(signal);
      expect(await demo.code, demo.output()).toBe(0);
      expectGoodCall(demo.output());
      expect(isAlive(daemonOf(demo))).toBe(false);
    },
  );

  it("names who has its ports, all at once, and gives one command that works", async () => {
    const ports = { ng: await freePort(), cli: await freePort(), http: await freePort() };
    const udp = createSocket("udp4").bind(ports.ng, "127.0.0.1");
    const tcp = createServer().listen(ports.http, "127.0.0.1");
    await Promise.all([once(udp, "listening"), once(tcp, "listening")]);
    const listen = Object.entries(ports).map(([name, port]) => `--listen-${name}=127.0.0.1:${port}`);
    try {
      const demo = await startDemo(["--seconds=2"], { listen });
      expect(await demo.code).toBe(1);
      const taken = `is taken by node, process ${process.pid}`;
      expect(demo.output()).toContain(`UDP 127.0.0.1:${ports.ng} (--listen-ng) ${taken}`);
      expect(demo.output()).toContain(`TCP 127.0.0.1:${ports.http} (--listen-http) ${taken}`);
      const [, advice] = /^ {2}npm start -- (.+)$/m.exec(demo.output()) ?? [];
      expect(advice).toContain("--seconds=2");
      expect(advice).toContain(`--listen-cli=127.0.0.1:${ports.cli}`);
      const second = await startDemo([], { listen: advice!.split(" ") });
      expect(await second.code, second.output()).toBe(0);
    } finally {
      udp.close();
      tcp.close();
    }
  });

  it("moves its media ports where another engine has the usual ones, or says what it died of", async () => {
    const first = await startDemo([]);
    expect(await talks(first), first.output()).toBe(true);
    const second = await startDemo(["--seconds=2"]);
    expect(await second.code, second.output()).toBe(0);
    expect(second.output()).toContain(
      `Media ports 40000-49999: another engine (process ${daemonOf(first)}) has 30000-39999`,
    );
    if (!IS_ROOT) return;
    const third = await startDemo(["--seconds=2", "--port-min=30000", "--port-max=30009"]);
    expect(await third.code).toBe(1);
    expect(third.output()).toMatch(/^ {2}Another engine \(process \d+\) has ports 30000-39999/m);
    expect(third.output()).not.toMatch(/WARNING|NOTICE|notice:/);
  });

  it("says so when the engine dies, with its last words", async () => {
    const demo = await startDemo(["--seconds=30"]);
    expect(await talks(demo), demo.output()).toBe(true);
    process.kill(daemonOf(demo), "SIGKILL");
    expect(await demo.code).toBe(1);
    expect(demo.output()).toContain("The engine was ended by SIGKILL. Its last lines:");
    expect(demo.output()).toContain("Startup complete");
  });

  it("leaves no engine behind when it is killed itself", async () => {
    const demo = await startDemo([]);
    expect(await talks(demo), demo.output()).toBe(true);
    const pid = daemonOf(demo);
    expect(isAlive(pid)).toBe(true);
    demo.child.kill("SIGKILL");
    expect(await until(() => !isAlive(pid), 10_000)).toBe(true);
  });

  it("refuses options that it does not know", async () => {
    const demo = await startDemo(["--second=4"]);
    expect(await demo.code).toBe(1);
    expect(demo.output()).toContain('"--second=4" is no option of the demo');
  });
});

const NPM = ["npm", "start", "--"];

describe("npm start itself", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("takes the engine along when npm gets %s", async (signal) => {
    const demo = await startDemo([], { command: NPM });
    expect(await talks(demo), demo.output()).toBe(true);
    const engine = daemonOf(demo);
    expect(isAlive(engine)).toBe(true);
    demo.child.kill(signal);
    await demo.code;
    expect(await until(() => !isAlive(engine), 10_000)).toBe(true);
    expect(demo.output()).toContain("Both heard each other.");
  });

  it("takes an engine alone along, and lets it end in order", async () => {
    const listen = [`--listen-ng=127.0.0.1:${await freePort()}`];
    const args = ["--config-file=none", "--interface=127.0.0.1"];
    const demo = await startDemo(args, { command: NPM, listen });
    expect(await until(() => demo.output().includes("Startup complete"), 20_000), demo.output()).toBe(true);
    demo.child.kill("SIGTERM");
    await demo.code;
    expect(await until(() => demo.output().includes("Shutting down"), 5000), demo.output()).toBe(true);
  });

  it.each([
    ["2", "npm start -- --seconds 2"],
    ["--sec 2", "did you mean --seconds?"],
  ])("starts nothing with %j", async (line, text) => {
    const demo = await startDemo(line.split(" "), { command: NPM, listen: [] });
    expect(await demo.code).not.toBe(0);
    expect(demo.output()).toContain(text);
    expect(demo.output()).not.toContain("Startup complete");
  });
});
