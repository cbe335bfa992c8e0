import { describe, expect, it } from "vitest";
import { DropReason } from "../../../src/flow/reasons.ts";
import { rtp } from "../../support/packets.ts";
import { BACKENDS, IS_ROOT, open } from "./support/backends.ts";
import { flowBetween, media, reservePair } from "./support/call.ts";
import { Phone } from "./support/phone.ts";

describe.each(BACKENDS)("$name", ({ name, needsRoot }) => {
  describe.skipIf(needsRoot && !IS_ROOT)(
    needsRoot && !IS_ROOT ? "skipped: needs root" : "a closed port",
    () => {
      it.each([
        ["127.0.0.1", 4],
        ["::1", 6],
      ] as const)("at %s costs no other packet, whatever ICMP says of it", async (address, family) => {
        const local = media(address, 23200, 23209);
        const dataplane = await open(name, [local]);
        const [a, b] = reservePair(dataplane, local);
        const [phoneA, phoneB] = [new Phone(family), new Phone(family)];
        const flow = flowBetween(a, b, phoneB.endpoint);
        const [sink] = flow.sinks;
        const closed = { ...sink!, to: { family, address, port: 23219 } as const };
        dataplane.apply([{ ...flow, sinks: [sink!, closed] }, flowBetween(b, a, phoneA.endpoint)]);
        for (let index = 0; index < 30; index++) phoneA.send(a, rtp(index));
        expect(await phoneB.receive(30)).toHaveLength(30);
        expect(dataplane.read(a.flowId).drops[DropReason.SendFailed]).toBe(0);
        await dataplane.close();
        phoneA.close();
        phoneB.close();
      });
    },
  );
});
