import { randomBytes } from "node:crypto";
import { assert } from "../base/errors.ts";
import {
  type CryptoSuite,
  findCryptoSuite,
  keyAndSaltLength,
  MAX_RTCP_OVERHEAD,
  MAX_RTP_OVERHEAD,
  MasterKey,
  readSdes,
  SrtpReceiver,
  SrtpSender,
  writeSdes,
} from "../protocol/srtp/index.ts";
import type { CryptoAttribute } from "../wire/sdp/attributes-security.ts";
import { nodeCrypto } from "./node-crypto.ts";

/**
 * The keys of a phone and of the other side, by SDES (RFC 4568), and SRTP with them.
 *
 * Own keys stay the same in every SDP, so that streams go on over a new offer.
 */
export class MediaSecurity {
  /** One a suite; an index is never used twice under its key. First choice first. */
  readonly #senders: readonly SrtpSender[];
  #sender: SrtpSender | undefined;
  #receiver: SrtpReceiver | undefined;

  /** @param suites names of crypto suites, first choice first */
  constructor(suites: readonly string[]) {
    this.#senders = suites.map((name) => {
      const suite = findCryptoSuite(name);
      assert(suite !== undefined, `${name} is a crypto suite`);
      return new SrtpSender(newKey(suite), nodeCrypto);
    });
  }

  /** The suite in use; undefined before the other side has chosen. */
  get suite(): CryptoSuite | undefined {
    return this.#sender?.key.suite;
  }

  /** What an offer says: a line a suite. */
  offer(): CryptoAttribute[] {
    return this.#senders.map(({ key }, at) => writeSdes(at + 1, key));
  }

  /** Takes the first line of an offer that both can use. @returns the answer's; undefined: there is none */
  answer(offered: readonly CryptoAttribute[]): CryptoAttribute | undefined {
    for (const attribute of offered) {
      const sdes = readSdes(attribute);
      const sender = this.#senders.find(({ key }) => key.suite === sdes?.key.suite);
      if (sdes === undefined || sender === undefined) continue;
      this.#use(sender, sdes.key);
      return writeSdes(sdes.tag, sender.key);
    }
    return undefined;
  }

  /** Takes an answer: one line, with the tag and suite of an offered one (RFC 4568 §5.1.3). @returns whether it is that */
  accept(answered: readonly CryptoAttribute[]): boolean {
    const sdes = answered[0] && readSdes(answered[0]);
    const sender = sdes && this.#senders[sdes.tag - 1];
    if (sdes === undefined || sender === undefined || sender.key.suite !== sdes.key.suite) return false;
    this.#use(sender, sdes.key);
    return true;
  }

  /** A protected copy; undefined before keys are agreed on. */
  protectRtp(packet: Uint8Array): Uint8Array | undefined {
    const bytes = roomy(packet, MAX_RTP_OVERHEAD);
    return shortened(bytes, this.#sender?.protectRtp(bytes, 0, packet.length));
  }

  /** A protected copy; undefined before keys are agreed on. */
  protectRtcp(packet: Uint8Array): Uint8Array | undefined {
    const bytes = roomy(packet, MAX_RTCP_OVERHEAD);
    return shortened(bytes, this.#sender?.protectRtcp(bytes, 0, packet.length));
  }

  /** Decrypts in place. @returns undefined for what is not the other side's, or has been here before */
  unprotectRtp(packet: Uint8Array): Uint8Array | undefined {
    return shortened(packet, this.#receiver?.unprotectRtp(packet, 0, packet.length));
  }

  /** Decrypts in place. @returns undefined for what is not the other side's, or has been here before */
  unprotectRtcp(packet: Uint8Array): Uint8Array | undefined {
    return shortened(packet, this.#receiver?.unprotectRtcp(packet, 0, packet.length));
  }

  /** The same key again goes on where it is: its replay window and rollover counter stay. */
  #use(sender: SrtpSender, remoteKey: MasterKey): void {
    this.#sender = sender;
    if (this.#receiver?.key.equals(remoteKey) !== true) {
      this.#receiver = new SrtpReceiver(remoteKey, nodeCrypto);
    }
  }
}

function newKey(suite: CryptoSuite): MasterKey {
  return new MasterKey(suite, randomBytes(keyAndSaltLength(suite)));
}

function roomy(packet: Uint8Array, overhead: number): Uint8Array {
  const bytes = new Uint8Array(packet.length + overhead);
  bytes.set(packet);
  return bytes;
}

function shortened(bytes: Uint8Array, length = -1): Uint8Array | undefined {
  return length < 0 ? undefined : bytes.subarray(0, length);
}
