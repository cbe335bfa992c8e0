import { describe, expect, it } from "vitest";
import type { Micros } from "../../../src/base/brand.ts";
import { type Endpoint, formatEndpoint } from "../../../src/base/endpoint.ts";
import { type MediaSockets, Phone, type PhoneClock, type PhoneOptions } from "../../../src/phone/index.ts";

type Component = "rtp" | "rtcp";

/** A clock that is turned by hand, and the timers on it. */
class HandClock implements PhoneClock {
  #now = 1_000_000 as Micros;
  #timers: { at: Micros; callback: () => void }[] = [];

  now(): Micros {
    return this.#now;
  }
  unixMicros(at: Micros): number {
    return at + 1.7e15;
  }
  callAt(at: Micros, callback: () => void): () => void {
    const timer = { at, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }
  turn(milliseconds: number): void {
    const until = this.#now + milliseconds * 1000;
    for (;;) {
      const next = this.#timers.reduce((a, b) => (b.at < a.at ? b : a), {
        at: until as Micros,
        callback: () => {},
      });
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#now = Math.max(this.#now, next.at) as Micros;
      if (next.at >= until) return;
      next.callback();
    }
  }
  get pending(): number {
    return this.#timers.length;
  }
}

/** A network that brings every datagram to whoever has its address. */
class Wire {
  readonly #ports = new Map<string, (bytes: Uint8Array, from: Endpoint) => void>();
  #next = 4000;
  /** Datagrams that are lost. */
  drops: (to: Endpoint, bytes: Uint8Array) => boolean = () => false;

  readonly open: NonNullable<PhoneOptions["openSockets"]> = async (
    local,
    onDatagram,
  ): Promise<MediaSockets> => {
    const at = { rtp: { ...local, port: this.#next }, rtcp: { ...local, port: this.#next + 1 } };
    this.#next += 2;
    for (const component of ["rtp", "rtcp"] as const) {
      this.#ports.set(formatEndpoint(at[component]), (bytes, from) => onDatagram(component, bytes, from));
    }
    const send = (component: Component, bytes: Uint8Array, to: Endpoint): void => {
      if (!this.drops(to, bytes)) this.#ports.get(formatEndpoint(to))?.(bytes, at[component]);
    };
    const close = async (): Promise<void> => {
      for (const endpoint of Object.values(at)) this.#ports.delete(formatEndpoint(endpoint));
    };
    return { ...at, send, close };
  };
}

async function phones(changes: { alice?: Partial<PhoneOptions>; bob?: Partial<PhoneOptions> } = {}) {
  const clock = new HandClock();
  const wire = new Wire();
  let state = 1;
  const random = (): number => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const common = {
    local: { family: 4, address: "192.0.2.1" },
    clock,
    random,
    openSockets: wire.open,
  } as const;
  const alice = await Phone.open({
    ...common,
    name: "alice",
    toneHz: 440,
    expectedToneHz: 660,
    ...changes.alice,
  });
  const bob = await Phone.open({ ...common, name: "bob", toneHz: 660, expectedToneHz: 440, ...changes.bob });
  return { clock, wire, alice, bob };
}

describe("two phones", () => {
  it("hear each other, and report on it, for minutes", async () => {
    const { clock, alice, bob } = await phones();
    alice.accept(bob.answer(alice.offer()));
    clock.turn(120_000);
    for (const phone of [alice, bob]) {
      const reading = phone.read();
      expect(reading).toMatchObject({ packets: 6000, lost: 0, jitterMs: 0, toneHeardMs: 120_000, strays: 0 });
      // A report every 5 s or so; the time is randomised (RFC 3550 §6.2).
      expect(reading.rtcp.senderReports).toBeGreaterThan(20);
      expect(reading.rtcp.senderReports).toBeLessThan(45);
      expect(reading.rtcp).toMatchObject({
        receiverReports: 0,
        reportedLost: 0,
        roundTripMs: 0,
        malformed: 0,
      });
      expect(reading.rtcp.sourceDescriptions).toBe(reading.rtcp.senderReports);
    }
  });

  it("use one port where both want that, two where one does not", async () => {
    for (const bobWants of [true, false]) {
      const { clock, alice, bob } = await phones({ alice: { rtcpMux: true }, bob: { rtcpMux: bobWants } });
      alice.accept(bob.answer(alice.offer()));
      clock.turn(10_000);
      expect(alice.read().from.size).toBe(bobWants ? 1 : 2);
      expect(alice.read().rtcp.senderReports).toBeGreaterThan(0);
    }
  });

  it("count what the network loses, and learn of it by RTCP", async () => {
    const { clock, wire, alice, bob } = await phones();
    let count = 0;
    // Every tenth packet of voice to Bob.
    wire.drops = (to, bytes) => to.port === bob.rtp.port && bytes.length === 172 && ++count % 10 === 0;
    alice.accept(bob.answer(alice.offer()));
    clock.turn(30_000);
    expect(bob.read().lost).toBeGreaterThan(140);
    expect(bob.read().toneHeardMs).toBeGreaterThanOrEqual(29_900);
    expect(alice.read().rtcp.reportedLost).toBeGreaterThan(100);
    expect(alice.read().lost).toBe(0);
  });

  it("hold and resume by offer and answer", async () => {
    const { clock, alice, bob } = await phones();
    alice.accept(bob.answer(alice.offer()));
    alice.hold();
    const offer = alice.offer();
    expect(offer).toContain("a=sendonly");
    const answer = bob.answer(offer);
    expect(answer).toContain("a=recvonly");
    alice.accept(answer);
    const { packets } = alice.read();
    clock.turn(1000);
    expect([bob.isTalking, alice.isTalking]).toEqual([false, true]);
    expect(alice.read().packets).toBe(packets);
    // Both on hold: nobody talks, and RTCP goes on as receiver reports.
    bob.hold();
    alice.accept(bob.answer(alice.offer()));
    expect([bob.isTalking, alice.isTalking]).toEqual([false, false]);
    clock.turn(20_000);
    expect(alice.read().rtcp.receiverReports).toBeGreaterThan(0);
    alice.resume();
    bob.resume();
    alice.accept(bob.answer(alice.offer()));
    expect([bob.isTalking, alice.isTalking]).toEqual([true, true]);
  });

  it("agree on the law that both have", async () => {
    const { clock, alice, bob } = await phones({ bob: { laws: ["a-law"] } });
    alice.accept(bob.answer(alice.offer()));
    clock.turn(1000);
    expect([...bob.read().payloadTypes.keys()]).toEqual([8]);
    expect(bob.read().toneHeardMs).toBe(1000);
  });

  it("are silent on the hook, say goodbye, and leave no timer behind", async () => {
    const { clock, alice, bob } = await phones({ alice: { isOnHook: true }, bob: { isOnHook: true } });
    alice.accept(bob.answer(alice.offer()));
    clock.turn(10_000);
    expect([alice.read().packets, alice.read().from.size]).toEqual([0, 0]);
    alice.pickUp();
    clock.turn(1000);
    expect([alice.read().packets, bob.read().packets]).toEqual([0, 50]);
    alice.hangUp();
    expect(bob.read().rtcp.byes).toBe(1);
    clock.turn(10_000);
    expect(bob.read().packets).toBe(50);
    await Promise.all([alice.close(), bob.close()]);
    expect(clock.pending).toBe(0);
  });

  it("refuse an SDP without audio", async () => {
    const { alice } = await phones();
    const sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nt=0 0\r\n";
    expect(() => alice.answer(sdp)).toThrow("alice was sent an SDP without audio");
  });
});

describe("two phones with SRTP", () => {
  const SUITES = ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"];

  it.each([
    { bobs: SUITES, used: SUITES[0], tagLength: 10 },
    { bobs: [SUITES[1]!], used: SUITES[1], tagLength: 4 },
  ])("agree on $used, and hear each other and nothing in the clear", async ({ bobs, tagLength, used }) => {
    const changes = { alice: { cryptoSuites: SUITES }, bob: { cryptoSuites: bobs, isOnHook: true } };
    const { clock, wire, alice, bob } = await phones(changes);
    const lengths = new Set<number>();
    wire.drops = (_to, bytes) => {
      // Voice, without the reports.
      if (bytes[1] === 0) lengths.add(bytes.length);
      return false;
    };
    const offer = alice.offer();
    expect(offer.match(/RTP\/SAVP |a=crypto:/g)).toHaveLength(1 + SUITES.length);
    const answer = bob.answer(offer);
    expect(answer.match(/a=crypto:.*?inline/g)).toEqual([
      `a=crypto:${SUITES.indexOf(used!) + 1} ${used} inline`,
    ]);
    alice.accept(answer);
    // Not before: what Bob says until Alice has his key, she cannot read.
    bob.pickUp();
    clock.turn(60_000);
    expect([...lengths]).toEqual([12 + 160 + tagLength]);
    for (const phone of [alice, bob]) {
      expect(phone.isSecure).toBe(true);
      const reading = phone.read();
      expect(reading).toMatchObject({ packets: 3000, lost: 0, toneHeardMs: 60_000, strays: 0 });
      expect(reading.refused).toBe(0);
      expect(reading.rtcp).toMatchObject({ reportedLost: 0, malformed: 0 });
      expect(reading.rtcp.senderReports).toBeGreaterThan(5);
    }
  });

  it("go on over a new offer, in both directions of it", async () => {
    const changes = { alice: { cryptoSuites: SUITES }, bob: { cryptoSuites: SUITES, isOnHook: true } };
    const { clock, alice, bob } = await phones(changes);
    alice.accept(bob.answer(alice.offer()));
    bob.pickUp();
    clock.turn(1000);
    alice.accept(bob.answer(alice.offer()));
    clock.turn(1000);
    bob.accept(alice.answer(bob.offer()));
    clock.turn(1000);
    for (const phone of [alice, bob]) expect(phone.read()).toMatchObject({ lost: 0, toneHeardMs: 3000 });
  });

  it("hear nothing that is repeated, made up or in the clear, and say so", async () => {
    const changes = { alice: { cryptoSuites: SUITES }, bob: { cryptoSuites: SUITES } };
    const { clock, wire, alice, bob } = await phones(changes);
    alice.accept(bob.answer(alice.offer()));
    const [mallory] = [(await phones({ alice: { openSockets: wire.open, clock } })).alice];
    let last: Uint8Array | undefined;
    wire.drops = (to, bytes) => {
      if (to.port === bob.rtp.port) last = bytes.slice();
      return false;
    };
    clock.turn(1000);
    const before = bob.read();
    const sockets = await wire.open({ family: 4, address: "192.0.2.1" }, () => {});
    sockets.send("rtp", last!, bob.rtp);
    // Plain, from a phone that only knows where Bob is.
    mallory.accept(
      alice
        .offer()
        .replace(/RTP\/SAVP/, "RTP/AVP")
        .replace(/audio \d+/, `audio ${bob.rtp.port}`),
    );
    const after = bob.read();
    expect(after.packets).toBe(before.packets);
    expect(after.refused).toBeGreaterThanOrEqual(before.refused + 2);
  });

  it("are refused by one that has none, and refuse an answer without keys", async () => {
    const { alice, bob } = await phones({ alice: { cryptoSuites: SUITES } });
    const offer = alice.offer();
    expect(() => bob.answer(offer)).toThrow("bob was offered RTP/SAVP without a suite that it has");
    const plain = bob.answer(offer.replace("RTP/SAVP", "RTP/AVP"));
    expect(() => alice.accept(plain)).toThrow("alice was answered RTP/AVP without a key");
  });

  it("answer an offer without SRTP without it", async () => {
    const { clock, alice, bob } = await phones({ bob: { cryptoSuites: SUITES } });
    alice.accept(bob.answer(alice.offer()));
    clock.turn(1000);
    expect(bob.isSecure).toBe(false);
    expect(alice.read().toneHeardMs).toBe(1000);
  });
});
