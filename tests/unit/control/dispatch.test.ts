import { beforeEach, describe, expect, it } from "vitest";
import type { Micros } from "../../../src/base/brand.ts";
import { Dispatcher } from "../../../src/control/dispatch.ts";
import { FIGURES } from "../../../src/observe/figures.ts";
import { Level } from "../../../src/observe/log.ts";
import { figuresAsNg } from "../../../src/observe/show-figures.ts";
import type { NgDictionary } from "../../../src/wire/ng/value.ts";
import { sourceReading, TestCli } from "../../support/cli.ts";
import { audioSdp } from "../../support/engine.ts";

let cli: TestCli;
let ask: (request: NgDictionary) => NgDictionary;
let askFrom: (proxy: string, request: NgDictionary) => NgDictionary;

beforeEach(() => {
  cli = new TestCli();
  const { statistics } = cli;
  const dispatcher = new Dispatcher({
    context: {
      engine: cli.engine.engine,
      unixMicros: (at) => at,
      statistics: () => figuresAsNg(FIGURES, cli.snapshot()),
      cli: (line) => cli.ask(line),
    },
    request: {},
    statistics,
    log: cli.context.log,
    nowSeconds: () => cli.engine.now / 1e6,
  });
  askFrom = (proxy, request) => dispatcher.dispatch(request, `${proxy}:5060`, proxy);
  ask = (request) => askFrom("192.0.2.9", request);
});

const offer = (callId: string): NgDictionary => ({
  command: "offer",
  "call-id": callId,
  "from-tag": "A",
  sdp: audioSdp("192.0.2.1", 4000),
});

describe("ping", () => {
  it("answers pong", () => expect(ask({ command: "ping" })).toEqual({ result: "pong" }));
});

describe("statistics", () => {
  it("answers with the figures under one key, as upstream", () => {
    ask({ command: "ping" });
    const { result, statistics } = ask({ command: "statistics" });
    expect(result).toBe("ok");
    expect(statistics).toMatchObject({
      currentstatistics: { sessionsown: 0 },
      totalstatistics: { uptime: 100, avgcallduration: "0.000000" },
      controlstatistics: { proxies: [{ proxy: "192.0.2.9", pingcount: 1 }], totalpingcount: 1 },
    });
  });
});

describe("cli", () => {
  it("answers with what rtpengine-ctl would print", () => {
    expect(ask({ command: "cli", body: "list timeout" })).toEqual({ result: "ok", response: "TIMEOUT=60\n" });
    expect(ask({ command: "cli", body: "frob" }).response).toBe("Unknown or incomplete command::frob\n");
    expect(ask({ command: "cli" })).toEqual({ result: "error", "error-reason": "No 'body' in message" });
  });
});

describe("list", () => {
  it("names as many calls as asked for", () => {
    for (const name of ["a", "b", "c"]) cli.call(name);
    expect(ask({ command: "list" })).toEqual({ result: "ok", calls: ["a", "b", "c"] });
    expect(ask({ command: "list", limit: 2 }).calls).toEqual(["a", "b"]);
    expect(ask({ command: "list", limit: -1 })).toMatchObject({ result: "error" });
  });
});

describe("query", () => {
  it("shows counters, sources and the endpoints of a call", () => {
    cli.call("abc");
    cli.reading("abc", "A", {
      packetsIn: 90,
      bytesIn: 15_480,
      drops: [1],
      lastSeen: 1_000_000_000 as Micros,
      sources: [sourceReading()],
      tier: "kernel",
    });
    const reply = ask({ command: "query", "call-id": "abc" });
    expect(reply).toMatchObject({
      result: "ok",
      created: 1000,
      totals: { RTP: { packets: 90, bytes: 15_480, errors: 1 } },
      SSRC: { "43981": { packets: 90, "cumulative loss": 10 } },
    });
    const { A } = reply.tags as { A: { medias: { codec: string; streams: object[] }[] } };
    expect(A.medias[0]!.codec).toBe("PCMA/8000");
    expect(A.medias[0]!.streams[0]).toMatchObject({
      endpoint: { family: "IPv4", address: "192.0.2.1", port: 4000 },
      flags: expect.arrayContaining(["RTP", "filled", "kernelized"]),
    });
  });

  it("knows only the calls there are", () => {
    expect(ask({ command: "query", "call-id": "nix" })).toEqual({
      result: "error",
      "error-reason": "Unknown call-id",
    });
  });
});

describe("delete", () => {
  it("answers with what query would have, or with a warning", () => {
    cli.call("abc");
    const gone = { command: "delete", "call-id": "abc", "from-tag": "A", "delete-delay": 0 };
    expect(ask(gone)).toMatchObject({ result: "ok", tags: { A: {}, B: {} } });
    expect(ask(gone)).toEqual({ result: "ok", warning: "Call-ID not found or tags didn't match" });
    expect(ask({ ...gone, flags: ["fatal"] })).toMatchObject({ result: "error" });
  });
});

describe("limits", () => {
  it("are told as load limit to a proxy that knows it, as an error to others", () => {
    cli.engine.engine.settings.maxSessions = 0;
    expect(ask({ ...offer("abc"), supports: ["load limit"] })).toEqual({
      result: "load limit",
      message: "Parallel session limit reached",
    });
    expect(ask(offer("abc"))).toMatchObject({
      result: "error",
      "error-reason": "Parallel session limit reached",
    });
    expect(cli.statistics.sessionsRejected).toBe(2);
  });

  it("obey set at once", () => {
    expect(ask(offer("one")).result).toBe("ok");
    cli.ask("set maxsessions 1");
    expect(ask(offer("two")).result).toBe("error");
  });
});

describe("words without effect", () => {
  const warnings = () => cli.logged.filter((line) => line.includes("[request-ignored]"));

  it("are warned of where a call goes without something, once for each word and proxy", () => {
    const request = { ...offer("abc"), "record-call": "yes", flags: ["codec-strip-PCMA"] };
    for (let time = 0; time < 3; time++) expect(ask(request).result).toBe("ok");
    expect(warnings()).toEqual([
      expect.stringMatching(
        /WARNING: \[abc\].*"record-call" is not built yet: nothing is recorded.*from=192\.0\.2\.9$/,
      ),
      expect.stringMatching(/"codec=strip" is not built yet: codecs stay as the parties offer them/),
    ]);
    askFrom("192.0.2.10", request);
    expect(warnings()).toHaveLength(4);
  });

  it("are not warned of where nothing is missing", () => {
    ask({
      ...offer("abc"),
      SDES: ["off"],
      ICE: "default",
      flags: ["trickle-ICE", "symmetric", "no-jitter-buffer"],
    });
    expect(warnings()).toEqual([]);
  });

  it("are warned of for so many proxies and no more", () => {
    for (let proxy = 0; proxy < 400; proxy++)
      askFrom(`proxy-${proxy}`, { ...offer("abc"), "record-call": "yes" });
    expect(warnings()).toHaveLength(257);
  });

  it("are counted by name, unknown ones together", () => {
    ask({ ...offer("abc"), SDES: ["off"], gibberish: "x", flags: ["SIPREC"] });
    expect([...cli.statistics.ignoredKeys.keys()]).toEqual(["SDES", "SDES=off", "SIPREC"]);
    expect(cli.statistics.unknownKeys).toBe(1);
  });

  it("refuse where they would make a difference", () => {
    expect(ask({ ...offer("abc"), ICE: "force" })["error-reason"]).toBe(
      "ICE=force is not built yet in this version",
    );
    expect([...cli.statistics.ignoredKeys]).toEqual([]);
  });

  it("are refused by name when they are verbs", () => {
    expect(ask({ command: "play media" })["error-reason"]).toContain("'play media' is not built yet");
    expect(ask({ command: "frob" })["error-reason"]).toBe("Unrecognized command");
  });
});

describe("the log", () => {
  it("traces the requests of a call that is being debugged, whatever the level", () => {
    cli.call("abc");
    ask({ command: "query", "call-id": "abc" });
    expect(cli.logged.join()).not.toContain("Request query");
    cli.ask("debug abc on");
    ask({ command: "query", "call-id": "abc" });
    expect(cli.logged.at(-1)).toMatch(/^DEBUG: \[abc\] \[request\] Request query from=192\.0\.2\.9:5060/);
  });

  it("traces all requests at level 7", () => {
    cli.context.log.setLevel("control", Level.Debug);
    ask({ command: "ping" });
    expect(cli.logged.at(-1)).toContain("Request ping");
  });
});
