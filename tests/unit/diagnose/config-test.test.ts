import { describe, expect, it } from "vitest";
import type { Config } from "../../../src/config/config.ts";
import type { Diagnostic } from "../../../src/config/diagnostic.ts";
import { callCapacity, isCovered } from "../../../src/diagnose/config-rules.ts";
import { forecastCarriage } from "../../../src/diagnose/config-rules-host.ts";
import {
  configReport,
  formatReport,
  formatReportJson,
  testConfig,
} from "../../../src/diagnose/config-test.ts";
import type { BindResult, HostFacts } from "../../../src/diagnose/facts.ts";
import { HOST_ADDRESSES, loadArguments, loadFile, loadText } from "../config/support.ts";

const ALL_CAPABILITIES = ["CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_BPF", "CAP_SYS_NICE", "CAP_NET_BIND_SERVICE"];

/** A host on which everything is well. */
function facts(changes: Partial<HostFacts> = {}): HostFacts {
  return {
    hostAddresses: HOST_ADDRESSES,
    canBind: () => "ok",
    capabilities: new Set(ALL_CAPABILITIES),
    fileDescriptorLimit: 1_048_576,
    bpfObjectPresent: true,
    kernelVersion: "6.1.0-18-amd64",
    localPortRange: { first: 50000, last: 60999 },
    reservedPorts: [],
    writeObstacle: () => undefined,
    portClaims: [],
    hasTwin: false,
    ...changes,
  };
}

const GOOD = ["-i", "192.0.2.10", "-n", "127.0.0.1:2223"];

function findings(config: Config, changes: Partial<HostFacts> = {}): readonly Diagnostic[] {
  return testConfig(config, facts(changes)).findings;
}

function finding(
  key: string,
  argv: readonly string[],
  changes: Partial<HostFacts> = {},
): Diagnostic | undefined {
  return findings(loadArguments(...GOOD, ...argv), changes).find((one) => one.key === key);
}

const bindResult = (result: BindResult) => ({ canBind: () => result });

describe("a sound configuration", () => {
  it("has no error and no warning", () => {
    const report = testConfig(loadArguments(...GOOD, "--max-sessions=2000"), facts());
    expect(report).toMatchObject({ ok: true, errors: 0, warnings: 0 });
  });

  it("warns of options that are not built, and remarks on those without effect, as the start does", () => {
    const config = loadText(
      "[rtpengine]\ninterface = 192.0.2.10\nlisten-ng = 127.0.0.1:2223\nhomer = 192.0.2.1:9060\nnftables-chain = media\n",
    );
    expect(findings(config)[0]).toMatchObject({ severity: "warning", line: 4, key: "homer" });
    expect(findings(config).find(({ key }) => key === "nftables-chain")).toMatchObject({
      severity: "notice",
      line: 5,
    });
    expect(findings(config).slice(0, 1)).toEqual(
      config.notices.filter(({ severity }) => severity === "warning"),
    );
  });
});

describe("what the daemon cannot run without", () => {
  it.each([
    ["interface", ["-n", "127.0.0.1:2223"]],
    ["listen-ng", ["-i", "192.0.2.10"]],
    ["listen-ng", ["-i", "192.0.2.10", "-c", "127.0.0.1:9900", "--listen-http=127.0.0.1:2225"]],
  ])("is missed: %s with %j", (key, argv) => {
    const found = findings(loadArguments(...argv)).filter(({ severity }) => severity === "error");
    expect(found).toMatchObject([
      { key, source: "command-line", reason: expect.stringContaining("missing") },
    ]);
  });

  it("is missed in the file that was read", () => {
    const config = loadText("[rtpengine]\nlisten-udp = 22222\n");
    const found = findings(config).filter(({ severity }) => severity === "error");
    expect(found.map(({ source }) => source)).toEqual([config.configFile, config.configFile]);
    expect(found[1]?.reason).toContain("listen-udp takes no NG requests in this version");
  });

  it("is there when NG is spoken over TCP alone", () => {
    expect(testConfig(loadArguments("-i", "192.0.2.10", "-N", "127.0.0.1:2223"), facts()).ok).toBe(true);
  });
});

describe("addresses and ports", () => {
  it("warns of an interface address that the host has not, and names the near one", () => {
    const config = loadArguments("-i", "192.0.2.99", "-n", "127.0.0.1:2223");
    const found = findings(config, { canBind: (_, { port }) => (port === 0 ? "no-such-address" : "ok") });
    expect(found[0]).toMatchObject({ severity: "warning", key: "interface", didYouMean: "192.0.2.10" });
  });

  it("names the line of an interface section whose address is missing", () => {
    const text =
      "[rtpengine]\ninterfaces-config = i\nlisten-ng = 127.0.0.1:2223\n[i-a]\naddress = 192.0.2.99\n";
    const found = findings(loadText(text), {
      canBind: (_, { port }) => (port === 0 ? "no-such-address" : "ok"),
    });
    expect(found[0]).toMatchObject({ severity: "warning", key: "address", line: 5 });
  });

  it("reports a listen port in use, unless a media proxy answers there", () => {
    expect(finding("listen-ng", [], bindResult("in-use"))).toMatchObject({ severity: "error" });
    expect(finding("listen-ng", [], bindResult("in-use-by-rtpengine"))).toMatchObject({ severity: "notice" });
  });

  it("says when a listen port may not be bound", () => {
    expect(finding("listen-cli", ["-c", "127.0.0.1:99"], bindResult("not-permitted"))).toMatchObject({
      severity: "error",
    });
  });

  it("forgives a missing IP version where only a name or bare port asked for it", () => {
    const config = loadArguments("-i", "192.0.2.10", "-n", "localhost:2223");
    const canBind: HostFacts["canBind"] = (_, { family }) => (family === 6 ? "no-such-address" : "ok");
    expect(testConfig(config, facts({ canBind })).errors).toBe(0);
    expect(testConfig(loadArguments(...GOOD, "-n", "[2001:db8::1]:1"), facts({ canBind })).errors).toBe(1);
  });

  it.each(["127.0.0.1:9900", "9900", "0.0.0.0:9900"])(
    "reports one port that two listeners want: %s",
    (address) => {
      const found = finding("listen-http", ["-c", "127.0.0.1:9900", `--listen-http=${address}`]);
      expect(found).toMatchObject({ severity: "error" });
    },
  );

  it.each([["0.0.0.0:2224"], ["192.0.2.10:2224"]])("warns of an NG port at %s, open to others", (address) => {
    expect(finding("listen-ng", ["-n", address])).toMatchObject({ severity: "warning" });
  });

  it("warns of a media range that the kernel hands out to others, until it is reserved", () => {
    const local = { localPortRange: { first: 32768, last: 60999 } };
    expect(finding("port-max", [], local)?.reason).toContain("ip_local_reserved_ports=30000-39999");
    expect(
      finding("port-max", [], { ...local, reservedPorts: [{ first: 30000, last: 39999 }] }),
    ).toBeUndefined();
  });

  it("warns of an NG port inside the media range", () => {
    expect(finding("listen-ng", ["-n", "192.0.2.10:30010", "--port-min=30000"], {})?.severity).toBe(
      "warning",
    );
  });

  it("remarks on an odd first port and on privileged ports", () => {
    expect(finding("port-min", ["--port-min=30001"])).toMatchObject({ severity: "notice" });
    expect(finding("port-min", ["--port-min=1000"], { capabilities: new Set() })).toMatchObject({
      severity: "warning",
    });
  });
});

describe("capacity", () => {
  it("counts four ports a call", () => {
    expect(callCapacity(loadArguments("-i", "192.0.2.10"))).toBe(2500);
  });

  it("adds up the interfaces of a round-robin group, less excluded ports", () => {
    const text =
      "[rtpengine]\ninterfaces-config = i\n[i-p:1]\naddress = eth1\nport-min=3000\nport-max=3007\n[i-p:2]\naddress=192.0.2.10\nport-min=3000\nport-max=3007\nexclude-ports=3000\n";
    expect(callCapacity(loadText(text))).toBe(3);
  });

  it("warns when max-sessions is more than the range can carry, and when it is 0", () => {
    expect(finding("max-sessions", ["--max-sessions=2501"])?.reason).toContain("2500 calls");
    expect(finding("max-sessions", ["--max-sessions=2500"])).toBeUndefined();
    expect(finding("max-sessions", ["--max-sessions=0"])).toMatchObject({ severity: "warning" });
  });

  it("warns of a range without room for one call", () => {
    expect(finding("port-max", ["--port-max=30002"])).toMatchObject({ severity: "warning" });
  });

  it("refuses a range that another engine has, unless that is the daemon that runs already", () => {
    const claim = { address: "192.0.2.10", portMin: 39999, portMax: 50000, isSteered: true, pid: 7 };
    expect(finding("interface", [], { portClaims: [claim] })).toMatchObject({
      severity: "error",
      reason: expect.stringContaining("process 7"),
    });
    expect(finding("interface", [], { portClaims: [claim], hasTwin: true })).toMatchObject({
      severity: "notice",
    });
    expect(finding("interface", [], { portClaims: [{ ...claim, portMin: 40000 }] })).toBeUndefined();
  });
});

describe("values that hurt", () => {
  it.each([
    ["timeout", ["--timeout=0"]],
    ["timeout", ["--timeout=5"]],
    ["silent-timeout", ["--silent-timeout=30"]],
    ["offer-timeout", ["--offer-timeout=20"]],
    ["final-timeout", ["--final-timeout=20"]],
    ["endpoint-learning", ["--endpoint-learning=immediate"]],
    ["tos", ["--tos=185"]],
    ["priority", ["--scheduling=fifo", "--priority=0"]],
  ])("warns of %s for %j", (key, argv) => {
    expect(finding(key, argv)).toMatchObject({ severity: "warning", source: "command-line" });
  });

  it.each([
    ["delete-delay", ["--delete-delay=0"]],
    ["endpoint-learning", ["--endpoint-learning=off"]],
    ["sip-source", ["--sip-source"]],
    ["pidfile", ["--pidfile=run.pid"]],
  ])("remarks on %s for %j", (key, argv) => {
    expect(finding(key, argv)).toMatchObject({ severity: "notice" });
  });

  it("refuses a process file that cannot be written", () => {
    const found = finding("pidfile", ["-p", "/run/x/y.pid"], { writeObstacle: () => "no folder" });
    expect(found).toMatchObject({ severity: "error", reason: "/run/x/y.pid cannot be written: no folder" });
  });

  it("warns of advertising an address of the other IP version", () => {
    const config = loadArguments("-i", "192.0.2.10!2001:db8::1", "-n", "127.0.0.1:2223");
    expect(findings(config)[0]).toMatchObject({ severity: "warning", key: "interface" });
  });
});

describe("privileges", () => {
  it("foretells steering where nothing is missing", () => {
    expect(forecastCarriage(facts())).toEqual({ backend: "steered", missing: [] });
    expect(finding("backend", [])?.reason).toContain("steered to one socket a worker");
  });

  it("foretells forwarding in the kernel, or names what is missing for it, or that it is switched off", () => {
    const why = (argv: readonly string[], changes: Partial<HostFacts> = {}) =>
      finding("fastpath", argv, changes);
    expect(why([])).toMatchObject({ severity: "notice", reason: "the kernel forwards plain RTP by itself" });
    const poor = { capabilities: new Set(["CAP_NET_RAW"]), kernelVersion: "5.10.0" };
    expect(why([], poor)).toMatchObject({
      severity: "notice",
      reason:
        "the kernel forwards nothing by itself: the process lacks CAP_NET_ADMIN, CAP_BPF; kernel 5.10.0 is older than 5.15",
    });
    expect(why(["--fastpath=tc"], poor)).toMatchObject({ severity: "error" });
    expect(why(["--no-fallback"], poor)).toMatchObject({ severity: "error" });
    expect(why(["--table=-1", "--no-fallback"], poor)).toBeUndefined();
    expect(why(["--fastpath=off"], poor)).toBeUndefined();
  });

  it("names each thing that is missing for it", () => {
    const poor = facts({ capabilities: new Set(), bpfObjectPresent: false, kernelVersion: "5.8.0" });
    expect(forecastCarriage(poor).missing).toEqual([
      "the process lacks CAP_NET_ADMIN, CAP_NET_RAW, CAP_BPF",
      "kernel 5.8.0 is older than 5.9",
      "the eBPF programs are not compiled",
    ]);
  });

  it("takes CAP_SYS_ADMIN for CAP_BPF", () => {
    expect(
      forecastCarriage(facts({ capabilities: new Set(["CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SYS_ADMIN"]) }))
        .backend,
    ).toBe("steered");
  });

  it("refuses --backend=steered where it is not possible, and only remarks on it otherwise", () => {
    expect(finding("backend", ["--backend=steered"], { bpfObjectPresent: false })).toMatchObject({
      severity: "error",
    });
    expect(finding("backend", [], { bpfObjectPresent: false })).toMatchObject({
      severity: "notice",
      source: "host",
    });
  });

  it("warns when one socket a port needs more open files than allowed", () => {
    const few = { fileDescriptorLimit: 1024 };
    expect(finding("LimitNOFILE", ["--backend=sockets"], few)?.reason).toContain("about 206 calls");
    expect(finding("LimitNOFILE", [], few)).toBeUndefined();
  });

  it("warns of real-time scheduling without the capability", () => {
    expect(
      finding("scheduling", ["--scheduling=rr", "--priority=5"], { capabilities: new Set() }),
    ).toMatchObject({ severity: "warning" });
  });
});

describe("isCovered", () => {
  it("joins neighbouring ranges", () => {
    const reserved = [
      { first: 150, last: 200 },
      { first: 100, last: 149 },
    ];
    expect(isCovered({ first: 100, last: 200 }, reserved)).toBe(true);
    expect(isCovered({ first: 100, last: 201 }, reserved)).toBe(false);
    expect(isCovered({ first: 99, last: 200 }, reserved)).toBe(false);
  });
});

describe("the report", () => {
  const report = configReport(
    loadFile("[rtpengine]\nlisten_ng = 1\ntimeout = x\n").diagnostics,
    "/etc/test.conf",
  );

  it("lists errors first, in columns, and sums up", () => {
    expect(formatReport(report)).toBe(
      [
        'error    /etc/test.conf:3  timeout    "x" is no whole number',
        'warning  /etc/test.conf:2  listen_ng  is no option and is not read; did you mean "listen-ng"?',
        "/etc/test.conf: 1 error, 1 warning, 0 notices: the daemon would not start",
        "",
      ].join("\n"),
    );
  });

  it("is one JSON object on request", () => {
    expect(JSON.parse(formatReportJson(report))).toMatchObject({
      ok: false,
      errors: 1,
      warnings: 1,
      file: "/etc/test.conf",
    });
  });
});
