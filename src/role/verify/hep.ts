import { readUint16, readUint32 } from "../../wire/bytes.ts";

/** What is of interest of a HEP3 packet. */
export interface HepPacket {
  /** 5: RTCP as JSON. */
  readonly protocolType: number | undefined;
  readonly captureId: number | undefined;
  /** Whose it is: the Call-ID. */
  readonly correlationId: string | undefined;
}

const HEADER_LENGTH = 6;
const CHUNK_HEADER_LENGTH = 6;
const MAGIC = [0x48, 0x45, 0x50, 0x33];
const PROTOCOL_TYPE = 0x000b;
const CAPTURE_ID = 0x000c;
const CORRELATION_ID = 0x0011;

const UTF8 = new TextDecoder();

/** Reads a HEP3 packet: magic, length, then chunks of vendor, type, length. @returns undefined when it is none */
export function readHep(bytes: Uint8Array): HepPacket | undefined {
  if (bytes.length < HEADER_LENGTH || MAGIC.some((byte, at) => bytes[at] !== byte)) return undefined;
  const end = readUint16(bytes, 4);
  if (end < HEADER_LENGTH || end > bytes.length) return undefined;
  let protocolType: number | undefined;
  let captureId: number | undefined;
  let correlationId: string | undefined;
  for (let at = HEADER_LENGTH; at < end; ) {
    if (at + CHUNK_HEADER_LENGTH > end) return undefined;
    const length = readUint16(bytes, at + 4);
    if (length < CHUNK_HEADER_LENGTH || at + length > end) return undefined;
    const value = at + CHUNK_HEADER_LENGTH;
    const type = readUint16(bytes, at) === 0 ? readUint16(bytes, at + 2) : undefined;
    if (type === PROTOCOL_TYPE && length === CHUNK_HEADER_LENGTH + 1) protocolType = bytes[value];
    if (type === CAPTURE_ID && length === CHUNK_HEADER_LENGTH + 4) captureId = readUint32(bytes, value);
    if (type === CORRELATION_ID) correlationId = UTF8.decode(bytes.subarray(value, at + length));
    at += length;
  }
  return { protocolType, captureId, correlationId };
}
