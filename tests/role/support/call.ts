import { randomBytes } from "node:crypto";
import type { NgClient, SessionRequest } from "../../../src/client/index.ts";
import type { Phone, PhoneReading } from "../../../src/phone/index.ts";
import { eventually } from "../../support/processes/child.ts";
import type { Outpost, PhoneWishes, Remote } from "./outpost.ts";

/** A call between two machines, through the media host. */
export interface CallWishes {
  readonly proxy: Remote<NgClient>;
  readonly caller: Outpost;
  readonly callee: Outpost;
  /** Beside the keys and the SDP, as the proxy's script says it. */
  readonly offer?: Partial<SessionRequest>;
  readonly callerPhone?: Partial<PhoneWishes>;
  readonly calleePhone?: Partial<PhoneWishes>;
  /** What happens to the SDP on its way to the callee. */
  readonly toCallee?: (sdp: string) => string;
}

const CALLER_HZ = 440;
const CALLEE_HZ = 660;
/** What is heard of each other before a call counts as heard. */
const HEARD_MS = 1000;
const PATIENCE_MS = 30_000;

/** What the seed's OpenSIPS says in every offer and answer: `replace-origin replace-session-connection ICE=remove`. */
export const SEED_FLAGS = { replace: ["origin", "session-connection"], ice: "remove" } as const;

/** A call that has been set up: both phones talk. */
export class Call {
  readonly id: string;
  readonly caller: Remote<Phone>;
  readonly callee: Remote<Phone>;
  /** The SDP that the callee was given, and the one that the caller was. */
  readonly sdp: { readonly offer: string; readonly answer: string };
  readonly #proxy: Remote<NgClient>;

  private constructor(
    id: string,
    phones: readonly [Remote<Phone>, Remote<Phone>],
    sdp: Call["sdp"],
    proxy: Remote<NgClient>,
  ) {
    this.id = id;
    [this.caller, this.callee] = phones;
    this.sdp = sdp;
    this.#proxy = proxy;
  }

  /** @throws Error with the daemon's words when it refuses */
  static async place(wishes: CallWishes): Promise<Call> {
    const { proxy, offer, callerPhone, calleePhone, toCallee = (sdp) => sdp } = wishes;
    const common = { name: "phone", rtcpIntervalMs: 500 };
    const tones = { toneHz: CALLER_HZ, expectedToneHz: CALLEE_HZ };
    const caller = await wishes.caller.phone({ ...common, ...tones, ...callerPhone });
    const [toneHz, expectedToneHz] = [CALLEE_HZ, CALLER_HZ];
    const callee = await wishes.callee.phone({ ...common, toneHz, expectedToneHz, ...calleePhone });
    const id = `call-${randomBytes(6).toString("hex")}`;
    try {
      const keys = { callId: id, fromTag: "caller", ...SEED_FLAGS };
      const offered = await proxy.offer({ ...keys, sdp: await caller.offer(), ...offer });
      const sdp = await callee.answer(toCallee(offered));
      const answered = await proxy.answer({ ...keys, toTag: "callee", sdp });
      await caller.accept(answered);
      return new Call(id, [caller, callee], { offer: offered, answer: answered }, proxy);
    } catch (error) {
      await Promise.all([caller.close(), callee.close()]);
      throw error;
    }
  }

  /** Waits until each has heard the other. @throws with what was heard when it takes long */
  async heardBothWays(): Promise<{ caller: PhoneReading; callee: PhoneReading }> {
    let readings = await this.read();
    await eventually(
      async () => {
        readings = await this.read();
        return Object.values(readings).every(({ toneHeardMs }) => toneHeardMs >= HEARD_MS);
      },
      PATIENCE_MS,
      () =>
        Object.entries(readings)
          .map(
            ([name, { packets, toneHeardMs }]) => `${name}: ${packets} packets, tone for ${toneHeardMs} ms`,
          )
          .join("; "),
    );
    return readings;
  }

  async read(): Promise<{ caller: PhoneReading; callee: PhoneReading }> {
    const [caller, callee] = await Promise.all([this.caller.read(), this.callee.read()]);
    return { caller, callee };
  }

  /** Whether the daemon knows it. */
  async isKnown(): Promise<boolean> {
    return (await this.#proxy.list(1000)).includes(this.id);
  }

  /** The phones go; the daemon may find out by itself, or be told. */
  async end({ isToldToDaemon = true }: { readonly isToldToDaemon?: boolean } = {}): Promise<void> {
    await Promise.all([this.caller.hangUp(), this.callee.hangUp()]);
    if (isToldToDaemon) {
      await this.#proxy.delete({ callId: this.id, fromTag: "caller", deleteDelaySeconds: 0 });
    }
    await Promise.all([this.caller.close(), this.callee.close()]);
  }
}

/** From whom a phone got RTP: `ADDRESS:PORT`. */
export function rtpSources({ from }: PhoneReading): string[] {
  return [...from].filter(([, { rtp }]) => rtp > 0).map(([source]) => source);
}
