import { describe, expect, it } from "vitest";
import { diagnose, formatDiagnostic } from "../../../src/config/diagnostic.ts";
import { didYouMean, editDistance } from "../../../src/config/did-you-mean.ts";
import { listenAddresses, parseHostPort, parseRedisAddress } from "../../../src/config/listen-address.ts";

describe("formatDiagnostic", () => {
  it("names place, severity, key and suggestion on one line", () => {
    const place = { source: "/etc/x.conf", line: 7 };
    expect(formatDiagnostic(diagnose("warning", place, "tmeout", "is no option", "timeout"))).toBe(
      '/etc/x.conf:7: warning: tmeout: is no option; did you mean "timeout"?',
    );
    expect(formatDiagnostic(diagnose("error", { source: "command-line" }, undefined, "no"))).toBe(
      "command-line: error: no",
    );
  });
});

describe("didYouMean", () => {
  const names = ["listen-ng", "timeout", "silent-timeout", "socket-cpu-affinity", "port-min"];

  it.each([
    ["listen_ng", "listen-ng"],
    ["LISTEN-NG", "listen-ng"],
    ["tiemout", "timeout"],
    ["cpu-affinity", "socket-cpu-affinity"],
    ["port", undefined],
    ["x", undefined],
    ["", undefined],
    ["recording", undefined],
  ])("takes %j for %j", (word, meant) => {
    expect(
      didYouMean(
        word,
        names.filter((name) => word !== "port" || name !== "port-min"),
      ),
    ).toBe(meant);
  });

  it("counts a swap of neighbours as one edit", () => {
    expect(editDistance("ab", "ba")).toBe(1);
    expect(editDistance("kitten", "sitting")).toBe(3);
  });
});

describe("parseHostPort", () => {
  it.each(["[fe80::zz]:1", "ho st:1", "h:0", "h:65536", "h:", ":x", "1.2.3:5", "h"])("refuses %j", (text) => {
    expect(parseHostPort(text, false)).toHaveProperty("reason");
  });

  it("keeps every address that a name resolves to", () => {
    const found = listenAddresses("n.example:5", () => [
      { family: 4, address: "192.0.2.1" },
      { family: 6, address: "2001:db8::1" },
    ]);
    expect(found).toEqual([
      { family: 4, address: "192.0.2.1", port: 5, isOptional: true },
      { family: 6, address: "2001:db8::1", port: 5, isOptional: true },
    ]);
    expect(listenAddresses("x y", () => [])).toHaveProperty("reason");
  });
});

describe("parseRedisAddress", () => {
  it("reads password, host, port and database; the password may hold @ and /", () => {
    expect(parseRedisAddress("p@/w@redis.example:6379/5", true)).toEqual({
      password: "p@/w",
      host: "redis.example",
      port: 6379,
      database: 5,
    });
    expect(parseRedisAddress("[::1]:6379", false)).toEqual({ host: "::1", port: 6379 });
  });

  it.each(["h:1", "h:1/", "h:1/x", "h/1"])("refuses %s where a database is needed", (text) => {
    expect(parseRedisAddress(text, true)).toHaveProperty("reason");
  });
});
