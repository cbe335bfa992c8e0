import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Dataplane, ReservedSocket } from "../../../src/dataplane/index.ts";
import { DropReason } from "../../../src/flow/reasons.ts";
import { rtp } from "../../support/packets.ts";
import { IS_ROOT, open } from "../relay/support/backends.ts";
import { flowBetween, media, reservePair, until } from "../relay/support/call.ts";
import { Phone } from "../relay/support/phone.ts";

describe.skipIf(!IS_ROOT)(IS_ROOT ? "a flow in the kernel" : "skipped: needs root", () => {
  const local = media("127.0.0.1", 24000, 24009);
  let dataplane: Dataplane;
  let phones: Phone[];
  let a: ReservedSocket;
  let b: ReservedSocket;

  beforeEach(async () => {
    dataplane = await open("steered", [local], { fastpath: "required" });
    [a, b] = reservePair(dataplane, local);
    phones = [new Phone(4), new Phone(4), new Phone(4)];
  });
  afterEach(async () => {
    await dataplane.close();
    for (const phone of phones) phone.close();
  });

  /** Has phone 0 speak to `a`, and phone 1 to `b`, and waits until the kernel carries both. */
  async function begin(signalled: Phone = phones[1]!): Promise<void> {
    dataplane.apply([flowBetween(a, b, signalled.endpoint), flowBetween(b, a, phones[0]!.endpoint)]);
    phones[1]!.send(b, rtp(0));
    expect(await phones[0]!.receive(1)).toHaveLength(1);
    phones[0]!.send(a, rtp(0));
    expect(await phones[1]!.receive(1)).toHaveLength(1);
    const isThere = (): boolean => [a, b].every(({ flowId }) => dataplane.read(flowId).tier === "kernel");
    expect(await until(isThere)).toBe(true);
  }

  it("may be asked and closed again after its end", async () => {
    await begin();
    phones[0]!.send(a, rtp(1));
    expect(await phones[1]!.receive(1)).toHaveLength(1);
    await Promise.all([dataplane.close(), dataplane.close()]);
    await dataplane.close();
    expect(dataplane.totals()).toMatchObject({ packets: 3, kernel: { packets: 1 } });
    expect(dataplane.read(a.flowId).packetsIn).toBe(2);
    expect(dataplane.fastpath().isActive).toBe(true);
  });

  it("forgets what was learned of a party as soon as that party alone is applied anew", async () => {
    await begin(phones[2]!);
    phones[0]!.send(a, rtp(1));
    expect(await phones[1]!.receive(1)).toHaveLength(1);
    const source = { endpointEpoch: 2, latchEpoch: 2 };
    dataplane.apply([flowBetween(b, a, phones[0]!.endpoint, { source, flow: { generation: 2 } })]);
    phones[0]!.send(a, rtp(2));
    expect(await phones[2]!.receive(1)).toHaveLength(1);
  });

  it("forgets it when that party's flow is withdrawn", async () => {
    await begin(phones[2]!);
    dataplane.withdraw([b.flowId]);
    phones[0]!.send(a, rtp(1));
    expect(await phones[2]!.receive(1)).toHaveLength(1);
  });

  it("sends nothing from a port that has become another call's", async () => {
    await begin();
    dataplane.release([b]);
    const others = Array.from({ length: 9 }, () =>
      dataplane.reserve([{ media: local, count: 1, callId: "x" }]),
    );
    expect(others.flat(2).some(({ port }) => port === b.port)).toBe(true);
    phones[0]!.send(a, rtp(1));
    const isDropped = (): boolean => dataplane.read(a.flowId).drops[DropReason.NoSink] === 1;
    expect(await until(isDropped)).toBe(true);
    expect(await phones[1]!.receive(1, 50)).toEqual([]);
    expect(dataplane.read(a.flowId).kernelRefusal).toBe("no-receiver");
  });

  it("is dropped by a strict flow that does not learn any more, unless it is from whom it had learned", async () => {
    await begin();
    const strict = { learning: "off", isStrict: true, expected: phones[2]!.endpoint } as const;
    dataplane.apply([flowBetween(a, b, phones[1]!.endpoint, { source: strict, flow: { generation: 2 } })]);
    await new Promise((resolve) => setTimeout(resolve, 250));
    phones[2]!.send(a, rtp(1));
    const isDropped = (): boolean => dataplane.read(a.flowId).drops[DropReason.WrongSource] === 1;
    expect(await until(isDropped)).toBe(true);
    phones[0]!.send(a, rtp(2));
    expect((await phones[1]!.receive(1)).map(({ bytes }) => bytes)).toEqual([rtp(2)]);
  });

  it("leaves what it lost in the sums when its port is given back", async () => {
    await begin();
    for (const sequence of [1, 2, 5, 6]) phones[0]!.send(a, rtp(sequence));
    await phones[1]!.receive(4);
    const lost = (): number => dataplane.interfaces()[0]!.packetsLost;
    expect([dataplane.totals().kernel.packets, lost()]).toEqual([4, 2]);
    dataplane.release([a, b]);
    expect([dataplane.totals().kernel.packets, lost()]).toEqual([4, 2]);
  });
});
