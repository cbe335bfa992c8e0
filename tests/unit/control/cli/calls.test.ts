import { beforeEach, describe, expect, it } from "vitest";
import { TestCli } from "../../../support/cli.ts";

let cli: TestCli;

beforeEach(() => {
  cli = new TestCli();
  cli.call("one");
  cli.call("two");
});

describe("terminate", () => {
  it("ends one call", () => {
    expect(cli.ask("terminate one")).toBe("\nCall Id (one) successfully terminated by operator.\n\n");
    expect(cli.engine.ended.map(({ report, reason }) => [report.call.callId, reason])).toEqual([
      ["one", "terminated"],
    ]);
    expect(cli.logged.join()).toContain("[one] [cli-terminate]");
  });

  it.each([
    ["all", "All calls terminated by operator.\n", 0],
    ["own", "All own calls terminated by operator.\n", 0],
    ["foreign", "All foreign calls terminated by operator.\n", 2],
  ])("ends %s", (which, text, left) => {
    expect(cli.ask(`terminate ${which}`)).toBe(text);
    expect(cli.engine.engine.size).toBe(left);
  });

  it("says how many, in JSON", () => {
    expect(cli.askJson("terminate all")).toEqual({ terminated: 2 });
  });

  it.each([
    ["terminate", "More parameters required.\n"],
    ["terminate nix", "\nCall Id not found (nix).\n\n"],
  ])("refuses %s", (line, text) => {
    expect(cli.ask(line)).toBe(text);
    expect(cli.engine.engine.size).toBe(2);
  });
});

describe("debug", () => {
  it("marks a call, and takes the mark off", () => {
    expect(cli.ask("debug one on")).toBe("Enabled debugging for call 'one'\n");
    expect(cli.engine.engine.find("one")?.isDebugged).toBe(true);
    expect(cli.ask("debug one off")).toBe("Disabled debugging for call 'one'\n");
    expect(cli.engine.engine.find("one")?.isDebugged).toBe(false);
    expect(cli.ask("debug one")).toBe("Enabled debugging for call 'one'\n");
    expect(cli.askJson("debug one disable")).toEqual({ callid: "one", debug: false });
  });

  it.each([
    ["debug", "No call ID specified\n"],
    ["debug one maybe", "Invalid on/off flag ('maybe') specified\n"],
    ["debug nix on", "Call ID 'nix' not found\n"],
  ])("refuses %s", (line, text) => expect(cli.ask(line)).toBe(text));
});

describe("call", () => {
  it("does for one call what other commands do", () => {
    expect(cli.ask("call one info")).toBe(cli.ask("list sessions one"));
    expect(cli.ask("call one debug on")).toBe("Enabled debugging for call 'one'\n");
    expect(cli.ask("call one terminate")).toBe("\nCall 'one' terminated.\n\n");
    expect(cli.engine.engine.find("one")).toBeUndefined();
  });

  it("shows one party", () => {
    const text = cli.ask("call one tag B info");
    expect(text).toMatch(/^--- Tag 'B'/);
    expect(text).not.toContain("Tag 'A', type");
    expect(cli.askJson("call one tag B info")).toMatchObject({ tag: "B", type: "TO_TAG" });
  });

  it.each([
    ["call", "More parameters required.\n"],
    ["call one", "More parameters required.\n"],
    ["call one tag", "More parameters required.\n"],
    ["call one tag A", "More parameters required.\n"],
    ["call nix info", "No such call 'nix'\n"],
    ["call one tag Z info", "No such tag 'Z'\n"],
    ["call one infos", 'Unknown or incomplete command::infos\nDid you mean "info"?\n'],
    ["call one tag A frob", "Unknown or incomplete command::frob\n"],
    ["call one tag A delay 5", "Not built yet: audio is passed on, not decoded\n"],
    ["call one tag A detect-dtmf 1", "Not built yet: audio is passed on, not decoded\n"],
  ])("refuses %s", (line, text) => expect(cli.ask(line)).toBe(text));
});
