import { describe, expect, it } from "vitest";
import type { ReservedSocket } from "../../../src/dataplane/index.ts";
import type { Sink } from "../../../src/flow/flow.ts";
import { DropReason } from "../../../src/flow/reasons.ts";
import { rtp } from "../../support/packets.ts";
import { BACKENDS, IS_ROOT, open } from "./support/backends.ts";
import { flowBetween, media, reservePair, until } from "./support/call.ts";
import { Phone, receiveWithTypeOfService, requestTypeOfService } from "./support/phone.ts";

const V4 = media("127.0.0.1", 24100, 24119);
const V6 = media("::1", 24100, 24119);

describe.each(BACKENDS)("$name", ({ name, needsRoot }) => {
  describe.skipIf(needsRoot && !IS_ROOT)(needsRoot && !IS_ROOT ? "skipped: needs root" : "a flow", () => {
    it("is seen old or new by each packet, never half, while it is replaced all the time", async () => {
      const dataplane = await open(name, [V4], { realtimePriority: 0 });
      const sinkCount = 8;
      const sockets = dataplane.reserve(
        Array.from({ length: 1 + 2 * sinkCount }, () => ({ media: V4, count: 1 as const, callId: "call" })),
      );
      const [a, ...outlets] = sockets.map(([socket]) => socket!) as [ReservedSocket, ...ReservedSocket[]];
      const phone = new Phone(4);
      const base = flowBetween(a, a, a, { source: { learning: "off" } });
      const [sink] = base.sinks as readonly [Sink];
      // The last sink leads back to the flow itself: packets circulate, so the worker is never idle.
      const versions = [0, 1].map((version) => ({
        ...base,
        sinks: Array.from({ length: sinkCount }, (_, index) => ({
          ...sink,
          from: outlets[version * sinkCount + index]!,
          to: index === sinkCount - 1 ? a : phone.endpoint,
        })),
      }));
      dataplane.apply([versions[0]!]);
      for (let index = 0; index < 20; index++) phone.send(a, rtp(index));
      const clock = new Int32Array(new SharedArrayBuffer(4));
      for (let generation = 2; generation < 3000; generation++) {
        dataplane.apply([{ ...versions[generation % 2]!, generation }]);
        if (generation % 100 === 0) Atomics.wait(clock, 0, 0, 1);
      }
      dataplane.withdraw([a.flowId]);
      await new Promise((resolve) => setTimeout(resolve, 100));
      const { packetsIn, drops } = dataplane.read(a.flowId);
      const counts = outlets.map(({ flowId }) => dataplane.read(flowId).packetsOut);
      await dataplane.close();
      phone.close();
      // Every packet left by all sockets of one version and by none of the other's.
      const [first, second] = [counts.slice(0, sinkCount), counts.slice(sinkCount)];
      expect(new Set(first).size).toBe(1);
      expect(new Set(second).size).toBe(1);
      expect(first[0]! + second[0]!).toBe(packetsIn);
      expect(Math.min(first[0]!, second[0]!)).toBeGreaterThan(0);
      expect(packetsIn).toBeGreaterThan(1000);
      expect(drops[DropReason.SendFailed]).toBe(0);
    });

    it.each([V4, V6])(
      "sets the type of service of each packet it sends from $bind.address",
      async (local) => {
        const dataplane = await open(name, [local]);
        const { family } = local.bind;
        const [phoneA, phoneB] = [new Phone(family), new Phone(family)];
        requestTypeOfService(phoneB.fd, family);
        for (const tos of [0xb8, 0x2c, 0, 0xff]) {
          const [a, b] = reservePair(dataplane, local);
          dataplane.apply([
            flowBetween(a, b, phoneB.endpoint, { sink: { tos } }),
            flowBetween(b, a, undefined),
          ]);
          phoneA.send(a, rtp(1));
          let seen: number | undefined;
          await until(() => {
            seen = receiveWithTypeOfService(phoneB.fd);
            return seen !== undefined;
          });
          // UDP sockets may not set the two lowest bits, which are for congestion (RFC 3168 §5): fine either way.
          expect(seen).toBeDefined();
          expect(seen! & 0xfc).toBe(tos & 0xfc);
          dataplane.release([a, b]);
        }
        await dataplane.close();
        phoneA.close();
        phoneB.close();
      },
    );
  });
});
