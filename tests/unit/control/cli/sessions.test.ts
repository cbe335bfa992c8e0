import { describe, expect, it } from "vitest";
import type { Micros } from "../../../../src/base/brand.ts";
import { shown } from "../../../../src/control/cli/command.ts";
import { sourceReading, TestCli } from "../../../support/cli.ts";
import { audioSdp } from "../../../support/engine.ts";

describe("text from the network", () => {
  it.each([
    ["\u001b[2J", "\\x1b[2J"],
    ["\u00c2\u009b2J", "\\xc2\\x9b2J"],
    ["\u007f\r\n", "\\x7f\\x0d\\x0a"],
    ["\u00c3\u009b\u00c2\u00a9", "\u00c3\u009b\u00c2\u00a9"],
  ])("is shown without what a terminal obeys: %j", (text, shownAs) => {
    expect(shown(text)).toBe(shownAs);
  });
});

describe("list", () => {
  it("alone says how many sessions there are, and which", () => {
    const cli = new TestCli();
    expect(cli.ask("list")).toBe("0 sessions\n");
    cli.call("first");
    cli.reading("first", "A", { lastSeen: (cli.engine.now - 2_000_000) as Micros });
    expect(cli.ask("list").split("\n")).toEqual([
      "1 session",
      "CALL-ID  AGE  TAGS  PORTS  IDLE  STATE",
      "first    0s   2     4      2s    active",
      "",
    ]);
    expect(cli.askJson("list")).toEqual({
      total: 1,
      sessions: [{ callid: "first", age: 0, tags: 2, ports: 4, idle: 2, deletionmark: false }],
    });
  });

  it("tells a call that was deleted, and one that nobody sends to", () => {
    const cli = new TestCli();
    cli.call();
    expect(cli.ask("list")).toContain("no packets");
    cli.engine.remove({}, 30);
    cli.engine.pass(5);
    expect(cli.ask("list")).toMatch(/call +5s .* deleted/);
  });

  it("says ages in the unit that fits", () => {
    const cli = new TestCli();
    cli.context.engine.settings.timeoutSeconds = 0;
    cli.call();
    cli.engine.pass(75);
    expect(cli.ask("list")).toContain("1m15s");
    cli.engine.pass(7200);
    expect(cli.ask("list")).toContain("2h01m");
  });
});

describe("list numsessions", () => {
  it("counts sessions and the IP versions of their media as upstream does", () => {
    const cli = new TestCli();
    cli.call("four");
    cli.engine.offer(audioSdp("2001:db8::1", 4000), { "call-id": "mixed" });
    cli.engine.answer(audioSdp("192.0.2.2", 5000), { "call-id": "mixed" });
    cli.engine.offer(audioSdp("2001:db8::1", 4000), { "call-id": "six" });
    cli.engine.answer(audioSdp("2001:db8::2", 5000), { "call-id": "six" });
    cli.engine.offer(audioSdp("192.0.2.2", 5000), { "call-id": "unanswered" });
    expect(cli.ask("list numsessions")).toBe(
      [
        "Current sessions own: 4",
        "Current sessions foreign: 0",
        "Current sessions total: 4",
        "Current transcoded media: 0",
        "Current sessions ipv4 only media: 1",
        "Current sessions ipv6 only media: 1",
        "Current sessions ip mixed  media: 1",
        "",
      ].join("\n"),
    );
    expect(cli.askJson("list numsessions")).toMatchObject({ total: 4, ipv4: 1, ipv6: 1, mixed: 1 });
  });
});

describe("list sessions", () => {
  it("wants to know which", () => {
    expect(new TestCli().ask("list sessions")).toBe("More parameters required.\n");
  });

  it("has one line a call", () => {
    const cli = new TestCli();
    cli.call("abc");
    const line = `ID: ${"abc".padStart(60)} | del:n | creat:        1000 | prx:192.0.2.9:1 | redis:-1 | frgn:n | rec:n\n`;
    expect(cli.ask("list sessions all")).toBe(line);
    expect(cli.ask("list sessions own")).toBe(line);
    expect(cli.askJson("list sessions all")).toMatchObject([
      { callid: "abc", created: 1000, foreign: false },
    ]);
  });

  it.each([
    ["all", "No sessions on this media relay.\n"],
    ["own", "No own sessions on this media relay.\n"],
    ["foreign", "No foreign sessions on this media relay.\n"],
    ["recording", "No recording sessions on this media relay.\n"],
  ])("says so when there are none: %s", (which, text) => {
    const cli = new TestCli();
    expect(cli.ask(`list sessions ${which}`)).toBe(text);
    expect(cli.askJson(`list sessions ${which}`)).toEqual([]);
  });

  it("shows the tree of one call: tags, media, streams", () => {
    const cli = new TestCli();
    cli.call("abc");
    cli.reading("abc", "A", {
      packetsIn: 90,
      bytesIn: 15_480,
      drops: [1, 2],
      lastSeen: 1_000_000_000 as Micros,
      sources: [sourceReading()],
      tier: "sockets",
    });
    const tree = cli.ask("list sessions abc");
    expect(tree).toContain("\ncallid: abc\ndeletionmark: no\ncreated: 1000\nproxy: 192.0.2.9:1\ntos: 0\n");
    expect(tree).toContain("--- Tag 'A', type: FROM_TAG, label '', branch '', callduration 0.000000\n");
    expect(tree).toContain("---     subscribed to media with monologue tag 'B' (index: 1)\n");
    expect(tree).toContain("---     subscription of media with monologue tag 'B' (index: 1)\n");
    expect(tree).toContain("------ Media #1 (audio over RTP/AVP) using PCMA/8000\n");
    expect(tree).toMatch(
      /-------- Port {5}203\.0\.113\.1:3000\d <> {7}192\.0\.2\.1:4000 , SSRC abcd, 90 p, 15480 b, 3 e, 1000 uts 0 kts\n/,
    );
    expect(tree).toMatch(/192\.0\.2\.1:4001 {2}\(RTCP\), SSRC 0, 0 p/);
    expect(tree).toContain("--- Tag 'B', type: TO_TAG");
  });

  it("shows the same tree as JSON", () => {
    const cli = new TestCli();
    cli.call("abc");
    cli.reading("abc", "B", { packetsIn: 7, tier: "kernel", lastSeen: 1_000_000_000 as Micros });
    const { tags } = cli.askJson("list sessions abc") as { tags: { medias: { streams: object[] }[] }[] };
    expect(tags).toMatchObject([
      { tag: "A", type: "FROM_TAG" },
      { tag: "B", type: "TO_TAG" },
    ]);
    expect(tags[1]!.medias[0]!.streams[0]).toMatchObject({
      address: "192.0.2.2",
      port: 5000,
      packets: 7,
      last_user_packet: 0,
      last_kernel_packet: 1000,
      tier: "kernel",
    });
  });

  it("says so when there is no such call, and lets no control character through", () => {
    const cli = new TestCli();
    expect(cli.ask("list sessions nix")).toBe("\nCall ID not found (nix).\n\n");
    expect(cli.ask("list sessions n\u001b[2J")).toBe("\nCall ID not found (n\\x1b[2J).\n\n");
    expect(cli.askJson("list sessions nix")).toEqual({
      error: "Call ID not found (nix).",
      code: "E_CLI_CALL",
    });
  });
});

describe("list ports", () => {
  it("names the call and party of every port", () => {
    const cli = new TestCli();
    expect(cli.ask("list ports")).toBe("No ports in use.\n");
    cli.call("abc");
    expect(cli.ask("list ports").trimEnd().split("\n")).toHaveLength(4);
    expect(cli.ask("list ports")).toMatch(/^default\/203\.0\.113\.1:3000\d call 'abc' tag 'A'$/m);
    expect(cli.askJson("list ports")).toContainEqual(
      expect.objectContaining({ callid: "abc", tag: "B", interface: "default" }),
    );
  });
});
