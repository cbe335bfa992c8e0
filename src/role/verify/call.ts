import { formatEndpoint } from "../../base/endpoint.ts";
import { type NgClient, NgClientError, NgLoadLimitError, NgRefusedError } from "../../client/index.ts";
import { Phone } from "../../phone/index.ts";
import type { MediaAddress } from "./target.ts";

/** A call to be tried. */
export interface CallPlan {
  readonly id: string;
  readonly caller: MediaAddress;
  readonly callee: MediaAddress;
  /** The callee's side with SRTP, keys by SDES. */
  readonly isSecure: boolean;
}

/** One direction of a call, in figures. */
export interface HeardDirection {
  readonly from: string;
  readonly to: string;
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  readonly jitterMs: number;
  readonly toneHeardMs: number;
}

/** What came of a call. */
export type CallResult =
  | { readonly plan: CallPlan; readonly talkMs: number; readonly directions: readonly HeardDirection[] }
  | {
      readonly plan: CallPlan;
      /** Why there was none. */
      readonly reason: string;
      /** The daemon said no, in other words than silence. */
      readonly isRefused: boolean;
      /** It carries as many calls as it may, so this one was not tried. */
      readonly isAtLimit: boolean;
    };

const CALLER_HZ = 440;
const CALLEE_HZ = 660;
/** Less of the tone than this part of the time is not hearing it. */
export const HEARD_SHARE = 0.5;
/** How much longer than planned a slow host's calls talk at most, until the tone has been heard. */
const PATIENCE_MS = 30_000;
/** Without a packet for so long, nothing more is to be expected of them. */
const STANDSTILL_MS = 2000;
/** What is under way when both have hung up arrives by then, or is lost. */
const SETTLE_MS = 2000;
const LOOK_MS = 20;
const RTCP_INTERVAL_MS = 800;
/** What both daemons say above `max-sessions`, as an error like any other. */
const SESSION_LIMIT = /session limit reached/i;
const SUITES = ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"];

/**
 * Places calls through the daemon, all at a time, between phones at the daemon's own addresses.
 *
 * @param seconds how long they talk; on a slow host longer, until they have heard each other for half of that
 * @param beforeEnd called while all still talk, if any do
 */
export async function placeCalls(
  client: NgClient,
  plans: readonly CallPlan[],
  seconds: number,
  beforeEnd: (isTalking: boolean) => Promise<void>,
): Promise<readonly CallResult[]> {
  const calls = await Promise.all(plans.map((plan) => SyntheticCall.place(client, plan)));
  const talking = calls.filter((call) => call instanceof SyntheticCall);
  for (const call of talking) call.pickUp();
  if (talking.length > 0) await talk(talking, seconds);
  await beforeEnd(talking.length > 0);
  return Promise.all(calls.map((call) => (call instanceof SyntheticCall ? call.end(seconds) : call)));
}

/** Lets them talk, and goes on while somebody has not heard enough and still gets packets. */
async function talk(calls: readonly SyntheticCall[], seconds: number): Promise<void> {
  await pause(seconds * 1000);
  const deadline = performance.now() + PATIENCE_MS;
  const deaf = (): readonly Phone[] => calls.flatMap((call) => call.deafPhones(seconds));
  const packets = (): number => deaf().reduce((sum, phone) => sum + phone.read().packets, 0);
  let before = packets();
  let movedAt = performance.now();
  while (deaf().length > 0 && performance.now() < Math.min(deadline, movedAt + STANDSTILL_MS)) {
    await pause(LOOK_MS);
    const now = packets();
    // Who has heard enough meanwhile is not counted any more: that is progress, too.
    if (now !== before) movedAt = performance.now();
    before = now;
  }
}

/** Looks until something is so. @returns whether it became so in time */
export async function becomes(isSo: () => boolean, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() >= deadline) return false;
    await pause(LOOK_MS);
  }
  return true;
}

class SyntheticCall {
  readonly #client: NgClient;
  readonly #plan: CallPlan;
  readonly #caller: Phone;
  readonly #callee: Phone;

  private constructor(client: NgClient, plan: CallPlan, caller: Phone, callee: Phone) {
    this.#client = client;
    this.#plan = plan;
    this.#caller = caller;
    this.#callee = callee;
  }

  static async place(client: NgClient, plan: CallPlan): Promise<SyntheticCall | CallResult> {
    const phones: Phone[] = [];
    const open = async (name: string, { bind }: MediaAddress, toneHz: number, expectedToneHz: number) => {
      const phone = await Phone.open({
        ...{ name, local: bind, toneHz, expectedToneHz, rtcpIntervalMs: RTCP_INTERVAL_MS, isOnHook: true },
        ...(plan.isSecure && name === "callee" && { cryptoSuites: SUITES }),
      });
      phones.push(phone);
      return phone;
    };
    try {
      const caller = await open("caller", plan.caller, CALLER_HZ, CALLEE_HZ);
      const callee = await open("callee", plan.callee, CALLEE_HZ, CALLER_HZ);
      const call = new SyntheticCall(client, plan, caller, callee);
      await call.#negotiate();
      return call;
    } catch (error) {
      await Promise.all(phones.map((phone) => phone.close()));
      // The offer may have been taken: nothing of it is to stay.
      await client.delete(deletion(plan)).catch(() => undefined);
      const reason = (error as Error).message;
      const isRefused = error instanceof NgRefusedError;
      const isAtLimit = error instanceof NgLoadLimitError || (isRefused && SESSION_LIMIT.test(error.reason));
      return { plan, reason, isRefused, isAtLimit };
    }
  }

  pickUp(): void {
    this.#caller.pickUp();
    this.#callee.pickUp();
  }

  /** Who has not heard the other for long enough. */
  deafPhones(seconds: number): readonly Phone[] {
    const enoughMs = seconds * 1000 * HEARD_SHARE;
    return [this.#caller, this.#callee].filter((phone) => phone.read().toneHeardMs < enoughMs);
  }

  async end(seconds: number): Promise<CallResult> {
    const plan = this.#plan;
    this.#caller.hangUp();
    this.#callee.hangUp();
    const directions = (): readonly HeardDirection[] => [
      heard(this.#caller, this.#callee),
      heard(this.#callee, this.#caller),
    ];
    await becomes(() => directions().every(({ lost }) => lost === 0), SETTLE_MS);
    const result = { plan, talkMs: seconds * 1000, directions: directions() };
    await Promise.all([this.#caller.close(), this.#callee.close()]);
    // It is over either way; a daemon that has forgotten it already has not lost anything of it.
    await this.#client.delete(deletion(plan)).catch((error: unknown) => {
      if (!(error instanceof NgClientError)) throw error;
    });
    return result;
  }

  async #negotiate(): Promise<void> {
    const { id, caller, callee, isSecure } = this.#plan;
    const common = {
      callId: id,
      fromTag: "caller",
      replace: ["origin", "session-connection"],
      ice: "remove",
    } as const;
    const offer = await this.#client.offer({
      ...common,
      sdp: this.#caller.offer(),
      ...(caller.name !== callee.name && { direction: [caller.name, callee.name] as const }),
      ...(caller.bind.family !== callee.bind.family && {
        addressFamily: callee.bind.family === 6 ? "IP6" : "IP4",
      }),
      ...(isSecure && { transportProtocol: "RTP/SAVP" }),
    });
    const sdp = this.#callee.answer(atHome(offer, callee));
    const answer = await this.#client.answer({ ...common, toTag: "callee", sdp });
    this.#caller.accept(atHome(answer, caller));
  }
}

/** What is advertised may be an address that a NAT in front of this host has: here media go to the daemon itself. */
function atHome(sdp: string, { bind, advertised }: MediaAddress): string {
  if (bind.address === advertised.address) return sdp;
  return sdp.replaceAll(` ${advertised.address}\r\n`, ` ${bind.address}\r\n`);
}

function deletion({ id }: CallPlan): Parameters<NgClient["delete"]>[0] {
  return { callId: id, fromTag: "caller", deleteDelaySeconds: 0 };
}

function heard(talker: Phone, listener: Phone): HeardDirection {
  const [said, reading] = [talker.read(), listener.read()];
  const received = reading.packets - reading.duplicates;
  return {
    from: formatEndpoint(talker.rtp),
    to: formatEndpoint(listener.rtp),
    sent: said.packetsSent,
    received,
    lost: Math.max(0, said.packetsSent - received),
    jitterMs: reading.jitterMs,
    toneHeardMs: reading.toneHeardMs,
  };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
