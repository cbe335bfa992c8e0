import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";
import { load, loadArguments, loadFile, loadText } from "./support.ts";

describe("sources", () => {
  it("has upstream's defaults when nothing is given", () => {
    expect(load([]).config).toMatchObject({
      action: "run",
      portMin: 30000,
      portMax: 39999,
      timeoutSeconds: 60,
      silentTimeoutSeconds: 3600,
      offerTimeoutSeconds: 3600,
      finalTimeoutSeconds: 0,
      deleteDelaySeconds: 30,
      maxSessions: -1,
      tos: 0,
      logLevel: 6,
      interfaces: [],
      listenNg: [],
      endpointLearning: "safe",
    });
  });

  it("lets the command line win over the file", () => {
    const config = loadText("[rtpengine]\ntimeout = 10\ntos = 184\n", "--timeout=20");
    expect([config.timeoutSeconds, config.tos]).toEqual([20, 184]);
  });

  it("replaces a list of the file by that of the command line", () => {
    const config = loadText("[rtpengine]\nlisten-cli = 127.0.0.1:1;127.0.0.1:2\n", "-c", "127.0.0.1:3");
    expect(config.listenCli.map((one) => one.port)).toEqual([3]);
  });

  it("lets the command line undo a flag of the file", () => {
    expect(loadText("[rtpengine]\nsip-source = true\n", "--sip-source=false").sipSource).toBe(false);
  });

  it("reads the default file when it exists and does without it when not", () => {
    const files = { "/etc/rtpengine/rtpengine.conf": "[rtpengine]\ntos = 8\n" };
    expect(load([], files).config).toMatchObject({ tos: 8, configFile: "/etc/rtpengine/rtpengine.conf" });
    expect(load(["--config-file=none"], files).config?.tos).toBe(0);
    expect(load([]).config?.configFile).toBeUndefined();
  });

  it("refuses an explicit file that is missing or unreadable", () => {
    expect(load(["--config-file=/nowhere"]).diagnostics[0]?.reason).toContain("does not exist");
    const unreadable = loadConfig([], {
      readFile: () => {
        throw new Error("EACCES: permission denied");
      },
      hostAddresses: [],
    });
    expect(unreadable.diagnostics[0]?.reason).toContain("EACCES");
  });

  it("reads the section that config-section names and ignores the others", () => {
    const text = "[rtpengine]\ntos = 1\n[rtpengine-testing]\ntos = 2\nno such line for us = 1\n";
    expect(loadText(text).tos).toBe(1);
    expect(loadText(text, "--config-section=rtpengine-testing").tos).toBe(2);
  });

  it("refuses a section that is missing and names the near one", () => {
    expect(loadFile("[rtpengin]\n").diagnostics[0]).toMatchObject({
      severity: "error",
      didYouMean: "rtpengin",
    });
  });
});

describe("the file", () => {
  it("warns of an unknown key with its line and a suggestion, and starts", () => {
    const result = loadFile("[rtpengine]\n\nlisten_ng = 2223\n");
    expect(result.config).toBeDefined();
    expect(result.diagnostics).toEqual([
      {
        severity: "warning",
        source: "/etc/test.conf",
        line: 3,
        key: "listen_ng",
        reason: "is no option and is not read",
        didYouMean: "listen-ng",
      },
    ]);
  });

  it("names line and key of a malformed value", () => {
    expect(loadFile("[rtpengine]\ntimeout = soon\n").diagnostics[0]).toMatchObject({
      severity: "error",
      line: 2,
      key: "timeout",
    });
  });

  it("takes true, false, 1 and 0 as flags, and suggests them for yes and no", () => {
    expect(loadText("[rtpengine]\nsip-source = 1\n").sipSource).toBe(true);
    expect(loadFile("[rtpengine]\nsip-source = yes\n").diagnostics[0]).toMatchObject({ didYouMean: "true" });
  });

  it("reads numbers as decimal, so that a leading zero changes nothing", () => {
    expect(loadText("[rtpengine]\ntimeout = 010\n").timeoutSeconds).toBe(10);
  });

  it("ignores what stands after a number and a blank, as upstream does", () => {
    expect(loadText("[rtpengine]\ntimeout = 10 # seconds\n").timeoutSeconds).toBe(10);
    expect(loadFile("[rtpengine]\ntimeout = 10s\n").config).toBeUndefined();
    expect(loadFile("[rtpengine]\ntimeout =\n").config).toBeUndefined();
  });

  it("keeps the last of repeated keys and warns", () => {
    const result = loadFile("[rtpengine]\ninterface = 192.0.2.10\ninterface = 198.51.100.20\n");
    expect(result.config?.interfaces.map((one) => one.bind.address)).toEqual(["198.51.100.20"]);
    expect(result.diagnostics[0]).toMatchObject({ severity: "warning", line: 3 });
  });

  it("reports every line that is nothing of the format", () => {
    const { config, diagnostics } = loadFile("[rtpengine]\nfoo\n; bar\n");
    expect(config).toBeUndefined();
    expect(diagnostics.map((one) => one.line)).toEqual([2, 3]);
  });

  it("warns of what is not built, but not where the value is the default", () => {
    const { config, diagnostics } = loadFile(
      "[rtpengine]\nhomer = 192.0.2.1:9060\nhomer-protocol = udp\nno-fallback = false\n",
    );
    expect(config).toBeDefined();
    expect(diagnostics.map((one) => [one.severity, one.key])).toEqual([["warning", "homer"]]);
  });

  it("warns of keys that only make sense on the command line", () => {
    const { config, diagnostics } = loadFile("[rtpengine]\nconfig-section = other\n");
    expect(config?.configSection).toBe("rtpengine");
    expect(diagnostics[0]).toMatchObject({ severity: "warning", line: 2, key: "config-section" });
  });

  it("reads a former name as the present one and says so", () => {
    const { config, diagnostics } = loadFile("[rtpengine]\nnum-media-threads = 8\n");
    expect(config?.options["media-num-threads"]).toBe(8);
    expect(diagnostics[0]).toMatchObject({ severity: "notice", line: 2, didYouMean: "media-num-threads" });
  });

  it("refuses a value with an escape that does not exist, in lists, too", () => {
    expect(loadFile("[rtpengine]\npidfile = a\\q\n").diagnostics[0]).toMatchObject({
      severity: "error",
      key: "pidfile",
    });
    expect(loadFile("[rtpengine]\ninterface = a\\q\n").diagnostics[0]).toMatchObject({
      severity: "error",
      key: "interface",
    });
  });

  it("refuses a list with one malformed element", () => {
    expect(loadFile("[rtpengine]\nlisten-ng = 2223;x:y\n").config).toBeUndefined();
  });

  it("warns of interface and template sections that no option points at", () => {
    const { diagnostics } = loadFile("[rtpengine]\n[interface-a]\naddress = 192.0.2.10\n[templates]\n");
    expect(diagnostics.map((one) => one.reason)).toEqual([
      "is not read: set interfaces-config = interface",
      "is not read: set templates = templates",
    ]);
  });
});

describe("actions", () => {
  it.each([
    ["--help", "help"],
    ["-h", "help"],
    ["-v", "version"],
    ["--codecs", "codecs"],
    ["--config-test", "config-test"],
    ["--nftables-stop", "nftables"],
  ])("%s asks for %s", (argument, action) => {
    expect(load([argument]).config?.action).toBe(action);
  });

  it("prints help and version whatever else is wrong", () => {
    expect(load(["--help", "--nonsense", "--config-file=/nowhere"]).config?.action).toBe("help");
  });
});

describe("listeners", () => {
  it("opens a bare port on all addresses of both IP versions", () => {
    expect(loadArguments("-n", "2223").listenNg).toEqual([
      { family: 4, address: "0.0.0.0", port: 2223, isOptional: true },
      { family: 6, address: "::", port: 2223, isOptional: true },
    ]);
  });

  it("knows localhost, and looks other names up", () => {
    expect(loadArguments("-c", "localhost:9900").listenCli.map((one) => one.address)).toEqual([
      "127.0.0.1",
      "::1",
    ]);
    expect(loadArguments("-c", "media.example:9900").listenCli[0]?.address).toBe("203.0.113.5");
    expect(load(["--config-file=none", "-c", "unknown.example:1"]).config).toBeUndefined();
  });

  it("reads IPv6 addresses with and without brackets", () => {
    expect(loadArguments("-n", "[2001:DB8::1]:2223").listenNg[0]).toMatchObject({
      address: "2001:db8::1",
      port: 2223,
    });
    expect(loadArguments("-n", "2001:db8::1:2223").listenNg[0]).toMatchObject({
      address: "2001:db8::1",
      port: 2223,
    });
  });
});

describe("typed fields", () => {
  it("read 0 as the default for timeouts that cannot be turned off", () => {
    const config = loadArguments(
      "--timeout=0",
      "--silent-timeout=-1",
      "--offer-timeout=0",
      "--final-timeout=-5",
    );
    expect(config).toMatchObject({
      timeoutSeconds: 60,
      silentTimeoutSeconds: 3600,
      offerTimeoutSeconds: 3600,
      finalTimeoutSeconds: 0,
    });
  });

  it("give each log subsystem log-level unless it has its own, and keep internals silent", () => {
    const { logLevels } = loadArguments("-L", "7", "--log-level-ice=3", "--debug-srtp");
    expect(logLevels).toMatchObject({ core: 7, ice: 3, srtp: 7, internals: -1 });
    expect(loadArguments("--log-level-internals=7").logLevels.internals).toBe(7);
  });

  it("leave the number of threads to the daemon when it is unset or 0", () => {
    expect(loadArguments("--num-threads=0").numThreads).toBeUndefined();
    expect(loadArguments("--num-threads=3").numThreads).toBe(3);
  });

  it("turn what is not a letter or digit of software-id into dashes", () => {
    expect(loadArguments("--software-id=rtp engine/1").softwareId).toBe("rtp-engine-1");
  });

  it("read max-bandwidth beyond 32 bits", () => {
    expect(loadArguments("--max-bandwidth=5000000000").maxBandwidthBytesPerSecond).toBe(5_000_000_000);
  });

  it("refuse an empty port range", () => {
    expect(load(["--port-min=2000", "--port-max=1000"]).diagnostics[0]).toMatchObject({
      severity: "error",
      key: "port-min",
    });
  });
});

describe("templates and transcoding rules", () => {
  it("reads templates as they stand", () => {
    const text =
      "[rtpengine]\ntemplates = tpl\n[tpl]\nWebRTC = ICE=force rtcp-mux=[offer require]\nstart recording = x\n";
    expect([...loadText(text).templates]).toEqual([
      ["WebRTC", "ICE=force rtcp-mux=[offer require]"],
      ["start recording", "x"],
    ]);
  });

  it("refuses templates whose section is missing", () => {
    expect(loadFile("[rtpengine]\ntemplates = tpl\n").diagnostics[0]).toMatchObject({
      severity: "error",
      line: 2,
      key: "templates",
    });
  });

  it("has no templates without a file, and says so", () => {
    const { config, diagnostics } = load(["--config-file=none", "--templates=tpl"]);
    expect(config?.templates.size).toBe(0);
    expect(diagnostics[0]).toMatchObject({ severity: "warning", key: "templates" });
  });

  it("refuses a template with an escape that does not exist", () => {
    expect(loadFile("[rtpengine]\ntemplates = t\n[t]\na = \\q\n").diagnostics[0]).toMatchObject({
      severity: "error",
      line: 4,
    });
  });

  it("reads every key of a transcoding rule and warns of others", () => {
    const rule =
      "[tc-a]\nsource = A\ndestination = B\ntransform = x:1\nlocal-interface = l\nremote-interface = r\naddress-family = IP6\n";
    const { config, diagnostics } = loadFile(`[rtpengine]\ntranscode-config = tc\n${rule}prefernce = 1\n`);
    expect(config?.transcodeRules[0]).toMatchObject({
      localInterface: "l",
      remoteInterface: "r",
      addressFamily: "IP6",
    });
    expect(diagnostics[0]).toMatchObject({ severity: "warning", key: "prefernce", didYouMean: "preference" });
    expect(
      loadFile(`[rtpengine]\ntranscode-config = tc\n${rule.replace("x:1", "x")}`).config,
    ).toBeUndefined();
  });

  it("reads transcoding rules and refuses one that says nothing", () => {
    const head = "[rtpengine]\ntranscode-config = tc\n[tc-a]\nsource = PCMA\ndestination = opus\n";
    expect(loadText(`${head}transform = 192.0.2.1:2223\npreference = -5\n`).transcodeRules).toEqual([
      {
        name: "a",
        source: "PCMA",
        destination: "opus",
        preference: -5,
        transform: { host: "192.0.2.1", port: 2223 },
      },
    ]);
    expect(loadFile(head).config).toBeUndefined();
    expect(
      loadFile("[rtpengine]\ntranscode-config = tc\n[tc-a]\nsource = PCMA\npreference = 1\n").config,
    ).toBeUndefined();
  });
});
