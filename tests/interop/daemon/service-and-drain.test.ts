import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { Child } from "../../support/processes/child.ts";
import { audioSdp, Ng, type NgJson } from "../../support/processes/ng.ts";
import { freePort } from "../support/engine.ts";

const ROOT = join(import.meta.dirname, "../../..");
const RECEIVER = join(import.meta.dirname, "receive-notifications.pl");

const folder = mkdtempSync(join(tmpdir(), "rtpengine-service-"));
const children: Child[] = [];
afterEach(async () => {
  for (const child of children.splice(0).reverse()) await child.stop("SIGKILL");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The daemon as a service manager starts it, and what it tells the manager. */
async function startService(
  socket: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ daemon: Child; told: Child; ng: Ng; cliPort: number }> {
  const told = new Child("perl", [RECEIVER, socket]);
  children.push(told);
  await told.says(/listening/);
  const [ngPort, cliPort] = [await freePort(), await freePort()];
  const args = [
    "--config-file=none",
    "--backend=sockets",
    "--interface=127.0.0.1",
    "--port-min=41200",
    "--port-max=41299",
    `--listen-ng=127.0.0.1:${ngPort}`,
    `--listen-cli=127.0.0.1:${cliPort}`,
  ];
  const daemon = new Child(join(ROOT, "bin/rtpengine"), args, {
    env: { NOTIFY_SOCKET: socket, ...environment },
  });
  children.push(daemon);
  await told.says(/READY=1/, 20_000);
  return { daemon, told, ng: await Ng.open("127.0.0.1", ngPort), cliPort };
}

function ctl(port: number, ...words: string[]): Promise<{ status: number; out: string }> {
  return new Promise((resolve) => {
    execFile(join(ROOT, "bin/rtpengine-ctl"), ["--port", String(port), ...words], (failure, out) => {
      resolve({ status: failure ? Number(failure.code) : 0, out });
    });
  });
}

function offer(ng: Ng, callId: string, sdpPort = 4000): Promise<NgJson> {
  return ng.ask("offer", {
    "call-id": callId,
    "from-tag": "A",
    supports: ["load-limit"],
    sdp: audioSdp("127.0.0.1", sdpPort),
  });
}

describe("the daemon under a service manager", () => {
  it.each([
    ["a path", join(folder, "notify")],
    ["an abstract name", `@rtpengine-test-${process.pid}`],
  ])("says on %s when it serves, that it lives, and when it ends", async (_, socket) => {
    const { daemon, told, ng } = await startService(socket, { WATCHDOG_USEC: "200000" });
    // Ready means that requests are answered.
    expect((await ng.ask("ping")).result).toBe("pong");
    await told.says(/(WATCHDOG=1\n){3}/);
    expect(await daemon.stop("SIGTERM")).toBe(0);
    await told.says(/STOPPING=1 \| STATUS=Ending 0 calls/);
    expect(told.output).toMatch(/^listening\nREADY=1 \| STATUS=0 calls\n/);
    ng.close();
  });

  it("starts where nobody listens on NOTIFY_SOCKET", async () => {
    const port = await freePort();
    const args = ["--config-file=none", "--backend=sockets", "--interface=127.0.0.1", `--listen-ng=${port}`];
    const daemon = new Child(join(ROOT, "bin/rtpengine"), args, {
      env: { NOTIFY_SOCKET: join(folder, "nobody") },
    });
    children.push(daemon);
    await daemon.says(/Startup complete/, 20_000);
    expect(daemon.output).toMatch(/service manager cannot be told that we are ready: E/);
    expect(await daemon.stop("SIGTERM")).toBe(0);
  });
});

describe("a drain", () => {
  it("keeps new calls out, lets the last one end, and is seen everywhere", async () => {
    const { told, ng, cliPort } = await startService(`@rtpengine-drain-${process.pid}`);
    expect((await offer(ng, "kept")).result).toBe("ok");
    expect(await ctl(cliPort, "drain", "--timeout", "0")).toEqual({
      status: 1,
      out: "Still draining: 1 call left\n",
    });
    expect(await offer(ng, "refused")).toMatchObject({ result: "load limit", message: "Draining" });
    expect((await offer(ng, "kept", 4010)).result).toBe("ok");
    await told.says(/STATUS=1 call; draining/);
    const waiting = ctl(cliPort, "--json", "drain", "--timeout", "20");
    await ng.ask("delete", { "call-id": "kept", "from-tag": "A", "delete-delay": 0 });
    const { status, out } = await waiting;
    expect([status, JSON.parse(out)]).toEqual([0, { draining: true, calls: 0 }]);
    expect((await ctl(cliPort, "drain", "off")).out).toBe("Not draining: 0 calls\n");
    expect((await offer(ng, "new")).result).toBe("ok");
    ng.close();
  });
});
