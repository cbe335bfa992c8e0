import { describe, expect, it } from "vitest";
import { type DemoArguments, demoCommand, parseDemoArguments } from "../../../../src/cli/demo/arguments.ts";
import { chooseMediaRange } from "../../../../src/cli/demo/media-range.ts";

const parse = (...argv: string[]) => parseDemoArguments(argv);

describe("the demo's arguments", () => {
  it("take the time, the listeners and the range for media", () => {
    expect(
      parse("--seconds", "5", "--listen-ng=3000", "--port-min=40000", "--port-max", "40999"),
    ).toMatchObject({
      seconds: 5,
      ng: { text: "3000", endpoint: { address: "127.0.0.1", port: 3000 } },
      cli: { text: "127.0.0.1:9900" },
      portMin: 40000,
      portMax: 40999,
    });
  });

  it.each([
    [["--seconds=soon"], "a number above 0"],
    [["--seconds"], "needs a value"],
    [["--port-min=0"], "a port is needed"],
    [["--port-min=40000", "--port-max=40002"], "no room for a call"],
    [["--listen-ng=127.0.0.1:9900"], "--listen-ng and --listen-cli are the same port"],
    [["--interface=127.0.0.1"], "no option of the demo"],
  ])("are refused: %j", (argv, text) => {
    expect(parse(...argv)).toMatchObject({ reason: expect.stringContaining(text) });
  });

  it("come back in the command that is advised, with what was moved", () => {
    const args = parse("--seconds=5", "--listen-http=[::1]:80", "--port-min=40000") as DemoArguments;
    const moved = new Map([["ng", { ...args.ng.endpoint, port: 2226 }]] as const);
    expect(demoCommand(args, moved)).toBe(
      "npm start -- --seconds=5 --port-min=40000 --listen-ng=127.0.0.1:2226 '--listen-http=[::1]:80'",
    );
  });
});

describe("the demo's media range", () => {
  const claim = { address: "127.0.0.1", portMin: 30000, portMax: 45000, isSteered: true, pid: 7 };
  const nothing = { portMin: undefined, portMax: undefined };

  it("is the engine's own, or one that no other engine has", () => {
    expect(chooseMediaRange(nothing, [])).toEqual({ portMin: 30000, portMax: 39999 });
    expect(chooseMediaRange(nothing, [{ ...claim, address: "192.0.2.1" }])).toMatchObject({ portMin: 30000 });
    expect(chooseMediaRange(nothing, [claim])).toEqual({ portMin: 20000, portMax: 29999, instead: claim });
  });

  it("is what was asked for, whoever has it", () => {
    const given = (portMin?: number, portMax?: number) => chooseMediaRange({ portMin, portMax }, [claim]);
    expect(given(30000, 30009)).toEqual({ portMin: 30000, portMax: 30009 });
    expect(given(60000)).toEqual({ portMin: 60000, portMax: 65535 });
    expect(given(undefined, 5000)).toEqual({ portMin: 1, portMax: 5000 });
  });
});
