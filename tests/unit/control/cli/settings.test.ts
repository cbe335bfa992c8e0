import { beforeEach, describe, expect, it } from "vitest";
import { OPTIONS } from "../../../../src/config/options.ts";
import { CLI_COMMANDS } from "../../../../src/control/cli/commands.ts";
import { configOf, TestCli } from "../../../support/cli.ts";

let cli: TestCli;

beforeEach(() => {
  cli = new TestCli();
});

describe("list and set", () => {
  it.each([
    [
      "maxsessions",
      "Maximum sessions configured on rtpengine: -1\n",
      "100",
      "Success setting maxsessions to 100\n",
    ],
    [
      "maxcpu",
      "Maximum CPU usage configured on rtpengine: 0.0\n",
      "12.34",
      "Success setting maxcpu to 12.3\n",
    ],
    [
      "maxload",
      "Maximum load average configured on rtpengine: 0.00\n",
      "3",
      "Success setting maxload to 3.00\n",
    ],
    ["maxbw", "Maximum bandwidth configured on rtpengine: 0\n", "9000", "Success setting maxbw to 9000\n"],
    ["timeout", "TIMEOUT=60\n", "77", "Success setting timeout to 77\n"],
    ["silenttimeout", "SILENT_TIMEOUT=3600\n", "78", "Success setting timeout to 78\n"],
    ["offertimeout", "OFFER_TIMEOUT=3600\n", "79", "Success setting timeout to 79\n"],
    ["finaltimeout", "FINAL_TIMEOUT=0\n", "80", "Success setting timeout to 80\n"],
    ["controltos", "0\n", "184", "Success setting control-tos to 184\n"],
    ["deletedelay", "30\n", "5", "Success setting delete-delay to 5\n"],
    [
      "maxopenfiles",
      `Maximum open-files configured on rtpengine: 100000; cat /proc/${process.pid}/limits\n`,
      "150000",
      `Success setting open_files to 150000; cat /proc/${process.pid}/limits\n`,
    ],
  ])("%s", (name, shown, value, done) => {
    expect(cli.ask(`list ${name}`)).toBe(shown);
    expect(cli.ask(`get ${name}`)).toBe(shown);
    expect(cli.ask(`set ${name} ${value}`)).toBe(done);
    expect(cli.askJson(`list ${name}`)).toEqual({ [name]: Number(value) });
    expect(cli.ask(`list ${name}`)).not.toBe(shown);
  });

  it("says what a setting was before, in JSON and in the log", () => {
    expect(cli.askJson("set timeout 77")).toEqual({ timeout: 77, before: 60 });
    expect(cli.logged.join()).toContain("before=60 now=77");
  });

  it("names a limit that is switched off", () => {
    expect(cli.ask("set maxsessions -1")).toBe("Success setting maxsessions to -1; disable feature\n");
  });

  it("lets a new timeout count for the calls there are", () => {
    cli.call();
    cli.ask("set timeout 3");
    cli.engine.pass(4);
    expect(cli.engine.ended.map(({ reason }) => reason)).toEqual(["timeout"]);
  });

  it.each([
    ["set timeout", "More parameters required.\n"],
    ["set timeout x", "Fail setting timeout to x; no digits found\n"],
    ["set timeout 5x", "Fail setting timeout to 5x; no digits found\n"],
    ["set timeout -5", "Fail setting timeout to -5; must be between 0 and 2147483647\n"],
    ["set maxsessions -2", "Fail setting maxsessions to -2; either positive or -1 values allowed\n"],
    ["set maxcpu nan", "Fail setting maxcpu to nan; no digits found\n"],
    ["set controltos 256", "Fail setting control-tos to 256; must be between 0 and 255\n"],
    ["set maxopenfiles", "More parameters required.\n"],
    ["set maxopenfiles x", "Fail setting open_files to x; no digits found\n"],
    ["set maxopenfiles 100", "Fail setting open_files to 100; can't set it under 65536\n"],
    ["set maxopenfiles 999999", "Fail setting open_files to 999999; the system allows 200000\n"],
    ["set redisdisable 1", "Not built yet: calls are not stored in Redis\n"],
    ["set rediscmdtimeout 1", "Not built yet: calls are not stored in Redis\n"],
  ])("refuses %s", (line, text) => {
    expect(cli.ask(line)).toBe(text);
    expect(cli.ask("params diff")).toBe("");
  });

  it("shows what is configured for Redis", () => {
    expect(cli.ask("list redisallowederrors")).toBe("-1\n");
    expect(cli.ask("list redisconnecttimeout")).toBe("1000\n");
  });
});

describe("options that can be changed while the daemon runs", () => {
  const names = [...new Set(OPTIONS.flatMap(({ liveName }) => (liveName === undefined ? [] : [liveName])))];

  it.each(names)("%s has commands to list and to set it", (name) => {
    for (const verb of ["list", "set"]) {
      expect(CLI_COMMANDS.some(({ words }) => words === `${verb} ${name}`)).toBe(true);
    }
  });
});

describe("loglevel", () => {
  it("lists subsystems and their levels", () => {
    expect(cli.ask("list loglevels")).toMatch(/^core - /);
    expect(cli.ask("list loglevel")).toMatch(/^core = 6\nspandsp = 6\n/);
    expect(cli.ask("list loglevel ice")).toBe("6\n");
  });

  it("is set for one subsystem or for all", () => {
    expect(cli.ask("set loglevel ice 7")).toBe("Success setting loglevel to 7\n");
    expect(cli.askJson("list loglevel")).toMatchObject({ core: 6, ice: 7 });
    expect(cli.ask("set loglevel 3")).toBe("Success setting loglevel to 3\n");
    expect(cli.askJson("list loglevel")).toMatchObject({ core: 3, ice: 3 });
    expect(cli.context.log.isEnabled(4)).toBe(false);
  });

  it.each([
    ["set loglevel", "More parameters required.\n"],
    ["set loglevel ice", "More parameters required.\n"],
    ["set loglevel 9", "Fail setting loglevel to 9; must be between -1 and 7\n"],
    ["set loglevel ice x", "Fail setting loglevel to x; must be between -1 and 7\n"],
  ])("refuses %s", (line, text) => expect(cli.ask(line)).toBe(text));

  it("names the subsystems to whoever names another", () => {
    expect(cli.ask("set loglevel frob 5")).toMatch(/^Fail: no log subsystem frob; there are: core /);
    expect(cli.ask("list loglevel frob")).toMatch(/^Fail: no log subsystem frob/);
  });
});

describe("params", () => {
  it("hide passwords, and nothing that merely begins like one", () => {
    const secrets = [
      "--mysql-pass=a1b2",
      "--mqtt-pass=a1b2",
      "--janus-secret=a1b2",
      "--redis=a1b2@127.0.0.1:1/2",
    ];
    const text = new TestCli(configOf("--dtls-passive", ...secrets)).ask("params current");
    expect(text).not.toContain("a1b2");
    expect(text).toMatch(/^dtls-passive = 1$/m);
    expect(text.match(/ = \*\*\*$/gm)).toHaveLength(4);
  });

  it("shows the configuration by the names of the options", () => {
    const text = cli.ask("params start");
    expect(text).toMatch(/^log-level-core = 6$/m);
    expect(text).toMatch(/^timeout = 60$/m);
    expect(text).toMatch(/^interface\[0\] = default\\203\.0\.113\.1$/m);
    expect(cli.askJson("params start")).toMatchObject({ timeout: "60" });
  });

  it("shows no password", () => {
    const secret = new TestCli(configOf("--mysql-pass=hush", "--redis=hush@192.0.2.1:6379/1"));
    for (const line of ["params start", "params current", "json params current"]) {
      expect(secret.ask(line)).not.toContain("hush");
    }
  });

  it("shows what has changed since the start, and takes it back", () => {
    expect(cli.ask("params diff")).toBe("");
    cli.ask("set timeout 77");
    cli.ask("set loglevel ice 7");
    expect(cli.ask("params diff")).toBe("log-level-ice: 6 => 7\ntimeout: 60 => 77\n");
    expect(cli.askJson("params diff")).toContainEqual({ name: "timeout", start: 60, current: 77 });
    expect(cli.ask("params current")).toMatch(/^timeout = 77$/m);
    expect(cli.ask("params start")).toMatch(/^timeout = 60$/m);
    expect(cli.ask("params revert")).toBe("Success reverting log-level-ice\nSuccess reverting timeout\n");
    expect(cli.ask("params diff")).toBe("");
    expect(cli.ask("list timeout")).toBe("TIMEOUT=60\n");
  });
});
