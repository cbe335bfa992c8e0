import { describe, expect, it } from "vitest";
import type { Micros } from "../../../src/base/brand.ts";
import { Dispatcher } from "../../../src/control/dispatch.ts";
import { CookieCache } from "../../../src/control/ng/cookie-cache.ts";
import { NgService } from "../../../src/control/ng/service.ts";
import type { EngineSettings } from "../../../src/engine/index.ts";
import { Level, Log } from "../../../src/observe/log.ts";
import { Statistics } from "../../../src/observe/statistics.ts";
import { decodeLatin1, encodeLatin1 } from "../../../src/wire/latin1.ts";
import type { NgDictionary } from "../../../src/wire/ng/value.ts";
import { audioSdp, lines, TestEngine } from "../../support/engine.ts";

class Control {
  readonly test: TestEngine;
  readonly statistics: Statistics = new Statistics();
  readonly logged: string[] = [];
  readonly service: NgService;
  readonly #dispatcher: Dispatcher;

  constructor(settings: Partial<EngineSettings> = {}) {
    this.test = new TestEngine(settings);
    this.#dispatcher = new Dispatcher({
      context: { engine: this.test.engine, unixMicros: (at) => at, statistics: () => ({}), cli: () => "" },
      request: {},
      statistics: this.statistics,
      log: new Log(Level.Debug, (_level, line) => this.logged.push(line)),
      nowSeconds: () => this.test.now / 1e6,
    });
    this.service = new NgService({
      dispatcher: this.#dispatcher,
      statistics: this.statistics,
      clock: { now: () => this.test.now, unixMicros: (at) => at },
      latin1: decodeLatin1,
    });
  }

  ask(dictionary: NgDictionary): NgDictionary {
    return this.#dispatcher.dispatch(
      { "call-id": "call", "from-tag": "A", ...dictionary },
      "192.0.2.9:1",
      "192.0.2.9",
    );
  }

  datagram(text: string, host = "127.0.0.1"): string | undefined {
    return this.service.answer(encodeLatin1(text), `${host}:1`, host);
  }
}

const SDP = audioSdp("198.51.100.1", 4000);

describe("requests that lack something", () => {
  it.each<[string, NgDictionary, string]>([
    ["no command at all", {}, 'Dictionary contains no key "command"'],
    ["a verb nobody knows", { command: "dance" }, "Unrecognized command"],
    [
      "a verb that is not built",
      { command: "play media" },
      "Command 'play media' is not built yet in this version",
    ],
    ["an offer without SDP", { command: "offer" }, "No SDP body in message"],
    ["an offer without call-id", { command: "offer", "call-id": "", sdp: SDP }, "No call-id in message"],
    ["an offer without from-tag", { command: "offer", "from-tag": "", sdp: SDP }, "No from-tag in message"],
    ["an answer without to-tag", { command: "answer", sdp: SDP }, "No to-tag in message"],
    ["an answer to no call", { command: "answer", "to-tag": "B", sdp: SDP }, "Unknown call-id"],
    ["SDP that is none", { command: "offer", sdp: "hello" }, "Failed to parse SDP"],
    [
      "SDP without an address",
      { command: "offer", sdp: SDP.replace(/c=.*\r\n/, "") },
      "Incomplete SDP specification",
    ],
    ["a query for no call", { command: "query" }, "Unknown call-id"],
    [
      "a fatal delete of no call",
      { command: "delete", flags: ["fatal"] },
      "Call-ID not found or tags didn't match",
    ],
    [
      "SRTP",
      { command: "offer", sdp: SDP.replace("RTP/AVP", "RTP/SAVP") },
      "RTP/SAVP (SRTP) is not built yet in this version",
    ],
    ["ICE", { command: "offer", sdp: SDP, ICE: "force" }, "ICE=force is not built yet in this version"],
  ])("%s: answered with the reason, nothing left behind", (_what, dictionary, reason) => {
    const control = new Control();
    expect(control.ask(dictionary)).toEqual({ result: "error", "error-reason": reason });
    expect([control.test.engine.size, control.test.dataplane.ports.size]).toEqual([0, 0]);
  });

  it("a delete of no call is a warning, not an error", () => {
    expect(new Control().ask({ command: "delete" })).toEqual({
      result: "ok",
      warning: "Call-ID not found or tags didn't match",
    });
  });
});

describe("limits", () => {
  it("refuse a new call with upstream's text, and with a load limit where the proxy knows it", () => {
    const control = new Control({ maxSessions: 0 });
    const text = "Parallel session limit reached";
    expect(control.ask({ command: "offer", sdp: SDP })).toEqual({ result: "error", "error-reason": text });
    expect(control.ask({ command: "offer", sdp: SDP, supports: ["load limit"] })).toEqual({
      result: "load limit",
      message: text,
    });
    expect(control.statistics.sessionsRejected).toBe(2);
  });

  it("leave running calls alone", () => {
    const control = new Control({ maxSessions: 1 });
    expect(control.ask({ command: "offer", sdp: SDP }).result).toBe("ok");
    expect(control.ask({ command: "offer", sdp: SDP }).result).toBe("ok");
    expect(control.ask({ command: "offer", sdp: SDP, "call-id": "other" }).result).toBe("error");
  });
});

describe("query and delete", () => {
  function established(): Control {
    const control = new Control();
    control.ask({ command: "offer", sdp: SDP });
    control.ask({ command: "answer", "to-tag": "B", sdp: audioSdp("198.51.100.2", 5000) });
    return control;
  }

  it("describe both parties, their media and streams", () => {
    const reply = established().ask({ command: "query", "from-tag": "" });
    const tags = reply.tags as Record<string, NgDictionary>;
    expect(Object.keys(tags)).toEqual(["A", "B"]);
    expect(tags.A!.subscriptions).toEqual([{ tag: "B", type: "offer/answer" }]);
    const [media] = tags.A!.medias as NgDictionary[];
    expect(media).toMatchObject({
      index: 1,
      type: "audio",
      protocol: "RTP/AVP",
      flags: ["initialized", "send", "recv"],
    });
    const [rtp, rtcp] = media!.streams as NgDictionary[];
    expect(rtp).toMatchObject({
      endpoint: { family: "IPv4", address: "198.51.100.1", port: 4000 },
      flags: ["RTP", "filled"],
    });
    expect(rtcp).toMatchObject({ flags: ["RTCP", "filled"] });
    expect(reply.totals).toEqual({
      RTP: { packets: 0, bytes: 0, errors: 0 },
      RTCP: { packets: 0, bytes: 0, errors: 0 },
    });
  });

  it("delete answers as query would have, then the call is gone", () => {
    const control = established();
    const reply = control.ask({ command: "delete", "delete-delay": 0 });
    expect(reply.result).toBe("ok");
    expect(Object.keys(reply.tags as object)).toEqual(["A", "B"]);
    expect(control.test.engine.size).toBe(0);
  });

  it("list names the calls, as many as asked for", () => {
    const control = established();
    control.ask({ command: "offer", sdp: SDP, "call-id": "second" });
    expect(control.ask({ command: "list" }).calls).toEqual(["call", "second"]);
    expect(control.ask({ command: "list", limit: 1 }).calls).toEqual(["call"]);
  });
});

describe("loop protection", () => {
  it("marks our SDP and hands back unchanged what has been here before", () => {
    const control = new Control();
    const first = control.ask({ command: "offer", sdp: SDP, flags: ["loop protect"] }).sdp as string;
    expect(lines(first, "a=rtpengine:")).toEqual(["a=rtpengine:0123456789ab"]);
    const again = control.ask({ command: "offer", sdp: first, flags: ["loop protect"], "call-id": "looped" });
    expect(again.sdp).toBe(first);
    expect(control.test.engine.size).toBe(1);
  });
});

describe("an SDP with an empty line", () => {
  const broken = `${SDP}\r\na=lost\r\n`;

  it("ends there, or is refused where that is asked for", () => {
    expect(new Control().ask({ command: "offer", sdp: broken }).result).toBe("ok");
    expect(new Control({ rejectsInvalidSdp: true }).ask({ command: "offer", sdp: broken })).toEqual({
      result: "error",
      "error-reason": "Failed to parse SDP",
    });
  });
});

describe("the NG service", () => {
  it("answers in the encoding and under the cookie of the request", () => {
    const control = new Control();
    expect(control.datagram("c1 d7:command4:pinge")).toBe("c1 d6:result4:ponge");
    expect(control.datagram('c2 {"command":"ping"}')).toBe('c2 {"result":"pong"}');
  });

  it("executes a repeated request once, and anew after a while", () => {
    const control = new Control();
    const offer = `same d7:command5:offer7:call-id1:x8:from-tag1:a3:sdp${SDP.length}:${SDP}e`;
    const first = control.datagram(offer);
    control.test.engine.terminate(control.test.engine.find("x")!);
    expect(control.datagram(offer)).toBe(first);
    expect(control.test.engine.size).toBe(0);
    control.test.pass(25);
    control.datagram(offer);
    expect(control.test.engine.size).toBe(1);
  });

  it("tells a person on this host what is wrong with a datagram that is no NG, and strangers nothing", () => {
    const control = new Control();
    expect(control.datagram("d1:1i0e1:2s4:ping")).toMatch(/no cookie.*1_1 d7:command4:pinge/s);
    expect(control.datagram("d1:1i0e1:2s4:ping", "192.0.2.77")).toBeUndefined();
    expect(control.statistics.malformedMessages).toBe(2);
  });

  it("names the fault of a message whose cookie it can answer under", () => {
    const control = new Control();
    expect(control.datagram("c3 d7:commande")).toBe(
      "c3 d6:result5:error12:error-reason35:Could not decode bencode dictionarye",
    );
  });
});

describe("the cookie cache", () => {
  it("forgets when nothing near it is younger than ten seconds", () => {
    const cache = new CookieCache();
    cache.store("key", "reply \xff", 1 as Micros);
    expect(cache.find("key", 10_000_000 as Micros)).toBe("reply \xff");
    expect(cache.find("key", 10_000_002 as Micros)).toBeUndefined();
    expect(cache.size).toBe(0);
  });

  it("gives the newer of two replies under one key, also when the older is forgotten first", () => {
    const cache = new CookieCache();
    cache.store("key", "a".repeat(1_000_000), 0 as Micros);
    cache.store("key", "b".repeat(100_000), 9_000_000 as Micros);
    expect(cache.find("key", 12_000_000 as Micros)).toBe("b".repeat(100_000));
  });

  it("keeps a reply longer than a chunk, and is bounded whatever comes", () => {
    const cache = new CookieCache();
    const long = "x".repeat(3 << 20);
    for (let at = 0; at < 200; at++)
      cache.store(`k${at}`, at === 199 ? long : "y".repeat(1 << 20), 0 as Micros);
    expect(cache.size).toBeLessThanOrEqual(128);
    expect(cache.find("k199", 1 as Micros)).toBe(long);
    expect(cache.find("k0", 1 as Micros)).toBeUndefined();
  });
});

describe("a reply that no datagram can hold", () => {
  const message = (cookie: string, command: string): Uint8Array =>
    encodeLatin1(`${cookie} d7:call-id4:call7:command${command.length}:${command}12:delete-delayi0ee`);

  it("is replaced by one that says so, for a client without a reply gives us up", () => {
    const control = new Control();
    control.ask({ command: "offer", sdp: SDP });
    const answer = (cookie: string, command: string): string | undefined =>
      control.service.answer(message(cookie, command), "127.0.0.1:1", "127.0.0.1", 100);
    expect(answer("1", "query")).toContain("6:result5:error");
    expect(answer("1", "query")).toContain("The reply is too long for a datagram");
    expect(answer("2", "delete")).toContain("6:result2:ok");
    expect(control.test.engine.size).toBe(0);
    expect(control.statistics.overlongReplies).toBe(2);
  });

  it("goes out in full where the transport has no such limit", () => {
    const control = new Control();
    control.ask({ command: "offer", sdp: SDP });
    expect(control.service.answer(message("1", "query"), "127.0.0.1:1", "127.0.0.1")).toContain("4:tagsd");
    expect(control.statistics.overlongReplies).toBe(0);
  });
});

it.each(["__proto__", "constructor", "toString"])("a tag may be called %s", (tag) => {
  const control = new Control();
  control.ask({ command: "offer", "from-tag": tag, sdp: SDP });
  control.ask({ command: "answer", "from-tag": tag, "to-tag": "B", sdp: SDP });
  const { tags } = control.ask({ command: "query", "from-tag": "" }) as { tags: NgDictionary };
  expect(Object.keys(tags)).toEqual([tag, "B"]);
  expect(Object.getPrototypeOf({})).toBe(Object.prototype);
});
