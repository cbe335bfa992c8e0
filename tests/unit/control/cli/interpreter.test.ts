import { describe, expect, it } from "vitest";
import { isRefusal } from "../../../../src/cli/ctl-arguments.ts";
import { CLI_COMMANDS } from "../../../../src/control/cli/commands.ts";
import { CliInterpreter } from "../../../../src/control/cli/interpreter.ts";
import { TestCli } from "../../../support/cli.ts";

describe("the command line", () => {
  it.each([
    ["", "Unknown or incomplete command::\n"],
    ["frob", "Unknown or incomplete command::frob\n"],
    ["lst", 'Unknown or incomplete command::lst\nDid you mean "list"?\n'],
    ["list sesions all", 'Unknown or incomplete command::sesions\nDid you mean "list sessions"?\n'],
    ["get totls", 'Unknown or incomplete command::totls\nDid you mean "list totals"?\n'],
    ["set", "More parameters required.\n"],
    ["params", "More parameters required.\n"],
    ["\u001b[2J", "Unknown or incomplete command::\\x1b[2J\n"],
    ["ksadd 1", "Keyspace notification feature has not been configured.\n"],
    ["ksrm 1", "Keyspace notification feature has not been configured.\n"],
    ["kslist", "Keyspace notification feature has not been configured.\n"],
    ["active", /^Not built yet: calls are not shared/],
    ["standby", /^Not built yet: calls are not shared/],
    ["media list files", /^Not built yet: media cannot be played/],
  ])("refuses %j, and the client can tell", (line, text) => {
    const reply = new TestCli().ask(line);
    if (typeof text === "string") expect(reply).toBe(text);
    else expect(reply).toMatch(text);
    expect(isRefusal(reply)).toBe(true);
  });

  it("refuses in JSON with the reason and its code", () => {
    expect(new TestCli().askJson("frob")).toEqual({
      error: "Unknown or incomplete command::frob",
      code: "E_CLI_COMMAND",
    });
    expect(new TestCli().askJson("set")).toMatchObject({ code: "E_CLI_INCOMPLETE" });
    expect(new TestCli().askJson("active")).toHaveProperty("error");
  });

  it("takes blanks around and between words", () => {
    expect(new TestCli().ask("  list   timeout \r")).toBe("TIMEOUT=60\n");
  });

  it("knows itself: version, ping, usage", () => {
    const cli = new TestCli();
    expect(cli.ask("version")).toBe("Version: 0.0.0-test\n");
    expect(cli.askJson("version")).toEqual({ version: "0.0.0-test" });
    expect(cli.ask("ping")).toBe("pong\n");
    expect(cli.askJson("ping")).toEqual({ result: "pong" });
    for (const line of ["usage", "help"]) {
      for (const { words } of CLI_COMMANDS) expect(cli.ask(line)).toContain(`\t${words}`);
    }
    expect(cli.ask("set help")).toContain("set timeout <uint>");
    expect(cli.ask("set help")).not.toContain("list timeout");
  });

  it.each(CLI_COMMANDS.filter(({ params, isBuilt }) => isBuilt !== false && !/^</.test(params ?? "")))(
    "answers $words in text and in JSON",
    ({ words }) => {
      const cli = new TestCli();
      cli.call();
      expect(isRefusal(cli.ask(words))).toBe(false);
      expect(cli.askJson(words)).not.toHaveProperty("error");
    },
  );

  it("says no more than that to a fault of ours, and logs it", () => {
    const cli = new TestCli();
    const broken = new CliInterpreter({
      ...cli.context,
      snapshot: () => {
        throw new TypeError("secret detail");
      },
    });
    expect(broken.answer("list totals")).toBe("Internal error\n");
    expect(broken.answer("json stats")).toBe('{"error":"Internal error","code":"E_INTERNAL"}\n');
    expect(cli.logged.join()).toContain("secret detail");
  });
});
