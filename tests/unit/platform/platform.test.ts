import { describe, expect, it } from "vitest";
import { parseCapabilities } from "../../../src/platform/capabilities.ts";
import { BatchClock, monotonicNow } from "../../../src/platform/clock.ts";
import { checked, Errno, errnoName, SystemError } from "../../../src/platform/errors.ts";
import { openFileLimit, raiseOpenFileLimit } from "../../../src/platform/limits.ts";
import { ForeignMemory } from "../../../src/platform/memory.ts";
import { ReceiveBatch, SendBatch } from "../../../src/platform/message-batch.ts";
import { closeDescriptor } from "../../../src/platform/socket.ts";
import { readSockaddr, sockaddrLength, writeSockaddr } from "../../../src/platform/socket-address.ts";

describe("sockaddr", () => {
  it.each([
    [{ family: 4, address: "192.0.2.1", port: 4660 } as const, "0200 1234 c0000201 0000000000000000"],
    [
      { family: 6, address: "2001:db8::1", port: 4660 } as const,
      "0a00 1234 00000000 20010db8000000000000000000000001 00000000",
    ],
  ])("has the kernel's layout: %j", (endpoint, hex) => {
    const bytes = new Uint8Array(40).fill(0xff);
    const length = writeSockaddr(bytes, 4, endpoint);
    expect(length).toBe(sockaddrLength(endpoint.family));
    expect(Buffer.from(bytes.subarray(4, 4 + length)).toString("hex")).toBe(hex.replaceAll(" ", ""));
    expect(readSockaddr(bytes, 4)).toEqual(endpoint);
    expect(bytes[4 + length]).toBe(0xff);
  });

  it("is not written past the end of its buffer", () => {
    expect(() =>
      writeSockaddr(new Uint8Array(15), 0, { family: 4, address: "192.0.2.1", port: 1 }),
    ).toThrow();
  });

  it("of another family reads as nothing", () => {
    expect(readSockaddr(new Uint8Array(32), 0)).toBeUndefined();
  });
});

describe("capabilities", () => {
  it("are read from the effective set", () => {
    const text = "CapPrm:\tffffffffffffffff\nCapEff:\t0000000000003000\n";
    expect([...parseCapabilities(text)]).toEqual(["CAP_NET_ADMIN", "CAP_NET_RAW"]);
    expect(parseCapabilities("CapEff:\t0000008000800000").has("CAP_SYS_NICE")).toBe(true);
    expect([...parseCapabilities("CapEff:\t0000000000000000")]).toEqual([]);
    expect([...parseCapabilities("")]).toEqual([]);
  });

  it("take the right to administer the system as the right to load programs", () => {
    expect(parseCapabilities("CapEff:\t0000000000200000").has("CAP_BPF")).toBe(true);
  });
});

describe("errors", () => {
  it("carry the number, its name and the call", () => {
    const error = new SystemError("bind", Errno.EADDRINUSE, "192.0.2.1 port 5");
    expect(error).toMatchObject({ code: "E_SYSTEM", errno: 98, call: "bind" });
    expect(error.message).toBe("bind: EADDRINUSE (192.0.2.1 port 5)");
    expect(errnoName(4711)).toBe("errno 4711");
  });

  it("come from the failed call", () => {
    expect(() => closeDescriptor(-1)).toThrow("close: EBADF");
    expect(checked("any", 3)).toBe(3);
  });
});

describe("foreign memory", () => {
  it("gives no address outside itself", () => {
    const memory = new ForeignMemory(4096);
    expect(memory.addressOf(4096, 0)).toBe(memory.address + 4096);
    for (const [offset, length] of [
      [4096, 1],
      [-1, 1],
      [0, 4097],
      [Number.NaN, 1],
    ] as const) {
      expect(() => memory.addressOf(offset, length)).toThrow("outside");
    }
  });
});

describe("message batches", () => {
  it("refuse messages and ranges outside their buffers", () => {
    const payload = new ForeignMemory(4096);
    const batch = new SendBatch(2, payload);
    expect(() => batch.set(0, 16, 28, 4000, 96)).not.toThrow();
    expect(() => batch.set(0, 16, 28, 4000, 97)).toThrow();
    expect(() => batch.set(2, 16, 28, 0, 1)).toThrow();
    expect(() => batch.set(0, 33, 28, 0, 1)).toThrow();
    expect(() => batch.set(0, 16, 65, 0, 1)).toThrow();
    expect(() => batch.set(0, 16, 28, -1, 1)).toThrow();
    expect(() => batch.send(-1, 0, 3)).toThrow();
    expect(() => batch.send(-1, 1, 1)).toThrow();
    expect(() => new ReceiveBatch(0, 2048, 0)).toThrow();
    expect(() => new ReceiveBatch(1, 2049, 0)).toThrow();
  });

  it("return the negative error number", () => {
    const payload = new ForeignMemory(4096);
    const batch = new SendBatch(2, payload);
    batch.set(0, 16, 0, 0, 10);
    expect(batch.send(-1, 0, 1)).toBe(-9);
    expect(new ReceiveBatch(1, 2048, 0).receive(-1)).toBe(-9);
  });
});

it("both clocks are the same", () => {
  const into = new Float64Array(1);
  const before = monotonicNow();
  new BatchClock().read(into);
  const after = monotonicNow();
  expect(into[0]).toBeGreaterThanOrEqual(before);
  expect(into[0]).toBeLessThanOrEqual(after);
});

it("the limit of open files is raised to what was asked for, or stays", () => {
  const { soft, hard } = openFileLimit();
  expect(raiseOpenFileLimit(Math.min(soft + 1, hard))).toBeGreaterThanOrEqual(soft);
  expect(openFileLimit().soft).toBeGreaterThanOrEqual(soft);
});
