import { createSocket, type Socket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { runConfigTest } from "../../../src/diagnose/config-test-run.ts";
import { hostAddresses, readTextFile, resolveHost } from "../../../src/diagnose/facts.ts";
import { freePort } from "../support/engine.ts";

const folder = mkdtempSync(join(tmpdir(), "config-test-"));
const sockets: Socket[] = [];

afterAll(() => rmSync(folder, { recursive: true }));

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

async function udpPort(answer?: string): Promise<number> {
  const socket = createSocket("udp4");
  sockets.push(socket);
  if (answer !== undefined) socket.on("message", (_, from) => socket.send(answer, from.port, from.address));
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return socket.address().port;
}

const test = (...argv: string[]) =>
  runConfigTest(["--config-test", "--config-file=none", "-i", "127.0.0.1", ...argv], folder);

describe("config-test on this host", () => {
  it("finds a free NG port free", async () => {
    // Not one that the kernel chooses: it may lie in the media range, of which there is a warning.
    const { report, exitCode } = await test("-n", `127.0.0.1:${await freePort()}`);
    expect(report.findings.filter((one) => one.key === "listen-ng")).toEqual([]);
    expect(exitCode).toBe(0);
  });

  it("finds a taken NG port taken, by a stranger or by a media proxy that answers", async () => {
    const stranger = await test("-n", `127.0.0.1:${await udpPort("what?")}`);
    expect(stranger.exitCode).toBe(1);
    expect(stranger.output).toContain("in use by another program");
    const twin = await test("-n", `127.0.0.1:${await udpPort("configtest d6:result4:ponge")}`);
    expect(twin.exitCode).toBe(0);
    expect(twin.output).toContain("the running daemon, it seems");
  });

  it("finds a taken command line port taken", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const { report } = await test("-n", `127.0.0.1:${await freePort()}`, "-c", `127.0.0.1:${port}`);
    expect(report.findings[0]).toMatchObject({ severity: "error", key: "listen-cli" });
    server.close();
  });

  it("misses an address that this host has not", async () => {
    const { report } = await runConfigTest(
      ["--config-test", "--config-file=none", "-i", "192.0.2.77", "-n", "127.0.0.1:21999", "--json"],
      folder,
    );
    expect(report.findings[0]).toMatchObject({ severity: "warning", key: "interface" });
  });

  it("names file and line, as JSON too, and leaves 1 for errors only", async () => {
    const file = join(folder, "rtpengine.conf");
    writeFileSync(file, "[rtpengine]\ninterface = 127.0.0.1\ntimout = 5\nport-min = x\n");
    const { output, exitCode } = await runConfigTest(
      ["--config-test", "--json", `--config-file=${file}`],
      folder,
    );
    expect(exitCode).toBe(1);
    expect(JSON.parse(output)).toMatchObject({
      ok: false,
      file,
      findings: [
        { severity: "error", line: 4, key: "port-min" },
        { severity: "warning", line: 3, didYouMean: "timeout" },
      ],
    });
  });
});

describe("facts of this host", () => {
  it("include loopback, resolve localhost, and know no file that is not there", () => {
    expect(hostAddresses()).toContainEqual({ interface: "lo", family: 4, address: "127.0.0.1" });
    expect(resolveHost("localhost").length).toBeGreaterThan(0);
    expect(resolveHost("no-such-host.invalid")).toEqual([]);
    expect(readTextFile("/no/such/file")).toBeUndefined();
    expect(() => readTextFile("/")).toThrow();
  });
});
