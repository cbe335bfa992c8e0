import type { Endpoint } from "../../base/endpoint.ts";
import type { CallReading, NgClient } from "../../client/index.ts";
import { Phone, type PhoneReading } from "../../phone/index.ts";

/** One direction of the call, in figures. */
export interface DirectionReading {
  readonly from: string;
  readonly to: string;
  readonly toneHz: number;
  /** Where the listener hears. */
  readonly heardAt: Endpoint;
  readonly sent: number;
  readonly received: number;
  /** Not below 0; what is under way counts, until the talker has stopped for a moment. */
  readonly lost: number;
  readonly jitterMs: number;
  readonly toneHeardMs: number;
  readonly isHearingTone: boolean;
}

/** What the parties of the demo are called, and the tones they say. */
const ALICE = { name: "Alice", toneHz: 440 } as const;
const BOB = { name: "Bob", toneHz: 660 } as const;
const LOOPBACK = { family: 4, address: "127.0.0.1" } as const;

/** What is under way has arrived by then. */
const SETTLE_MS = 60;

/** The demo's call: two phones on the loopback address with an engine between them. */
export class DemoCall {
  readonly callId: string;
  readonly #client: NgClient;
  readonly #alice: Phone;
  readonly #bob: Phone;

  private constructor(client: NgClient, callId: string, alice: Phone, bob: Phone) {
    this.#client = client;
    this.callId = callId;
    this.#alice = alice;
    this.#bob = bob;
  }

  /** Opens both phones; nothing is sent yet. */
  static async open(client: NgClient, callId: string): Promise<DemoCall> {
    const common = { local: LOOPBACK, rtcpIntervalMs: 3000, isOnHook: true };
    const alice = await Phone.open({ ...common, ...ALICE, expectedToneHz: BOB.toneHz });
    const bob = await Phone.open({ ...common, ...BOB, expectedToneHz: ALICE.toneHz });
    return new DemoCall(client, callId, alice, bob);
  }

  /** Sets the call up; both talk when it returns. @throws NgClientError */
  async establish(): Promise<void> {
    const keys = { callId: this.callId, fromTag: "alice" };
    const offer = await this.#client.offer({ ...keys, sdp: this.#alice.offer() });
    const sdp = this.#bob.answer(offer);
    const answer = await this.#client.answer({ ...keys, toTag: "bob", sdp });
    this.#alice.accept(answer);
    // Not before: what Bob says until the engine has his answer has nowhere to go.
    this.#alice.pickUp();
    this.#bob.pickUp();
  }

  /** What the engine knows of the call. @throws NgClientError */
  query(): Promise<CallReading> {
    return this.#client.query({ callId: this.callId });
  }

  /** Both directions, Alice's first. */
  read(): readonly [DirectionReading, DirectionReading] {
    const [alice, bob] = [this.#alice.read(), this.#bob.read()];
    return [
      direction(this.#alice, alice, this.#bob, bob, ALICE.toneHz),
      direction(this.#bob, bob, this.#alice, alice, BOB.toneHz),
    ];
  }

  /** Both stop talking; resolves when what they sent has had time to arrive. */
  async fallSilent(): Promise<void> {
    this.#alice.hangUp();
    this.#bob.hangUp();
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  }

  /** Ends the call at the engine. @returns its last word on it. @throws NgClientError */
  delete(): Promise<CallReading> {
    return this.#client.delete({ callId: this.callId, fromTag: "alice", deleteDelaySeconds: 0 });
  }

  async close(): Promise<void> {
    await Promise.all([this.#alice.close(), this.#bob.close()]);
  }
}

function direction(
  talker: Phone,
  said: PhoneReading,
  listener: Phone,
  heard: PhoneReading,
  toneHz: number,
): DirectionReading {
  return {
    from: talker.name,
    to: listener.name,
    toneHz,
    heardAt: listener.rtp,
    sent: said.packetsSent,
    received: heard.packets - heard.duplicates,
    lost: Math.max(0, said.packetsSent - heard.packets + heard.duplicates),
    jitterMs: heard.jitterMs,
    toneHeardMs: heard.toneHeardMs,
    isHearingTone: heard.isHearingTone,
  };
}
