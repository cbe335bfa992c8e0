import { MAX_RTCP_OVERHEAD, readSdes, SrtpFault } from "../../../src/protocol/srtp/index.ts";
import { parseCrypto } from "../../../src/wire/sdp/attributes-security.ts";
import { srtpPair } from "../../support/srtp.ts";

/** Nobody without the key gets a packet through; whatever can be protected comes back as it was; nothing throws. */
export function fuzzSrtp(bytes: Uint8Array): void {
  const { sender, receiver, unprotectRtp, unprotectRtcp } = srtpPair();
  for (const unprotect of ["unprotectRtp", "unprotectRtcp"] as const) {
    const packet = bytes.slice();
    const result = receiver[unprotect](packet, 0, packet.length);
    if (result >= 0) throw new Error("a packet was made up that has the key's tag");
    if (!Object.values(SrtpFault).includes(result as SrtpFault)) throw new Error("no fault of ours");
    if (Buffer.compare(packet, bytes) !== 0) throw new Error("a refused packet was changed");
  }
  for (const [protect, unprotect] of [
    ["protectRtp", unprotectRtp],
    ["protectRtcp", unprotectRtcp],
  ] as const) {
    const packet = new Uint8Array(bytes.length + MAX_RTCP_OVERHEAD);
    packet.set(bytes);
    const length = sender[protect](packet, 0, bytes.length);
    if (length < 0) continue;
    const again = unprotect(packet.slice(0, length));
    if (typeof again === "number" || Buffer.compare(again, bytes) !== 0) throw new Error("bytes differ");
  }
  const attribute = parseCrypto(Buffer.from(bytes).toString("latin1"));
  if (attribute !== undefined) readSdes(attribute);
}
