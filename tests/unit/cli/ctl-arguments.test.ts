import { describe, expect, it } from "vitest";
import { isRefusal, parseCtlArguments } from "../../../src/cli/ctl-arguments.ts";

const parse = (argv: readonly string[], file?: string) => parseCtlArguments(argv, () => file);

describe("parseCtlArguments", () => {
  it("goes to 127.0.0.1:9900 when nothing says otherwise", () => {
    expect(parse(["list", "totals"])).toEqual({
      target: { host: "127.0.0.1", port: 9900 },
      origin: "the default",
      timeoutMs: 3000,
      json: false,
      command: "list totals",
      wantsHelp: false,
      wantsVersion: false,
    });
  });

  it.each([
    [["-ip", "192.0.2.1:9901"], { host: "192.0.2.1", port: 9901 }],
    [["--ip=192.0.2.1"], { host: "192.0.2.1", port: 9900 }],
    [["--ip", "192.0.2.1", "--port", "77"], { host: "192.0.2.1", port: 77 }],
    [["--port=77"], { host: "127.0.0.1", port: 77 }],
    [["--ip", "::1"], { host: "::1", port: 9900 }],
    [["--ip", "[::1]:77"], { host: "::1", port: 77 }],
    [["--ip", "localhost"], { host: "localhost", port: 9900 }],
  ])("reads %j", (argv, target) => {
    expect(parse([...argv, "list"])).toMatchObject({ target, command: "list" });
  });

  it.each([
    ["localhost:2224", { host: "localhost", port: 2224 }],
    ["2224", { host: "127.0.0.1", port: 2224 }],
    ["0.0.0.0:2224", { host: "127.0.0.1", port: 2224 }],
    ["10.0.0.1:1;10.0.0.2:2", { host: "10.0.0.1", port: 1 }],
    ["nonsense", { host: "127.0.0.1", port: 9900 }],
  ])("takes listen-cli = %s from the file", (value, target) => {
    expect(parse(["list"], `[rtpengine]\nlisten-cli = ${value}\n`)).toMatchObject({ target });
  });

  it.each([
    [["list"], "listen-cli in /etc/rtpengine/rtpengine.conf"],
    [["--config-file=/tmp/x.conf", "list"], "listen-cli in /tmp/x.conf"],
    [["--port=77", "list"], "listen-cli in /etc/rtpengine/rtpengine.conf"],
    [["--ip=127.0.0.1:9900", "list"], ""],
  ])("remembers where the address of %j came from", (argv, origin) => {
    expect(parse(argv, "[rtpengine]\nlisten-cli = 127.0.0.2:2224\n")).toMatchObject({ origin });
  });

  it("lets the command keep its own dashes", () => {
    expect(parse(["--json", "set", "maxsessions", "-1"])).toMatchObject({
      json: true,
      command: "set maxsessions -1",
    });
  });

  it("takes --json at the end of the command, too", () => {
    expect(parse(["list", "totals", "--json"])).toMatchObject({ json: true, command: "list totals" });
  });

  it.each([[["--port", "0", "x"]], [["--timeout", "soon", "x"]], [["--wrong", "x"]], [["--ip"]]])(
    "refuses %j",
    (argv) => {
      expect(parse(argv)).toHaveProperty("reason");
    },
  );
});

describe("isRefusal", () => {
  it.each([
    "Unknown command: foo",
    "Unknown or incomplete command",
    "Incomplete command: ",
    "More parameters required.\n",
  ])("recognises %j", (answer) => {
    expect(isRefusal(answer)).toBe(true);
  });

  it("leaves answers alone", () => {
    expect(isRefusal("Current sessions own: 0\n")).toBe(false);
  });
});
