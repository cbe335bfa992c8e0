import { addressBytes, type Endpoint } from "../../../src/base/endpoint.ts";

/** What a frame's headers say; all of it may be wrong on purpose. */
export interface FrameOptions {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly payload: Uint8Array;
  readonly tos?: number;
  readonly hopLimit?: number;
  /** 4-byte words of the IPv4 header; more than 5: with options. */
  readonly headerWords?: number;
  /** IPv4: flags and fragment offset. */
  readonly fragment?: number;
  readonly protocol?: number;
  /** Added to the length that IP, and UDP, announce. */
  readonly ipLengthError?: number;
  readonly udpLengthError?: number;
  /** IPv4: the header was damaged on the way. */
  readonly isDamaged?: boolean;
  /** Sends no UDP checksum. */
  readonly hasNoChecksum?: boolean;
  /** Bytes cut off at the end. */
  readonly cut?: number;
}

/** An Ethernet frame with a UDP datagram in it. */
export function frameOf(options: FrameOptions): Uint8Array {
  const { from, to, payload } = options;
  const isIpv4 = to.family === 4;
  const ipBytes = isIpv4 ? (options.headerWords ?? 5) * 4 : 40;
  const udpLength = 8 + payload.length;
  const bytes = new Uint8Array(14 + ipBytes + udpLength);
  const view = new DataView(bytes.buffer);
  view.setUint16(12, isIpv4 ? 0x0800 : 0x86dd);
  const source = addressBytes(from);
  const destination = addressBytes(to);
  const announced = udpLength + (options.ipLengthError ?? 0);
  if (isIpv4) {
    view.setUint8(14, 0x40 | (options.headerWords ?? 5));
    view.setUint8(15, options.tos ?? 0);
    view.setUint16(16, ipBytes + announced);
    view.setUint16(18, 0x1234);
    view.setUint16(20, options.fragment ?? 0x4000);
    view.setUint8(22, options.hopLimit ?? 57);
    view.setUint8(23, options.protocol ?? 17);
    bytes.set(source, 26);
    bytes.set(destination, 30);
    view.setUint16(24, ~sum16(bytes.subarray(14, 14 + ipBytes)) & 0xffff);
    if (options.isDamaged === true) view.setUint8(19, 0x35);
  } else {
    view.setUint8(14, 0x60 | ((options.tos ?? 0) >> 4));
    view.setUint8(15, ((options.tos ?? 0) << 4) & 0xff);
    view.setUint16(18, announced);
    view.setUint8(20, options.protocol ?? 17);
    view.setUint8(21, options.hopLimit ?? 57);
    bytes.set(source, 22);
    bytes.set(destination, 38);
  }
  const udp = 14 + ipBytes;
  view.setUint16(udp, from.port);
  view.setUint16(udp + 2, to.port);
  view.setUint16(udp + 4, udpLength + (options.udpLengthError ?? 0));
  bytes.set(payload, udp + 8);
  if (options.hasNoChecksum !== true) view.setUint16(udp + 6, udpChecksum(bytes) || 0xffff);
  return bytes.subarray(0, bytes.length - (options.cut ?? 0));
}

/** Where the UDP header is. */
export function udpOffset(frame: Uint8Array): number {
  return frame[12] === 0x08 ? 14 + (frame[14]! & 15) * 4 : 54;
}

/** The checksum that a frame's datagram should have, whatever is in its place. */
export function udpChecksum(frame: Uint8Array): number {
  const udp = udpOffset(frame);
  const isIpv4 = frame[12] === 0x08;
  const addresses = isIpv4 ? frame.subarray(26, 34) : frame.subarray(22, 54);
  const datagram = frame.slice(udp);
  datagram.fill(0, 6, 8);
  const pseudo = Uint8Array.of(0, 17, datagram.length >> 8, datagram.length & 0xff);
  let sum = sum16(addresses) + sum16(pseudo) + sum16(datagram);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** RFC 1071, not inverted. */
export function sum16(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at++) sum += at % 2 === 0 ? bytes[at]! << 8 : bytes[at]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}
