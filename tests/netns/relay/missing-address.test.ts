import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import { hasAddress } from "../../../src/platform/socket.ts";
import { rtp } from "../../support/packets.ts";
import { eventually } from "../../support/processes/child.ts";
import { BACKENDS, IS_ROOT, open } from "./support/backends.ts";
import { flowBetween, media, reservePair } from "./support/call.ts";
import { Phone } from "./support/phone.ts";

const ADDRESSES = [
  ["192.0.2.99", 4],
  ["2001:db8::99", 6],
] as const;

const change = (verb: "add" | "del", address: string, family: 4 | 6): void => {
  const prefix = family === 4 ? 32 : 128;
  const more = verb === "add" && family === 6 ? ["nodad"] : [];
  execFileSync("ip", ["address", verb, `${address}/${prefix}`, "dev", "lo", ...more]);
};

/** The kernel adds an IPv6 address first and, from a work queue, the route to it later: packets would go astray meanwhile. */
const isRouted = (address: string): boolean =>
  /\bdev lo\b/.test(execFileSync("ip", ["route", "get", address], { encoding: "utf8" }));

describe.skipIf(!IS_ROOT).each(BACKENDS)("$name, root only", ({ name }) => {
  const added: (readonly [string, 4 | 6])[] = [];
  afterEach(() => {
    for (const [address, family] of added.splice(0)) change("del", address, family);
  });

  it.each(ADDRESSES)(
    "starts without its address %s, and relays once the host has it",
    async (address, family) => {
      expect(hasAddress({ family, address })).toBe(false);
      const local = media(address, 23300, 23309);
      const dataplane = await open(name, [local], { workers: 2 });
      try {
        expect(() => reservePair(dataplane, local)).toThrow("EADDRNOTAVAIL");
        expect(dataplane.interfaces()[0]?.portsUsed).toBe(0);
        change("add", address, family);
        added.push([address, family]);
        expect(hasAddress({ family, address })).toBe(true);
        await eventually(
          () => isRouted(address),
          5000,
          () => `no route to ${address}`,
        );
        const [a, b] = reservePair(dataplane, local);
        const [phoneA, phoneB] = [new Phone(family, address), new Phone(family, address)];
        dataplane.apply([flowBetween(a, b, phoneB.endpoint), flowBetween(b, a, phoneA.endpoint)]);
        for (let index = 0; index < 10; index++) phoneA.send(a, rtp(index));
        expect(await phoneB.receive(10)).toHaveLength(10);
        phoneA.close();
        phoneB.close();
      } finally {
        await dataplane.close();
      }
    },
  );
});
