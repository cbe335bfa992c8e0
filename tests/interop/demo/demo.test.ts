import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { unprivileged } from "../../support/processes/unprivileged.ts";
import { freePort, IS_ROOT, until } from "../support/engine.ts";

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

async function startDemo(args: string[], before: readonly string[] = [], ngPort?: number): Promise<Demo> {
  const port = ngPort ?? (await freePort());
  const listen = [
    `--listen-ng=127.0.0.1:${port}`,
    `--listen-cli=127.0.0.1:${await freePort()}`,
    `--listen-http=127.0.0.1:${await freePort()}`,
  ];
  const command = [...before, process.execPath, DEMO, ...listen, ...args];
  const child = spawn(command[0]!, command.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
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
    expect(demo.output()).toMatch(
      IS_ROOT ? /carried by (steered|kernel)/ : /carried by sockets \(steering .+\)/,
    );
    expect(demo.output().match(/^[1-4] s, .* tone heard \| .* tone heard$/gm)?.length).toBeGreaterThanOrEqual(
      3,
    );
    expect(demo.output()).toContain(`127.0.0.1:${demo.ngPort}`);
    expect(isAlive(daemonOf(demo))).toBe(false);
  });

  it.skipIf(!IS_ROOT)("works without privileges, and says why it is not steered", async () => {
    const demo = await startDemo(["--seconds=2"], unprivileged(DEMO));
    expect(await demo.code, demo.output()).toBe(0);
    expectGoodCall(demo.output());
    expect(demo.output()).toMatch(/carried by sockets \(steering needs .*CAP_NET_ADMIN/);
  });

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

  it("names who has its port, and the option to choose another", async () => {
    const port = await freePort();
    const socket = createSocket("udp4").bind(port, "127.0.0.1");
    await once(socket, "listening");
    try {
      const demo = await startDemo(["--seconds=4"], [], port);
      expect(await demo.code).toBe(1);
      expect(demo.output()).toContain(`UDP 127.0.0.1:${port} is taken by node, process ${process.pid}`);
      expect(demo.output()).toMatch(/npm start -- --listen-ng=127\.0\.0\.1:\d+/);
    } finally {
      socket.close();
    }
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
