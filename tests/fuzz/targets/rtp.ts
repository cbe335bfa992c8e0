import { demux } from "../../../src/wire/demux.ts";
import { decodeRtp, encodeRtp, rtpHeaderLength } from "../../../src/wire/rtp.ts";
import { decodeExtensionElements } from "../../../src/wire/rtp-extension.ts";
import { isStun } from "../../../src/wire/stun.ts";

/** Validators and decoder agree; a packet is encoded as it came, but for the bytes inside of its padding. */
export function fuzzRtp(bytes: Uint8Array): void {
  demux(bytes);
  isStun(bytes);
  rtpHeaderLength(bytes, 0, bytes.length, true);
  const headerLength = rtpHeaderLength(bytes, 0, bytes.length);
  const packet = decodeRtp(bytes);
  if (headerLength < 0 !== (packet === undefined)) throw new Error("validator and decoder differ");
  if (packet === undefined) return;
  if (packet.extension !== undefined) decodeExtensionElements(packet.extension);
  const again = encodeRtp(packet);
  if (again.length !== bytes.length) throw new Error("length differs");
  const checked = bytes.length - packet.paddingLengthBytes;
  if (Buffer.compare(again.subarray(0, checked), bytes.subarray(0, checked)) !== 0)
    throw new Error("bytes differ");
}
