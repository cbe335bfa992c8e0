import { describe, expect, it } from "vitest";
import { readServiceEnvironment, statusText } from "../../../src/daemon/service.ts";
import { unixSockaddr } from "../../../src/platform/service-manager.ts";

describe("the service manager's environment", () => {
  it("is empty where nobody manages us", () => {
    expect(readServiceEnvironment({}, 7)).toEqual({ socket: undefined, watchdogMilliseconds: undefined });
    expect(readServiceEnvironment({ NOTIFY_SOCKET: "" }, 7).socket).toBeUndefined();
  });

  it("asks for a sign of life in half the time it waits for one", () => {
    const environment = { NOTIFY_SOCKET: "/run/notify", WATCHDOG_USEC: "30000000", WATCHDOG_PID: "7" };
    expect(readServiceEnvironment(environment, 7)).toEqual({
      socket: "/run/notify",
      watchdogMilliseconds: 15_000,
    });
  });

  it("may be meant for another process", () => {
    const watchdog = { WATCHDOG_USEC: "30000000", WATCHDOG_PID: "8" };
    expect(readServiceEnvironment(watchdog, 7).watchdogMilliseconds).toBeUndefined();
  });

  it.each(["", "x", "-1", "0", "1999"])("does not make a timer of WATCHDOG_USEC=%j", (text) => {
    expect(readServiceEnvironment({ WATCHDOG_USEC: text }, 7).watchdogMilliseconds).toBeUndefined();
  });
});

describe("a watchdog of months", () => {
  it("is answered as seldom as a timer can, not all the time", () => {
    const environment = { WATCHDOG_USEC: "9999999999999999" };
    expect(readServiceEnvironment(environment, 7).watchdogMilliseconds).toBe(0x7fffffff);
  });
});

describe("the status", () => {
  it("says how many calls there are, and whether there will be more", () => {
    expect(statusText({ size: 0, isDraining: false })).toBe("0 calls");
    expect(statusText({ size: 1, isDraining: false })).toBe("1 call");
    expect(statusText({ size: 2, isDraining: true })).toBe("2 calls; draining, new calls are refused");
  });
});

describe("a Unix socket's address", () => {
  it("ends with a zero byte where it is a path", () => {
    expect(Buffer.from(unixSockaddr("/run/n")!).toString("latin1")).toBe("\x01\0/run/n\0");
  });

  it("begins with one where it is abstract", () => {
    expect(Buffer.from(unixSockaddr("@n")!).toString("latin1")).toBe("\x01\0\0n");
  });

  it("fills 108 bytes and no more", () => {
    expect(unixSockaddr(`/${"x".repeat(106)}`)).toHaveLength(110);
    expect(unixSockaddr(`/${"x".repeat(107)}`)).toBeUndefined();
    expect(unixSockaddr(`@${"x".repeat(107)}`)).toHaveLength(110);
    expect(unixSockaddr(`@${"x".repeat(108)}`)).toBeUndefined();
  });

  it.each(["", "@", "notify", "vsock:2:1234"])("is not made of %j", (name) => {
    expect(unixSockaddr(name)).toBeUndefined();
  });
});
