import { describe, expect, it } from "vitest";
import { Level, Log, type LogStyle } from "../../../src/observe/log.ts";

function logger(
  level: Level,
  subsystems: [string, Level][] = [],
  style?: LogStyle,
): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return { log: new Log(level, (_level, line) => lines.push(line), new Map(subsystems), style), lines };
}

describe("Log", () => {
  it("leaves out what is more detailed than the level", () => {
    const { log, lines } = logger(Level.Warning);
    log.info("start", "Hidden");
    log.warning("start", "Shown", { callId: "abc", count: 3, absent: undefined });
    expect(lines).toEqual(["WARNING: [abc] [start] Shown count=3"]);
  });

  it("obeys the level of the event's subsystem", () => {
    const { log, lines } = logger(Level.Info, [
      ["control", Level.Error],
      ["http", Level.Debug],
    ]);
    log.info("request", "Hidden: control");
    log.debug("http", "Shown: http");
    log.info("call-start", "Shown: core");
    expect(lines).toHaveLength(2);
    log.setLevel("control", Level.Info);
    log.info("cli", "Shown now");
    expect(lines.at(-1)).toContain("Shown now");
    expect(log.levelOf("control")).toBe(Level.Info);
  });

  it("writes of a call that is being debugged, whatever the level", () => {
    const { log, lines } = logger(Level.Error);
    log.write(Level.Debug, "call-start", "Shown", {}, true);
    expect(lines).toEqual(["DEBUG: [call-start] Shown"]);
  });

  it("names the call with quotes where programs read the log", () => {
    const { log, lines } = logger(Level.Info, [], { isParsable: true, markPrefix: "", markSuffix: "" });
    log.info("start", "Text", { callId: 'a"b' });
    expect(lines).toEqual(['INFO: [ID="a\\x22b"] [start] Text']);
  });

  it("marks what is private", () => {
    const { log, lines } = logger(Level.Info, [], { isParsable: false, markPrefix: "<", markSuffix: ">" });
    log.info("start", "Text", { callId: "abc", peer: "192.0.2.1:4", count: 1 });
    expect(lines).toEqual(["INFO: [<abc>] [start] Text peer=<192.0.2.1:4> count=1"]);
  });

  it("lets nothing from outside break a line", () => {
    const { log, lines } = logger(Level.Info);
    log.info("start", "Text", { callId: "a\nb\u001b[2J" });
    expect(lines).toEqual(["INFO: [a\\x0ab\\x1b[2J] [start] Text"]);
  });
});
