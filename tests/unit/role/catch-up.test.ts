import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { CATCH_UP } from "../../../src/role/recipe/catch-up.ts";
import { temporaryFolder } from "../../support/role-workplace.ts";

const BOOTED = 1_700_000_000;

/** Runs a probe's script where `systemctl` says that the unit runs since then. @returns whether a handler is owed */
function isOwed(
  register: string,
  words: readonly string[],
  { isActive = true, startedAt = BOOTED + 100 }: { isActive?: boolean; startedAt?: number } = {},
): boolean {
  const probe = CATCH_UP.resources.find((entry) => entry.kind === "probe" && entry.register === register);
  const script = probe?.kind === "probe" ? probe.argv[2]! : "";
  const folder = temporaryFolder(onTestFinished);
  writeFileSync(join(folder, "uptime"), "1000.25 0\n");
  const stub = [
    "systemctl() { case $* in",
    `  is-active*) ${isActive} ;;`,
    `  *ExecMainStartTimestamp*) echo @${startedAt} ;;`,
    "  *InvocationID*) echo abc ;;",
    "esac; }",
    `date() { echo ${BOOTED + 1000}; }`,
  ].join("\n");
  const text = `${stub}\n${script.replaceAll("/proc/uptime", join(folder, "uptime"))}`;
  const { status, stderr } = spawnSync("sh", ["-c", text, "sh", ...words], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect([0, 1]).toContain(status);
  return status === 0;
}

function fileOf(writtenAt: number, text = "timeout=60\n"): string {
  const path = join(temporaryFolder(onTestFinished), "file");
  writeFileSync(path, text);
  utimesSync(path, writtenAt, writtenAt);
  return path;
}

describe("a unit that was started before its files were written", () => {
  const register = "__rtpengine_old_start";

  it("is owed a restart, whichever file it is", () => {
    const [old, recent] = [fileOf(BOOTED + 50), fileOf(BOOTED + 200)];
    expect(isOwed(register, ["rtpengine.service", old, recent])).toBe(true);
    expect(isOwed(register, ["rtpengine.service", old, "/nowhere/file"])).toBe(false);
  });

  it("is owed none when it does not run", () => {
    expect(isOwed(register, ["rtpengine.service", fileOf(BOOTED + 200)], { isActive: false })).toBe(false);
  });

  it("is owed none for files of before the boot, though the clock was wrong when it was started", () => {
    const file = fileOf(BOOTED - 5000);
    expect(isOwed(register, ["rtpengine.service", file], { startedAt: 4000 })).toBe(false);
  });
});

describe("a daemon that was told of its file without a restart", () => {
  const noteOf = (invocation: string, text: string): string => {
    const digest = createHash("sha256").update(text).digest("hex");
    return fileOf(BOOTED + 300, JSON.stringify({ invocation, digest, text }));
  };
  const isBehind = (note: string, file: string): boolean =>
    isOwed("__rtpengine_behind", [note, "rtpengine.service", file]);

  it("is owed nothing while the file says what it was told", () => {
    const file = fileOf(BOOTED + 200);
    expect(isBehind(noteOf("abc", "timeout=60\n"), file)).toBe(false);
    expect(isBehind(noteOf("abc", "timeout=90\n"), file)).toBe(true);
  });

  it("is judged by its start when somebody else has started it, or nobody has noted anything", () => {
    const [before, after] = [fileOf(BOOTED + 50), fileOf(BOOTED + 200)];
    for (const note of [noteOf("of another start", "timeout=60\n"), "/nowhere/note"]) {
      expect(isBehind(note, before)).toBe(false);
      expect(isBehind(note, after)).toBe(true);
    }
    expect(isBehind("/nowhere/note", "/nowhere/file")).toBe(false);
  });
});
