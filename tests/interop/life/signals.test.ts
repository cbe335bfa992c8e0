import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { eventually, run } from "../../support/processes/child.ts";
import { type RunningDaemon, startDaemon } from "../../support/processes/daemon.ts";
import { freePort } from "../support/engine.ts";

const folder = mkdtempSync(join(tmpdir(), "signals-"));
const pidFile = join(folder, "rtpengine.pid");
const running: RunningDaemon[] = [];

async function start(...more: string[]): Promise<RunningDaemon> {
  const listen = `--listen-ng=127.0.0.1:${await freePort()}`;
  const daemon = await startDaemon(["--interface=127.0.0.1", listen, `--pidfile=${pidFile}`, ...more]);
  running.push(daemon);
  return daemon;
}

afterEach(async () => {
  for (const { child } of running.splice(0)) await child.stop("SIGKILL");
  rmSync(pidFile, { force: true });
});

describe("the daemon", () => {
  it("goes on after SIGHUP and says that nothing is read anew", async () => {
    const daemon = await start();
    daemon.child.signal("SIGHUP");
    await daemon.child.says(/SIGHUP is ignored/);
    daemon.child.signal("SIGHUP");
    await eventually(() => daemon.child.output.match(/SIGHUP is ignored/g)?.length === 2, 5000);
    expect(await daemon.stop()).toBe(0);
  });

  it("takes a signal that comes twice, from a terminal and from who has started it, for one", async () => {
    const daemon = await start();
    daemon.child.signal("SIGINT");
    daemon.child.signal("SIGINT");
    daemon.child.signal("SIGTERM");
    expect(await daemon.child.end(5000)).toBe(0);
    expect(existsSync(pidFile)).toBe(false);
  });

  it("keeps its process number in the file while it runs", async () => {
    const daemon = await start();
    expect(readFileSync(pidFile, "utf8")).toBe(`${daemon.pid}\n`);
    await daemon.stop();
    expect(existsSync(pidFile)).toBe(false);
  });

  it("leaves the number of another daemon in the file where it cannot start itself", async () => {
    const daemon = await start();
    const second = await run("bin/rtpengine", [
      "--config-file=none",
      "--interface=127.0.0.1",
      "--listen-ng=192.0.2.99:1",
      `--pidfile=${pidFile}`,
      "--port-min=40000",
      "--port-max=40100",
    ]);
    expect(second.output).toContain("Cannot listen on 192.0.2.99:1: this host has no such address");
    expect(readFileSync(pidFile, "utf8")).toBe(`${daemon.pid}\n`);
  });

  it("leaves no file behind where it cannot start, and an older one alone", async () => {
    const failing = [
      "--config-file=none",
      "--interface=127.0.0.1",
      "--listen-ng=192.0.2.99:1",
      `--pidfile=${pidFile}`,
    ];
    await run("bin/rtpengine", failing);
    expect(existsSync(pidFile)).toBe(false);
    writeFileSync(pidFile, "77\n");
    await run("bin/rtpengine", failing);
    expect(readFileSync(pidFile, "utf8")).toBe("77\n");
  });

  it("says at the start where it listens, and where and how it relays", async () => {
    const daemon = await start(
      "--interface=pub/127.0.0.2!198.51.100.7",
      "--port-min=41000",
      "--port-max=41999",
    );
    const { output } = daemon.child;
    expect(output).toMatch(/NOTICE: \[start\] Listeners: listen-ng 127\.0\.0\.1:\d+\n/);
    expect(output).toContain("Media: default/127.0.0.1, ports 41000-41999\n");
    expect(output).toContain("Media: pub/127.0.0.2 advertised as 198.51.100.7, ports 41000-41999\n");
    expect(output).toMatch(/Packets: (steered, \d+ workers?\n|plain sockets, \d+ workers?; steering needs )/);
    expect(output.indexOf("Packets: ")).toBeLessThan(output.indexOf("Startup complete"));
  });
});
