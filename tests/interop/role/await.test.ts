import { spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AWAIT_SCRIPT } from "../../../src/role/verify/remote.ts";

describe("the wait for a pong", () => {
  let folder: string;
  let socket: Socket;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "await-"));
    socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  });
  afterEach(() => {
    socket.close();
    rmSync(folder, { recursive: true });
  });

  /** With a `systemctl` that says one state after the other. */
  async function wait(states: readonly string[], port: number, seconds = 20) {
    const file = join(folder, "systemctl");
    writeFileSync(join(folder, "states"), `${states.join("\n")}\n`);
    const script = `cd ${folder}; head -n 1 states; test $(wc -l <states) -lt 2 || sed -i 1d states`;
    writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
    const started = performance.now();
    const argv = ["-c", AWAIT_SCRIPT, "sh", "127.0.0.1", String(port), "rtpengine.service", String(seconds)];
    const child = spawn("sh", argv, { env });
    let stdout = "";
    child.stdout.on("data", (text) => {
      stdout += text;
    });
    const [status] = await once(child, "close");
    return { status, lines: stdout.split("\n"), tookMs: performance.now() - started };
  }
  /** "Discard", which nobody serves. */
  const freePort = 9;
  const pongAfter = (pings: number): void => {
    let count = 0;
    socket.on("message", (bytes, { port, address }) => {
      const [cookie] = bytes.toString().split(" ");
      if (++count > pings) socket.send(`${cookie} d6:result4:ponge`, port, address);
    });
  };

  it("ends with the first pong", async () => {
    pongAfter(0);
    const { status, lines, tookMs } = await wait(["active"], socket.address().port);
    expect(status).toBe(0);
    expect(lines[0]).toBe("active");
    expect(tookMs).toBeLessThan(2000);
  });

  it("goes on through the silence of a slow host", async () => {
    pongAfter(1);
    const { status, tookMs } = await wait(["active"], socket.address().port);
    expect(status).toBe(0);
    expect(tookMs).toBeGreaterThan(5000);
  }, 20_000);

  it("goes on while the service starts, though nobody serves the port yet", async () => {
    const { status, lines, tookMs } = await wait(
      ["activating", "activating", "activating", "failed"],
      freePort,
    );
    expect(status).toBe(1);
    expect(lines[0]).toBe("failed");
    expect(lines[1]).toContain("refused");
    expect(tookMs).toBeGreaterThan(1400);
  });

  it("ends at once when the service has failed, and soon when it runs and the port is refused", async () => {
    expect(await wait(["failed"], freePort)).toMatchObject({
      status: 1,
      lines: ["failed", expect.anything(), ""],
    });
    const refused = await wait(["active"], freePort);
    expect(refused.status).toBe(1);
    expect(refused.tookMs).toBeLessThan(5000);
  });
});
