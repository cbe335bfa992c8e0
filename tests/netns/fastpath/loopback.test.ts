import { describe, expect, it } from "vitest";
import { rtp } from "../../support/packets.ts";
import { IS_ROOT, open } from "../relay/support/backends.ts";
import { flowBetween, media, reservePair, until } from "../relay/support/call.ts";
import { Phone } from "../relay/support/phone.ts";

describe.skipIf(!IS_ROOT).each([
  [4, "127.0.0.1"],
  [6, "::1"],
] as const)(IS_ROOT ? "the kernel, on loopback, IPv%i" : "skipped: needs root", (family, address) => {
  const local = media(address, 24000, 24009);

  it("takes a flow after its first packet, and every packet arrives as the relay would send it", async () => {
    const dataplane = await open("steered", [local], { fastpath: "required" });
    const [a, b] = reservePair(dataplane, local);
    const phones = [new Phone(family), new Phone(family)] as const;
    dataplane.apply([flowBetween(a, b, phones[1].endpoint), flowBetween(b, a, phones[0].endpoint)]);
    phones[0].send(a, rtp(0));
    expect((await phones[1].receive(1)).length).toBe(1);
    expect(await until(() => dataplane.read(a.flowId).tier === "kernel")).toBe(true);
    for (let index = 1; index <= 500; index++) phones[0].send(a, rtp(index));
    const received = await phones[1].receive(500);
    expect(received.map(({ bytes }) => bytes)).toEqual(
      Array.from({ length: 500 }, (_, index) => rtp(index + 1)),
    );
    for (const { from } of received) expect(from).toMatchObject({ address, port: b.port });
    const reading = dataplane.read(a.flowId);
    expect(reading).toMatchObject({ packetsIn: 501, tier: "kernel" });
    expect(reading.sources).toMatchObject([{ packets: 501, lost: 0, duplicates: 0, reordered: 0 }]);
    expect(dataplane.totals().kernel.packets).toBe(500);
    expect(dataplane.workers()[0]!.packets).toBe(1);
    await dataplane.close();
    for (const phone of phones) phone.close();
  });
});
