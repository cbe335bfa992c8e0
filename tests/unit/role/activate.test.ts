import { describe, expect, it } from "vitest";
import { liveChanges } from "../../../src/role/apply/activate.ts";

const file = (...lines: string[]): string => ["[rtpengine]", "interface=10.0.0.1", ...lines].join("\n");

describe("activation", () => {
  it("tells a running daemon what it can be told", () => {
    const before = file("timeout=60", "silent-timeout=30", "log-level=6");
    const after = file("timeout=120", "silent-timeout=30", "log-level=7", "max-sessions=500");
    expect(liveChanges(before, after)).toEqual([
      { key: "timeout", name: "timeout", value: "120" },
      { key: "log-level", name: "loglevel", value: "7" },
      { key: "max-sessions", name: "maxsessions", value: "500" },
    ]);
  });

  it("has nothing to tell where only comments and order differ", () => {
    expect(liveChanges(file("timeout=60", "# a"), `# b\n${file("timeout = 60")}`)).toEqual([]);
  });

  it.each([
    ["an address", file("listen-ng=10.0.0.1:2223"), file("listen-ng=10.0.0.1:2224")],
    ["the interfaces", file(), "[rtpengine]\ninterface=10.0.0.2"],
    ["a template", `${file()}\n[templates]\na=b`, `${file()}\n[templates]\na=c`],
    ["no number", file("timeout=60"), file("timeout=soon")],
    ["a file that cannot be read", "nonsense", file()],
  ])("needs a restart for %s", (_what, before, after) => {
    expect(liveChanges(before, after)).toBeUndefined();
  });

  it("takes an option that is gone for its default", () => {
    expect(liveChanges(file("timeout=120"), file())).toEqual([
      { key: "timeout", name: "timeout", value: "60" },
    ]);
  });
});
