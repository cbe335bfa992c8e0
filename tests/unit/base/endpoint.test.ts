import { describe, expect, it } from "vitest";
import { addressBytes, formatEndpoint, parseAddress, sameEndpoint } from "../../../src/base/endpoint.ts";

describe("an address literal", () => {
  it.each(["0.0.0.0", "203.0.113.1", "255.255.255.255"])("%s is IPv4 as it stands", (text) => {
    expect(parseAddress(text)).toEqual({ family: 4, address: text });
  });

  it.each(["2001:DB8:0:0::1", "2001:db8::1"])("%s comes out as RFC 5952 has it", (text) => {
    expect(parseAddress(text)).toEqual({ family: 6, address: "2001:db8::1" });
  });

  it.each([
    "",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "1.2.3.04",
    "1..2.3",
    "host.example",
    "fe80::1%eth0",
    "1.2.3.x",
  ])("%j is none", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it("has its bytes in network order", () => {
    expect([...addressBytes({ family: 4, address: "203.0.113.254" })]).toEqual([203, 0, 113, 254]);
    expect([...addressBytes({ family: 6, address: "2001:db8::1" })]).toEqual([
      0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
    ]);
  });
});

describe("an endpoint", () => {
  it("prints with brackets around IPv6", () => {
    expect(formatEndpoint({ family: 6, address: "::1", port: 5 })).toBe("[::1]:5");
    expect(formatEndpoint({ family: 4, address: "127.0.0.1", port: 5 })).toBe("127.0.0.1:5");
  });

  it("equals another of the same address and port, and absence equals absence", () => {
    const endpoint = { family: 4, address: "127.0.0.1", port: 5 } as const;
    expect(sameEndpoint(endpoint, { ...endpoint })).toBe(true);
    expect(sameEndpoint(endpoint, { ...endpoint, port: 6 })).toBe(false);
    expect(sameEndpoint(endpoint, undefined)).toBe(false);
    expect(sameEndpoint(undefined, undefined)).toBe(true);
  });
});
