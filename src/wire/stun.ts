import { readUint16, readUint32 } from "./bytes.ts";

/** Bytes of the STUN header (RFC 8489 §5). */
export const STUN_HEADER_LENGTH = 20;

const MAGIC_COOKIE = 0x2112a442;

/**
 * Whether a datagram has a STUN header (RFC 8489 §5): two zero bits, the magic cookie, and a length that is a
 * multiple of 4 and fills the datagram.
 */
export function isStun(bytes: Uint8Array, offset = 0, length: number = bytes.length - offset): boolean {
  if (length < STUN_HEADER_LENGTH || (bytes[offset] as number) > 0x3f) return false;
  const messageLength = readUint16(bytes, offset + 2);
  return (
    messageLength % 4 === 0 &&
    messageLength + STUN_HEADER_LENGTH === length &&
    readUint32(bytes, offset + 4) === MAGIC_COOKIE
  );
}
