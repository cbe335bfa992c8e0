import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Micros } from "../../../src/base/brand.ts";
import { createDataplane, type DataplaneEvent, type ReservedSocket } from "../../../src/dataplane/index.ts";
import { DropReason } from "../../../src/flow/reasons.ts";
import { rtp } from "../../support/packets.ts";
import { BACKENDS, IS_ROOT, open } from "./support/backends.ts";
import { flowBetween, media, reservePair, until } from "./support/call.ts";
import { Phone } from "./support/phone.ts";

const V4 = media("127.0.0.1", 22000, 22009);

const descriptors = (): number => readdirSync("/proc/self/fd").length;

describe.each(BACKENDS)("$name", ({ name, needsRoot }) => {
  describe.skipIf(needsRoot && !IS_ROOT)(needsRoot && !IS_ROOT ? "skipped: needs root" : "ports", () => {
    it("run out as one word, and a failed reservation takes none", async () => {
      const dataplane = await open(name, [V4]);
      const pair = { media: V4, count: 2, callId: "x" } as const;
      expect(() => dataplane.reserve([pair, pair, pair, pair, pair, pair])).toThrow(
        expect.objectContaining({ code: "E_PORTS_EXHAUSTED", message: "Ran out of ports" }),
      );
      expect(dataplane.interfaces()[0]).toMatchObject({ portsTotal: 10, portsUsed: 0, backend: name });
      const all = dataplane.reserve([pair, pair, pair, pair, pair]).flat();
      expect(new Set(all.map(({ port }) => port)).size).toBe(10);
      expect(new Set(all.map(({ flowId }) => flowId)).size).toBe(10);
      expect(dataplane.interfaces()[0]!.portsUsed).toBe(10);
      dataplane.release(all);
      expect(dataplane.interfaces()[0]!.portsUsed).toBe(0);
      await dataplane.close();
    });

    it("of a foreign socket are never handed out", async () => {
      const foreign = [22000, 22003, 22004].map((port) => new Phone(4, "127.0.0.1", port));
      const dataplane = await open(name, [V4]);
      const pairs = dataplane.reserve([
        { media: V4, count: 2, callId: "x" },
        { media: V4, count: 2, callId: "x" },
      ]);
      expect(pairs.map(([first]) => first!.port)).toEqual([22006, 22008]);
      await dataplane.close();
      for (const phone of foreign) phone.close();
    });

    it("and all descriptors come back, call by call and at the end", async () => {
      // The first data plane makes what the process keeps: signal pipes, libraries.
      await (await open(name, [V4])).close();
      const atFirst = descriptors();
      const dataplane = await open(name, [V4]);
      const idle = descriptors();
      for (let call = 0; call < 200; call++) {
        const [a, b] = reservePair(dataplane, V4);
        dataplane.apply([flowBetween(a, b, undefined), flowBetween(b, a, undefined)]);
        dataplane.release([a, b]);
      }
      expect(descriptors()).toBe(idle);
      await dataplane.close();
      expect(descriptors()).toBe(atFirst);
    });

    it("that are released while packets pour in stop at once, and totals remain", async () => {
      const dataplane = await open(name, [V4]);
      const [phoneA, phoneB] = [new Phone(4), new Phone(4)];
      let sent = 0;
      for (let call = 0; call < 100; call++) {
        const [a, b] = reservePair(dataplane, V4);
        dataplane.apply([flowBetween(a, b, phoneB.endpoint), flowBetween(b, a, phoneA.endpoint)]);
        for (let index = 0; index < 20; index++, sent++) phoneA.send(a, rtp(index));
        dataplane.release([a, b]);
        phoneB.drain();
      }
      const { packets, drops } = dataplane.totals();
      expect(packets).toBeLessThanOrEqual(sent);
      expect(drops[DropReason.Fault]).toBe(0);
      const [a, b] = reservePair(dataplane, V4);
      dataplane.apply([flowBetween(a, b, phoneB.endpoint), flowBetween(b, a, phoneA.endpoint)]);
      await new Promise((resolve) => setTimeout(resolve, 50));
      phoneB.drain();
      phoneA.send(a, rtp(77));
      expect((await phoneB.receive(1)).at(-1)?.bytes[3]).toBe(77);
      await dataplane.close();
      phoneA.close();
      phoneB.close();
    });

    it("of two interfaces on one address are shared without collision", async () => {
      const other = media("127.0.0.1", 22004, 22013, "other");
      const dataplane = await open(name, [V4, other]);
      const wish = (from: typeof V4, count: number): { media: typeof V4; count: 1; callId: string }[] =>
        Array.from({ length: count }, () => ({ media: from, count: 1 as const, callId: "x" }));
      const ports = dataplane.reserve([...wish(V4, 8), ...wish(other, 6)]).flat();
      expect(new Set(ports.map(({ port }) => port)).size).toBe(14);
      expect(() => dataplane.reserve(wish(V4, 1))).toThrow("Ran out of ports");
      await dataplane.close();
    });

    it("tell main what their packets bring about", async () => {
      const events: DataplaneEvent[] = [];
      const dataplane = await open(name, [V4], { onEvent: (event) => events.push(event) });
      const [a, b] = reservePair(dataplane, V4);
      const phone = new Phone(4);
      dataplane.apply([flowBetween(a, b, undefined), flowBetween(b, a, phone.endpoint)]);
      phone.send(a, rtp(1));
      expect(await until(() => events.length === 3)).toBe(true);
      expect(events.map(({ kind, flowId }) => [kind, flowId])).toEqual([
        ["learned", a.flowId],
        ["validated", a.flowId],
        ["source", a.flowId],
      ]);
      await dataplane.close();
      phone.close();
    });

    it("tell main everything, however much comes at once", async () => {
      const events: DataplaneEvent[] = [];
      const dataplane = await open(name, [V4], { onEvent: (event) => events.push(event) });
      const [a, b] = reservePair(dataplane, V4);
      const phones = [new Phone(4), new Phone(4)] as const;
      const source = { learning: "delayed", confirmFrom: 1e15 as Micros } as const;
      dataplane.apply([flowBetween(a, b, undefined, { source }), flowBetween(b, a, undefined)]);
      const clock = new Int32Array(new SharedArrayBuffer(4));
      // In the wait each packet of another source moves the endpoint: an event a packet.
      for (let index = 0; index < 3000; index++) {
        phones[index % 2]!.send(a, rtp(index));
        // No more than the socket's buffer holds; this thread sleeps, so the ring fills up meanwhile.
        while (index % 100 === 99 && dataplane.read(a.flowId).packetsIn <= index)
          Atomics.wait(clock, 0, 0, 1);
      }
      expect(await until(() => events.length === 3002)).toBe(true);
      await dataplane.close();
      for (const phone of phones) phone.close();
    });

    it("of all calls are spread over the workers, those of one call are not", async () => {
      const dataplane = await open(name, [media("127.0.0.1", 22100, 22199)], { workers: 2 });
      const wide = dataplane.interfaces()[0]!.media;
      const [phoneA, phoneB] = [new Phone(4), new Phone(4)];
      for (let call = 0; call < 8; call++) {
        const [[a], [b]] = dataplane.reserve([
          { media: wide, count: 1, callId: `call-${call}` },
          { media: wide, count: 1, callId: `call-${call}` },
        ]) as [[ReservedSocket], [ReservedSocket]];
        dataplane.apply([flowBetween(a, b, phoneB.endpoint), flowBetween(b, a, phoneA.endpoint)]);
        phoneA.send(a, rtp(call));
        expect(await phoneB.receive(1)).toHaveLength(1);
      }
      await dataplane.close();
      phoneA.close();
      phoneB.close();
    });
  });
});

describe("choice of the backend", () => {
  it("says why it is not the better one", async () => {
    const dataplane = await createDataplane({ interfaces: [V4], workers: 1, random: () => 0 });
    const [reading] = dataplane.interfaces();
    if (IS_ROOT) expect(reading).toMatchObject({ backend: "steered", reason: "" });
    else expect(reading).toMatchObject({ backend: "sockets", reason: expect.stringContaining("CAP_") });
    await dataplane.close();
  });
});
