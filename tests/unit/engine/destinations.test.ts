import { describe, expect, it } from "vitest";
import type { Endpoint } from "../../../src/base/endpoint.ts";
import { controlEndpoints } from "../../../src/daemon/control-endpoints.ts";
import { audioSdp, mediaInterface, TestEngine } from "../../support/engine.ts";

const ALICE = audioSdp("198.51.100.1", 4000);
const PUBLIC = mediaInterface("default", "203.0.113.1");
const PUBLIC6 = mediaInterface("default", "2001:db8:4321::1");
const LOOPBACK = mediaInterface("default", "127.0.0.1");
const CONTROL: Endpoint = { family: 4, address: "10.0.0.5", port: 2223 };

/** Where the engine sends what Alice says when Bob's SDP names this endpoint; "" for nowhere. */
function destinationOf(address: string, port: number, test: TestEngine): string {
  test.offer(ALICE);
  test.answer(audioSdp(address, port));
  const fromAlice = [...test.dataplane.flows.values()].find(({ source }) => source.expected?.port === 4000)!;
  const [rtp] = fromAlice.sinks.filter(({ carries }) => carries === "rtp");
  return rtp?.to ? `${rtp.to.address} ${rtp.to.port}` : "";
}

const engine = (media = [PUBLIC, PUBLIC6]): TestEngine => new TestEngine({}, media, [CONTROL]);

describe("media is not sent", () => {
  it.each([
    ["127.0.0.1", 5000],
    ["127.1.2.3", 161],
    ["0.1.2.3", 5000],
    ["224.0.0.1", 5000],
    ["239.255.255.250", 1900],
    ["240.0.0.1", 5000],
    ["255.255.255.255", 5000],
    ["::1", 5000],
    ["ff02::1", 5000],
    ["::ffff:127.0.0.1", 5000],
  ])("from a network interface to %s", (address, port) => {
    const test = engine(address.includes(":") ? [PUBLIC6] : [PUBLIC]);
    expect(destinationOf(address, port, test)).toBe("");
    expect(test.refused.length).toBeGreaterThan(0);
  });

  it.each([["10.0.0.5"], ["203.0.113.1"], ["172.17.0.1"]])("to an NG port of ours at %s", (address) => {
    expect(destinationOf(address, 2223, engine([PUBLIC]))).toBe("");
  });

  it("to an NG port of ours within loopback", () => {
    expect(destinationOf("127.0.0.1", 2223, engine([LOOPBACK]))).toBe("");
  });

  it("by pierce-nat to an endpoint that it is not sent to otherwise", () => {
    const test = engine();
    test.offer(ALICE);
    test.answer(audioSdp("127.0.0.1", 2223), { flags: ["pierce-nat"] });
    expect(test.dataplane.sent).toEqual([]);
  });
});

describe("media is sent", () => {
  it.each([
    ["198.51.100.2", 2223],
    ["10.0.0.5", 2224],
    ["203.0.113.1", 5000],
    ["223.255.255.1", 5000],
  ])("to %s port %i", (address, port) => {
    const test = engine();
    expect(destinationOf(address, port, test)).toBe(`${address} ${port}`);
    expect(test.refused).toEqual([]);
  });

  it("within loopback where the interface is loopback", () => {
    expect(destinationOf("127.0.0.1", 5000, engine([LOOPBACK]))).toBe("127.0.0.1 5000");
  });
});

it("a party whose SDP names its loopback is unreachable by it, so that its source may be learned", () => {
  const test = engine([mediaInterface("default", "10.0.0.6")]);
  test.offer(audioSdp("127.0.1.1", 4000));
  test.answer(audioSdp("10.0.0.9", 5000));
  const flow = [...test.dataplane.flows.values()].find(({ source }) => source.expected?.port === 4000)!;
  expect(flow.source.isExpectedReachable).toBe(false);
});

it("a control socket on any address takes datagrams at all that the host has", () => {
  const found = controlEndpoints([{ family: 4, address: "0.0.0.0", port: 2223 }]);
  expect(found).toContainEqual({ family: 4, address: "127.0.0.1", port: 2223 });
});
