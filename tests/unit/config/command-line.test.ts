import { describe, expect, it } from "vitest";
import { parseCommandLine } from "../../../src/config/command-line.ts";

const value = (name: string, ...argv: string[]): unknown => parseCommandLine(argv).given.get(name)?.value;
const firstError = (...argv: string[]): unknown => parseCommandLine(argv).diagnostics[0];

describe("parseCommandLine", () => {
  it.each([[["--timeout=5"]], [["--timeout", "5"]], [["-o", "5"]], [["-o5"]], [["-fo", "5"]]])(
    "reads %j as a timeout of 5",
    (argv) => {
      expect(value("timeout", ...argv)).toBe(5);
    },
  );

  it("takes the next argument as value even when it starts with a dash", () => {
    expect(value("table", "-t", "-1")).toBe(-1);
    expect(value("table", "--table", "-1")).toBe(-1);
  });

  it("collects repeated list options and keeps the last of repeated scalars", () => {
    expect(value("interface", "-i", "a/192.0.2.1", "--interface=b/192.0.2.2")).toEqual([
      "a/192.0.2.1",
      "b/192.0.2.2",
    ]);
    expect(value("timeout", "-o", "5", "-o", "6")).toBe(6);
  });

  it("reads bundled flags", () => {
    const { given } = parseCommandLine(["-fE"]);
    expect([...given.keys()]).toEqual(["foreground", "log-stderr"]);
  });

  it("lets a flag be undone by =false and by --no-", () => {
    expect(value("foreground", "--foreground=false")).toBe(false);
    expect(value("foreground", "-f", "--no-foreground")).toBe(false);
  });

  it("does not read --no-fallback as the negation of something", () => {
    expect(value("no-fallback", "--no-fallback")).toBe(true);
  });

  it("reads hexadecimal and octal numbers, as the C library does", () => {
    expect(value("homer-ng-capture-proto", "--homer-ng-capture-proto=0x3d")).toBe(61);
    expect(value("tos", "--tos=010")).toBe(8);
  });

  it("reads words whatever their case, and other spellings of them", () => {
    expect(value("dtls-cert-cipher", "--dtls-cert-cipher=rsa")).toBe("RSA");
    expect(value("mos", "--mos=lq", "--mos=g107")).toEqual(["LQ", "G.107"]);
  });

  it("refuses an unknown option and suggests the near one", () => {
    expect(firstError("--listn-ng=2223")).toMatchObject({ severity: "error", didYouMean: "--listen-ng" });
    expect(firstError("--cpu-affinity=4")).toMatchObject({ didYouMean: "--socket-cpu-affinity" });
    expect(firstError("--zzzzzzzz")).not.toHaveProperty("didYouMean");
  });

  it("refuses a missing value and an unknown letter", () => {
    expect(firstError("--timeout")).toMatchObject({ key: "timeout", reason: "--timeout needs a value" });
    expect(firstError("-Z")).toMatchObject({ severity: "error" });
  });

  it("only warns of words that upstream passes over: stray ones and empty listeners", () => {
    expect(firstError("stray")).toMatchObject({ severity: "warning" });
    expect(firstError("--", "-f")).toMatchObject({ severity: "warning" });
    expect(firstError("--listen-cli=")).toMatchObject({ severity: "warning", key: "listen-cli" });
  });

  it.each([
    ["--timeout=abc", "timeout"],
    ["--timeout=", "timeout"],
    ["--timeout=99999999999", "timeout"],
    ["--tos=256", "tos"],
    ["--port-min=0", "port-min"],
    ["--max-load=much", "max-load"],
    ["--endpoint-learning=imediate", "endpoint-learning"],
    ["--listen-ng=127.0.0.1:99999", "listen-ng"],
    ["--listen-ng=300.1.1.1:2223", "listen-ng"],
    ["--homer=192.0.2.1", "homer"],
    ["--redis=127.0.0.1:6379", "redis"],
    ["--foreground=maybe", "foreground"],
  ])("refuses the malformed %s", (argument, key) => {
    expect(firstError(argument)).toMatchObject({ severity: "error", source: "command-line", key });
  });

  it("reads a former name as the present option and says so", () => {
    const { given, diagnostics } = parseCommandLine(["--num-media-threads=3"]);
    expect(given.get("media-num-threads")?.value).toBe(3);
    expect(diagnostics[0]).toMatchObject({ severity: "notice", didYouMean: "media-num-threads" });
  });
});
