import { describe, expect, it } from "vitest";
import { DropReason } from "../../../src/flow/reasons.ts";
import { rtp } from "../../support/packets.ts";
import { BACKENDS, IS_ROOT, open } from "./support/backends.ts";
import { flowBetween, media, reservePair, until } from "./support/call.ts";
import { Phone } from "./support/phone.ts";

const V4 = media("127.0.0.1", 24000, 24009);
const workerProgram = new URL("./support/worker-failing.ts", import.meta.url);

describe.each(BACKENDS)("$name", ({ name, needsRoot }) => {
  describe.skipIf(needsRoot && !IS_ROOT)(needsRoot && !IS_ROOT ? "skipped: needs root" : "a worker", () => {
    it("that throws in a step loses that packet and says so", async () => {
      const messages: string[] = [];
      const dataplane = await open(name, [V4], {
        workerProgram,
        log: (_level, message) => messages.push(message),
      });
      const [a, b] = reservePair(dataplane, V4);
      const [phoneA, phoneB] = [new Phone(4), new Phone(4)];
      dataplane.apply([flowBetween(a, b, phoneB.endpoint), flowBetween(b, a, phoneA.endpoint)]);
      for (let index = 0; index < 30; index++) phoneA.send(a, rtp(index));
      const received = await phoneB.receive(29);
      expect(received.map(({ bytes }) => bytes[3])).toEqual(
        Array.from({ length: 30 }, (_, index) => index).filter((index) => index !== 13),
      );
      expect(dataplane.read(a.flowId).drops[DropReason.Fault]).toBe(1);
      expect(dataplane.totals().errors).toBe(1);
      expect(await until(() => messages.some((message) => message.includes("thirteen")))).toBe(true);
      await dataplane.close();
      phoneA.close();
      phoneB.close();
    });

    it("that dies is started again, and its calls go on", async () => {
      const messages: string[] = [];
      const dataplane = await open(name, [V4], {
        workerProgram,
        log: (_level, message) => messages.push(message),
      });
      const [a, b] = reservePair(dataplane, V4);
      const [phoneA, phoneB] = [new Phone(4), new Phone(4)];
      dataplane.apply([flowBetween(a, b, phoneB.endpoint), flowBetween(b, a, phoneA.endpoint)]);
      phoneA.send(a, rtp(1));
      await phoneB.receive(1);
      phoneA.send(a, rtp(666));
      let sequenceNumber = 700;
      await until(() => messages.some((message) => message.includes("died")), 3000);
      expect(
        await until(() => {
          phoneA.send(a, rtp(sequenceNumber++));
          return phoneB.drain().length > 0;
        }, 5000),
      ).toBe(true);
      expect(dataplane.read(a.flowId)).toMatchObject({ learned: phoneA.endpoint, isConfirmed: true });
      dataplane.release([a, b]);
      await dataplane.close();
      phoneA.close();
      phoneB.close();
    });
  });
});
