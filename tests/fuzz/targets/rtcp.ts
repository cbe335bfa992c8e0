import { decodeRtcp, encodeRtcp, genericNackSequenceNumbers, rtcpFault } from "../../../src/wire/rtcp.ts";

/** What decodes is valid, and can be encoded and decoded again to the same packets. */
export function fuzzRtcp(bytes: Uint8Array): void {
  rtcpFault(bytes, 0, bytes.length, true);
  const packets = decodeRtcp(bytes);
  if (packets === undefined) return;
  if (rtcpFault(bytes, 0, bytes.length) !== 0) throw new Error("decoded what is not valid");
  for (const packet of packets) {
    if (packet.kind === "transport-feedback") genericNackSequenceNumbers(packet.controlInformation);
  }
  const once = encodeRtcp(packets);
  if (once.length < 8) return;
  const again = decodeRtcp(once);
  if (again === undefined || Buffer.compare(encodeRtcp(again), once) !== 0) throw new Error("not stable");
}
