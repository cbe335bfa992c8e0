import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { askCarrier } from "../../../src/cli/demo/carrier.ts";
import type { NgClient } from "../../../src/client/index.ts";
import { COMFORT_NOISE, Phone, type PhoneOptions, TELEPHONE_EVENT } from "../../../src/phone/index.ts";
import { BACKENDS, IS_ROOT, pause, startEngine, type TestEngine, until } from "../support/engine.ts";

const V4 = { family: 4, address: "127.0.0.1" } as const;
const V6 = { family: 6, address: "::1" } as const;
const ALICE = { name: "alice", local: V4, toneHz: 440, expectedToneHz: 660, rtcpIntervalMs: 400 } as const;
const BOB = { name: "bob", local: V4, toneHz: 660, expectedToneHz: 440, rtcpIntervalMs: 400 } as const;

type Session = Parameters<NgClient["offer"]>[0];

describe.each(BACKENDS)("a call over $name", ({ name, needsRoot }) => {
  describe.skipIf(needsRoot && !IS_ROOT)(
    needsRoot && !IS_ROOT ? "skipped: needs root" : "with phones",
    () => {
      let engine: TestEngine;
      let alice: Phone;
      let bob: Phone;
      let callId = "";
      let calls = 0;

      beforeAll(async () => {
        const interfaces = ["--interface=four/127.0.0.1", "--interface=six/::1"];
        engine = await startEngine(...interfaces, `--backend=${name}`, "--timeout=3", "--delete-delay=0");
      });
      afterAll(() => engine.close());
      afterEach(async () => {
        await Promise.all([alice.close(), bob.close()]);
        await engine.client.delete({ callId, fromTag: "alice" });
      });

      /** Opens the phones and sets a call up. */
      const call = async (
        of: { alice?: Partial<PhoneOptions>; bob?: Partial<PhoneOptions>; offer?: Partial<Session> } = {},
      ): Promise<void> => {
        callId = `call-${name}-${++calls}`;
        alice = await Phone.open({ ...ALICE, ...of.alice });
        bob = await Phone.open({ ...BOB, ...of.bob });
        await negotiate(alice, bob, of.offer);
      };
      const negotiate = async (from: Phone, to: Phone, more: Partial<Session> = {}): Promise<void> => {
        const [fromTag, toTag] = [from.name, to.name];
        const offer = await engine.client.offer({ callId, fromTag, sdp: from.offer(), ...more });
        const sdp = to.answer(offer);
        from.accept(await engine.client.answer({ callId, fromTag, toTag: to.name, sdp }));
        expect(toTag).toBe(to.name);
      };
      const heardMs = (phone: Phone): number => phone.read().toneHeardMs;
      const hears = (phone: Phone, more = 300): Promise<boolean> => {
        const before = heardMs(phone);
        return until(() => heardMs(phone) >= before + more, 3000);
      };

      it("both hear the other's tone and nothing else, without loss, RTCP included", async () => {
        await call();
        // What was sent before the engine had the answer has nowhere to go.
        const early = new Map([alice, bob].map((phone) => [phone, phone.read().packetsSent]));
        expect(await hears(alice, 1500)).toBe(true);
        expect(
          await until(() => alice.read().rtcp.receiverReports + alice.read().rtcp.senderReports > 1, 3000),
        ).toBe(true);
        alice.fallSilent();
        bob.fallSilent();
        await pause(50);
        for (const [phone, other] of [
          [alice, bob],
          [bob, alice],
        ] as const) {
          const { packets, lost, reordered, duplicates, sources, from, rtcp, jitterMs, strays } =
            phone.read();
          expect({ lost, reordered, duplicates, strays }).toEqual({
            lost: 0,
            reordered: 0,
            duplicates: 0,
            strays: 0,
          });
          expect(packets).toBeGreaterThanOrEqual(other.read().packetsSent - early.get(other)!);
          expect(packets).toBeLessThanOrEqual(other.read().packetsSent);
          expect(sources).toHaveLength(1);
          expect(jitterMs).toBeLessThan(20);
          expect(rtcp.malformed).toBe(0);
          expect(rtcp.sourceDescriptions).toBeGreaterThan(0);
          // From the engine's two ports, and from nowhere else.
          const { rtp, rtcp: rtcpEndpoint } = phone.remote!;
          expect([...from.keys()].sort()).toEqual(
            [`127.0.0.1:${rtp.port}`, `127.0.0.1:${rtcpEndpoint.port}`].sort(),
          );
        }
        expect(alice.read().rtcp.reportedLost).toBe(0);
        expect(alice.read().rtcp.roundTripMs).toBeLessThan(500);
        expect((await askCarrier(engine.cli)).name).toBe(name);
      });

      it("hold silences the other side only, and resume undoes it", async () => {
        await call();
        expect(await hears(alice)).toBe(true);
        alice.hold();
        await negotiate(alice, bob);
        expect(bob.isTalking).toBe(false);
        await pause(50);
        const { packets } = alice.read();
        expect(await hears(bob)).toBe(true);
        expect(alice.read().packets).toBe(packets);
        alice.resume();
        await negotiate(alice, bob);
        expect(await hears(alice)).toBe(true);
        expect(await hears(bob)).toBe(true);
      });

      it("media follow a re-INVITE to another port", async () => {
        await call();
        expect(await hears(bob)).toBe(true);
        const before = alice.rtp.port;
        await alice.move();
        expect(alice.rtp.port).not.toBe(before);
        await negotiate(alice, bob);
        expect(await hears(alice)).toBe(true);
        expect(await hears(bob)).toBe(true);
      });

      it("one side may have RTP and RTCP on one port, the other on two", async () => {
        await call({ alice: { rtcpMux: true }, offer: { rtcpMux: ["demux"] } });
        expect(await hears(alice)).toBe(true);
        expect(await hears(bob)).toBe(true);
        expect(alice.remote!.rtcpMux).toBe(true);
        expect(bob.remote!.rtcpMux).toBe(false);
        for (const phone of [alice, bob]) {
          expect(await until(() => phone.read().rtcp.sourceDescriptions > 0, 3000)).toBe(true);
        }
        const sources = (phone: Phone): object[] => [...phone.read().from.values()];
        expect(sources(alice)).toEqual([{ rtp: expect.any(Number), rtcp: expect.any(Number) }]);
        expect(sources(bob)).toHaveLength(2);
      });

      it("IPv4 and IPv6 phones hear each other", async () => {
        await call({ bob: { local: V6 }, offer: { direction: ["four", "six"], addressFamily: "IP6" } });
        expect(bob.remote!.rtp.family).toBe(6);
        expect(await hears(alice)).toBe(true);
        expect(await hears(bob)).toBe(true);
        expect(await until(() => alice.read().rtcp.sourceDescriptions > 0, 3000)).toBe(true);
      });

      it("comfort noise and telephone events pass, in the stream of the voice", async () => {
        await call();
        expect(await hears(bob, 100)).toBe(true);
        alice.sendPayload(COMFORT_NOISE, Uint8Array.of(70));
        for (let packet = 0; packet < 5; packet++) {
          alice.sendPayload(TELEPHONE_EVENT, Uint8Array.of(5, 10, 0, 160 * packet), packet === 0);
        }
        expect(await hears(bob)).toBe(true);
        const { payloadTypes, lost, sources } = bob.read();
        expect([payloadTypes.get(COMFORT_NOISE), payloadTypes.get(TELEPHONE_EVENT)]).toEqual([1, 5]);
        expect({ lost, sources: sources.length }).toEqual({ lost: 0, sources: 1 });
      });

      it("no packet comes through 100 ms after the delete", async () => {
        await call();
        expect(await hears(bob)).toBe(true);
        const last = await engine.client.delete({ callId, fromTag: "alice" });
        expect(last.parties).toHaveLength(2);
        await pause(100);
        const before = [alice.read(), bob.read()].map(({ packets, rtcp }) => ({
          packets,
          rtcp: rtcp.sourceDescriptions,
        }));
        await pause(300);
        const after = [alice.read(), bob.read()].map(({ packets, rtcp }) => ({
          packets,
          rtcp: rtcp.sourceDescriptions,
        }));
        expect(after).toEqual(before);
        expect(alice.isTalking).toBe(true);
      });

      it("a call whose parties both fall silent ends by timeout", async () => {
        await call();
        expect(await hears(bob)).toBe(true);
        alice.fallSilent();
        bob.fallSilent();
        const silentAt = performance.now();
        const isGone = async (): Promise<boolean> => !(await engine.client.list()).includes(callId);
        expect(await until(isGone, 7000)).toBe(true);
        const silentMs = performance.now() - silentAt;
        expect(silentMs).toBeGreaterThan(2500);
        expect(silentMs).toBeLessThan(5000);
      });

      it("a phone behind NAT is learned where its packets come from", async () => {
        // Nobody listens at the port that it tells.
        const spare = await Phone.open(ALICE);
        const advertised = spare.rtp;
        await spare.close();
        await call({ alice: { advertised } });
        expect(await hears(bob)).toBe(true);
        expect(await hears(alice)).toBe(true);
        const { parties } = await engine.client.query({ callId });
        const stream = parties.find(({ tag }) => tag === "alice")?.medias[0]?.streams[0];
        expect(stream).toMatchObject({ endpoint: alice.rtp, advertisedEndpoint: advertised });
      });

      it("packets from a host that signalling says nothing of are refused", async () => {
        const spare = await Phone.open(ALICE);
        const advertised = spare.rtp;
        await spare.close();
        await call({ alice: { advertised, local: { family: 4, address: "127.0.0.2" } } });
        expect(await until(() => alice.read().packetsSent > 30, 3000)).toBe(true);
        expect(bob.read().packets).toBe(0);
        expect(alice.read().packets).toBe(0);
        const { parties } = await engine.client.query({ callId });
        const stream = parties.find(({ tag }) => tag === "alice")?.medias[0]?.streams[0];
        expect(stream?.endpoint).toEqual(advertised);
        expect(stream?.errors).toBeGreaterThan(20);
      });
    },
  );
});

describe("a range of four ports", () => {
  let engine: TestEngine;

  beforeAll(async () => {
    const range = ["--port-min=29500", "--port-max=29503"];
    engine = await startEngine("--interface=127.0.0.1", ...range, "--delete-delay=0");
  });
  afterAll(() => engine.close());

  it("serves one call, refuses the next in upstream's words, and serves again after the delete", async () => {
    const [alice, bob] = [await Phone.open(ALICE), await Phone.open(BOB)];
    const set = async (callId: string): Promise<void> => {
      const sdp = bob.answer(await engine.client.offer({ callId, fromTag: "alice", sdp: alice.offer() }));
      alice.accept(await engine.client.answer({ callId, fromTag: "alice", toTag: "bob", sdp }));
    };
    try {
      await set("first");
      await expect(set("second")).rejects.toMatchObject({
        code: "E_NG_CLIENT_REFUSED",
        reason: "Ran out of ports",
      });
      expect(await engine.client.list()).toEqual(["first"]);
      await engine.client.delete({ callId: "first", fromTag: "alice" });
      await set("third");
      expect(await until(() => alice.read().isHearingTone && bob.read().isHearingTone, 3000)).toBe(true);
    } finally {
      await Promise.all([alice.close(), bob.close()]);
    }
  });
});
