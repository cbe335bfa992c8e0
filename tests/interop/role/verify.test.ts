import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askDaemon, NgClient } from "../../../src/client/index.ts";
import { Phone } from "../../../src/phone/index.ts";
import { Child, eventually, run } from "../../support/processes/child.ts";
import { ownLoopback } from "../../support/processes/daemon.ts";
import { Namespace } from "../../support/processes/namespace.ts";

const CLI = fileURLToPath(new URL("../../../src/cli/rtpengine-role.ts", import.meta.url));
const OURS = fileURLToPath(new URL("../../../bin/rtpengine", import.meta.url));
const IS_ROOT = process.getuid?.() === 0;

interface Finding {
  readonly check: string;
  readonly outcome: string;
  readonly evidence: string;
  readonly fix?: string;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "verify-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a configuration with an internal and an external interface. @returns its path */
function configuration(
  internal: string,
  external: string,
  more: Readonly<Record<string, string>> = {},
): string {
  const values = {
    interface: `internal/${internal};external/${external}!203.0.113.7`,
    "listen-ng": `${internal}:2223`,
    "listen-cli": `${internal}:9900`,
    "listen-http": `${internal}:2225`,
    "port-min": "31000",
    "port-max": "31200",
    table: "-1",
    "log-level": "6",
    ...more,
  };
  const file = join(folder, `${Math.random().toString(36).slice(2)}.conf`);
  const lines = Object.entries(values).map(([key, value]) => `${key}=${value}`);
  writeFileSync(file, `[rtpengine]\n${lines.join("\n")}\n`);
  return file;
}

async function start(program: string, file: string, namespace?: string): Promise<Child> {
  const options = namespace === undefined ? {} : { namespace };
  const daemon = new Child(program, [`--config-file=${file}`, "--foreground", "--log-stderr"], options);
  await daemon.says(/Startup complete/, 30_000);
  return daemon;
}

async function verify(file: string, words: readonly string[] = [], namespace?: string) {
  const argv = [CLI, "verify", "--json", "--config", file, "--seconds", "1", ...words];
  const options = namespace === undefined ? {} : { namespace };
  const { status, output } = await run(process.execPath, argv, { ...options, withinMs: 60_000 });
  const findings: readonly Finding[] = JSON.parse(output)[0].findings;
  const of = (check: string): Finding | undefined => findings.find((finding) => finding.check === check);
  const outcomes = Object.fromEntries(findings.map(({ check, outcome }) => [check, outcome]));
  return { status, findings, of, outcomes };
}

describe.each([
  { name: "our daemon", program: OURS, secure: "skip", kernel: /forwarding in the kernel is switched off/ },
  { name: "upstream's daemon", program: "/usr/bin/rtpengine", secure: "ok", kernel: /table=-1 is wanted/ },
])("$name, verified", ({ program, secure, kernel }) => {
  const [internal, external] = [ownLoopback(), ownLoopback()];
  let file: string;
  let daemon: Child;

  beforeAll(async () => {
    file = configuration(internal, external);
    daemon = await start(program, file);
  });
  afterAll(() => daemon?.stop());

  it("is found to carry calls between its interfaces", async () => {
    const { status, of, outcomes } = await verify(file);
    expect(outcomes).toMatchObject({
      configuration: "ok",
      ng: "ok",
      cli: "ok",
      metrics: "ok",
      call: "ok",
      "secure-call": secure,
      kernel: "skip",
    });
    expect(status).toBe(0);
    expect(of("call")?.evidence).toMatch(`internal ${internal} ↔ external ${external}: heard both ways, 1`);
    expect(of("call")?.evidence).toMatch("203.0.113.7 is advertised, not tried from here");
    expect(of("kernel")?.evidence).toMatch(kernel);
    if (secure === "skip")
      expect(of("secure-call")?.evidence).toMatch(/^not yet \(Secure media\): version \d/);
  });

  it("has no call left of it", async () => {
    const { of } = await verify(file);
    expect(of("cli")?.evidence).toMatch(/ 0 sessions$/);
  });

  it("is not called ill for calls above its limit", async () => {
    const limited = configuration(internal, external, { "max-sessions": "1" });
    await daemon.stop();
    daemon = await start(program, limited);
    const client = await NgClient.open({ server: { family: 4, address: internal, port: 2223 } });
    const phone = await Phone.open({
      name: "phone",
      local: { family: 4, address: internal },
      toneHz: 440,
      expectedToneHz: 660,
    });
    await client.offer({ callId: "the-one", fromTag: "caller", sdp: phone.offer() });
    const { status, of } = await verify(limited);
    for (const finding of [of("call"), of("secure-call")]) {
      expect(finding).toMatchObject({ outcome: "warn", evidence: expect.stringMatching(/session limit/i) });
    }
    expect(status).toBe(0);
    await Promise.all([phone.close(), client.close()]);
    await daemon.stop();
    daemon = await start(program, file);
  });

  it("is waited for while it is slow: with its pong, and with what is heard of a call", async () => {
    const stopped = async (milliseconds: number): Promise<void> => {
      daemon.signal("SIGSTOP");
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      daemon.signal("SIGCONT");
    };
    const slow = stopped(4000);
    const verified = verify(file);
    await slow;
    const commands = { host: internal, port: 9900 };
    await eventually(
      async () => (await askDaemon(commands, "list sessions all", 2000)).includes("rtpengine-role"),
      10_000,
    );
    // Most of the talk; upstream's daemon takes no more than 50 packets at a time, and a stream off that piles up more.
    await stopped(900);
    const { status, outcomes } = await verified;
    expect(outcomes).toMatchObject({ ng: "ok", cli: "ok", metrics: "ok" });
    expect(["ok", "warn"]).toContain(outcomes.call);
    expect(status).toBe(0);
  });

  it("is not found at another NG port, and no call is tried there", async () => {
    const { status, of, outcomes } = await verify(
      configuration(internal, external, { "listen-ng": `${internal}:2299` }),
    );
    expect(status).toBe(1);
    expect(outcomes).toMatchObject({
      ng: "fail",
      cli: "ok",
      metrics: "ok",
      call: "skip",
      "secure-call": "skip",
    });
    expect(of("ng")?.evidence).toMatch(/no reply from .*:2299/);
    expect(of("ng")?.fix).toMatch(/journalctl -u rtpengine/);
  });

  it("does not take another service for the port of commands or of metrics", async () => {
    const ports = { "listen-cli": `${internal}:2225`, "listen-http": `${internal}:9900` };
    const { status, outcomes } = await verify(configuration(internal, external, ports));
    expect(status).toBe(1);
    expect(outcomes).toMatchObject({ ng: "ok", cli: "fail", metrics: "fail", call: "ok" });
  });

  it("is not asked for a call at an address that this host lacks", async () => {
    const { status, of } = await verify(configuration(internal, "192.0.2.77"));
    expect(status).toBe(1);
    expect(of("call")).toMatchObject({ outcome: "fail", evidence: expect.stringContaining("EADDRNOTAVAIL") });
  });
});

describe("a host without a daemon", () => {
  it("fails, says why, and tries nothing further", async () => {
    const address = ownLoopback();
    const { status, outcomes } = await verify(configuration(address, ownLoopback()));
    expect(status).toBe(1);
    expect(outcomes).toMatchObject({
      ng: "fail",
      cli: "fail",
      metrics: "fail",
      call: "skip",
      kernel: "skip",
    });
  });

  it("fails with the line of a configuration that no daemon can start with", async () => {
    const { status, findings } = await verify(configuration("127.0.0.1", "no-such-device"));
    expect(status).toBe(1);
    expect(findings[0]).toMatchObject({ check: "configuration", outcome: "fail" });
    expect(findings[0]!.evidence).toMatch(/\.conf:2: .*no-such-device/);
  });

  it("fails when there is no configuration", async () => {
    const { status, findings } = await verify("/nonexistent/rtpengine.conf");
    expect(status).toBe(1);
    expect(findings[0]?.evidence).toMatch(/does not exist/);
  });

  it("is shown as a table, with what helps under what failed", async () => {
    const file = configuration(ownLoopback(), ownLoopback());
    const { output } = await run(process.execPath, [CLI, "verify", "--config", file], { withinMs: 60_000 });
    expect(output).toMatch(/^ {2}fail {2}NG answers .*no reply from/m);
    expect(output).toMatch(/^ +→ ss -lunp/m);
    expect(output).toMatch(/ : 1 ok, 3 failed, 4 skipped$/m);
  });
});

describe("reports to Homer", () => {
  it("are seen where they are sent to, and missed elsewhere", async () => {
    const address = ownLoopback();
    const file = configuration(address, ownLoopback(), { homer: `${address}:9060`, "homer-id": "2002" });
    const daemon = await start("/usr/bin/rtpengine", file);
    try {
      const seen = await verify(file, ["--homer-listen", `${address}:9060`, "--seconds", "3"]);
      expect(seen.of("hep")).toMatchObject({
        outcome: "ok",
        evidence: expect.stringMatching(/HEP3 at .*:9060: capture ID 2002, type 5$/),
      });
      const missed = await verify(file, ["--homer-listen", `${address}:9061`]);
      expect(missed.status).toBe(1);
      expect(missed.of("hep")).toMatchObject({ outcome: "fail" });
      expect(missed.of("call")).toMatchObject({ outcome: "ok" });
    } finally {
      await daemon.stop();
    }
  });
});

describe.skipIf(!IS_ROOT)(IS_ROOT ? "a host that media leave one way only" : "skipped: needs root", () => {
  it.each([
    // A raw socket's packets have no port that the rule below could know.
    { name: "our daemon", program: OURS, more: { backend: "sockets" } },
    { name: "upstream's daemon", program: "/usr/bin/rtpengine", more: {} },
  ])("fails with $name, and says which way", async ({ program, more }) => {
    const [internal, external] = ["192.0.2.1", "198.51.100.1"];
    const namespace = new Namespace([internal, external]);
    try {
      // What the daemon sends from the external address goes nowhere.
      const rules = [
        "rule add pref 1 from 198.51.100.1 ipproto udp sport 31000-31200 blackhole",
        "rule add pref 2 lookup local",
        "rule del pref 0",
      ];
      for (const rule of rules) {
        expect(await run("ip", ["-n", namespace.name, ...rule.split(" ")])).toMatchObject({ status: 0 });
      }
      const file = configuration(internal, external, { "listen-http": "", ...more });
      const daemon = await start(program, file, namespace.name);
      const { status, of, outcomes } = await verify(file, [], namespace.name);
      await daemon.stop();
      expect(status).toBe(1);
      expect(outcomes).toMatchObject({ ng: "ok", metrics: "skip", call: "fail" });
      expect(of("call")?.evidence).toMatch(
        /heard one way only\n192\.0\.2\.1:\d+ → 198\.51\.100\.1:\d+: \d+ packets sent, 0 arrived$/,
      );
    } finally {
      namespace.close();
    }
  });
});
