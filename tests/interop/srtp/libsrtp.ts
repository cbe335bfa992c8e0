import koffi from "koffi";
import type { MasterKey } from "../../../src/protocol/srtp/index.ts";

// libsrtp 2 from Debian's package libsrtp2-1: srtp.h, `srtp_policy_t` and what it is made of.
const library = koffi.load("libsrtp2.so.1");
const cryptoPolicy = koffi.struct("srtp_crypto_policy_t", {
  cipherType: "uint32",
  cipherKeyLength: "int",
  authType: "uint32",
  authKeyLength: "int",
  authTagLength: "int",
  services: "int",
});
const policy = koffi.struct("srtp_policy_t", {
  ssrcType: "int",
  ssrcValue: "uint",
  rtp: cryptoPolicy,
  rtcp: cryptoPolicy,
  key: "uint8 *",
  keys: "void *",
  keyCount: "unsigned long",
  ekt: "void *",
  windowSize: "unsigned long",
  allowRepeat: "int",
  extensions: "void *",
  extensionCount: "int",
  next: "void *",
});
const init = library.func("int srtp_init()");
const create = library.func("srtp_create", "int", [
  koffi.out(koffi.pointer("void *")),
  koffi.pointer(policy),
]);
type Operation = (session: unknown, bytes: Uint8Array, length: number[]) => number;

const operation = (name: string): Operation =>
  library.func(name, "int", ["void *", "uint8 *", koffi.inout(koffi.pointer("int"))]);
const OPERATIONS: Record<"protectRtp" | "unprotectRtp" | "protectRtcp" | "unprotectRtcp", Operation> = {
  protectRtp: operation("srtp_protect"),
  unprotectRtp: operation("srtp_unprotect"),
  protectRtcp: operation("srtp_protect_rtcp"),
  unprotectRtcp: operation("srtp_unprotect_rtcp"),
};
if (init() !== 0) throw new Error("libsrtp does not start");

const ANY_INBOUND = 2;
const ANY_OUTBOUND = 3;
const AES_ICM_128 = 1;
const HMAC_SHA1 = 3;
const CONFIDENTIALITY_AND_AUTHENTICATION = 3;

/** One direction of libsrtp: takes a packet, gives the result or its error number. */
export class Libsrtp {
  readonly #session: unknown;

  constructor({ suite, masterKey, masterSalt }: MasterKey, isSender: boolean) {
    const crypto = (authTagLength: number): object => ({
      cipherType: AES_ICM_128,
      cipherKeyLength: 30,
      authType: HMAC_SHA1,
      authKeyLength: 20,
      authTagLength,
      services: CONFIDENTIALITY_AND_AUTHENTICATION,
    });
    const out: unknown[] = [null];
    const status = create(out, {
      ssrcType: isSender ? ANY_OUTBOUND : ANY_INBOUND,
      ssrcValue: 0,
      rtp: crypto(suite.rtpTagLength),
      rtcp: crypto(suite.rtcpTagLength),
      key: Uint8Array.of(...masterKey, ...masterSalt),
      keys: null,
      keyCount: 0,
      ekt: null,
      windowSize: 128,
      allowRepeat: 0,
      extensions: null,
      extensionCount: 0,
      next: null,
    });
    if (status !== 0) throw new Error(`srtp_create: ${status}`);
    [this.#session] = out;
  }

  run(name: keyof typeof OPERATIONS, packet: Uint8Array): Uint8Array | number {
    const bytes = new Uint8Array(packet.length + 200);
    bytes.set(packet);
    const length = [packet.length];
    const status = OPERATIONS[name](this.#session, bytes, length);
    return status === 0 ? bytes.slice(0, length[0]) : status;
  }
}
