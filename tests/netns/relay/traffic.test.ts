import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Dataplane, InterfaceReading } from "../../../src/dataplane/index.ts";
import { rtp } from "../../support/packets.ts";
import { open } from "./support/backends.ts";
import { flowBetween, media, reservePair, until } from "./support/call.ts";
import { Phone } from "./support/phone.ts";

const FIRST = media("127.0.0.1", 21200, 21299, "first");
const SECOND = media("127.0.0.2", 21200, 21299, "second");

describe("traffic by interface and worker", () => {
  let dataplane: Dataplane;
  let phoneA: Phone;
  let phoneB: Phone;

  beforeEach(async () => {
    dataplane = await open("sockets", [FIRST, SECOND]);
    phoneA = new Phone(4);
    phoneB = new Phone(4);
  });

  afterEach(async () => {
    await dataplane.close();
    phoneA.close();
    phoneB.close();
  });

  const readings = (): InterfaceReading[] => dataplane.interfaces();

  it("is counted where it comes in and where it goes out, and kept when the call is gone", async () => {
    const [a, b] = reservePair(dataplane, FIRST, SECOND);
    dataplane.apply([flowBetween(a, b, phoneB.endpoint), flowBetween(b, a, phoneA.endpoint)]);
    // 3 and 4 are missing, 5 comes twice.
    for (const sequence of [1, 2, 5, 5, 6]) phoneA.send(a, rtp(sequence));
    phoneA.send(a, new Uint8Array(3));
    expect(await until(() => readings()[1]!.egress.packets === 5)).toBe(true);
    expect(await until(() => readings()[0]!.ingress.errors === 1)).toBe(true);
    const check = (): void => {
      const [first, second] = readings();
      expect(first!.ingress).toMatchObject({ packets: 5, errors: 1 });
      expect(first!.ingress.bytes).toBe(5 * 172);
      expect(first!.egress.packets).toBe(0);
      expect(first!.duplicates).toBe(1);
      expect(second!.ingress.packets).toBe(0);
      expect(second!.egress).toEqual({ packets: 5, bytes: 5 * 172, errors: 0 });
      const [worker] = dataplane.workers();
      expect(worker).toMatchObject({ index: 0, packets: 5 });
      expect(worker!.batches).toBeGreaterThan(0);
      expect(dataplane.totals()).toMatchObject({ packets: 5, kernel: { packets: 0 } });
    };
    check();
    expect(readings().map(({ portsUsed }) => portsUsed)).toEqual([1, 1]);
    dataplane.release([a, b]);
    check();
    expect(readings().map(({ portsUsed }) => portsUsed)).toEqual([0, 0]);
  });
});
