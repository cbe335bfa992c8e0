import type { RtpHeaderExtension } from "./rtp.ts";

/** One element of a header extension (RFC 8285 §4.1). */
export interface ExtensionElement {
  readonly extensionId: number;
  readonly data: Uint8Array;
}

/** The profile value of one-byte elements (RFC 8285 §4.2). */
export const ONE_BYTE_PROFILE = 0xbede;
/** The profile value of two-byte elements, its low four bits 0 (RFC 8285 §4.3). */
export const TWO_BYTE_PROFILE = 0x1000;

/** The elements of an extension, padding left out; undefined when it is of neither form or runs over its end. */
export function decodeExtensionElements(extension: RtpHeaderExtension): ExtensionElement[] | undefined {
  if (extension.profile === ONE_BYTE_PROFILE) return decodeOneByte(extension.data);
  return (extension.profile & 0xfff0) === TWO_BYTE_PROFILE ? decodeTwoByte(extension.data) : undefined;
}

function decodeOneByte(data: Uint8Array): ExtensionElement[] | undefined {
  const elements: ExtensionElement[] = [];
  for (let at = 0; at < data.length; ) {
    const head = data[at++] as number;
    const extensionId = head >> 4;
    if (head === 0) continue;
    // 15 ends the processing; what follows is not ours to read (RFC 8285 §4.2).
    if (extensionId === 15) break;
    const length = (head & 0x0f) + 1;
    if (at + length > data.length) return undefined;
    elements.push({ extensionId, data: data.subarray(at, at + length) });
    at += length;
  }
  return elements;
}

function decodeTwoByte(data: Uint8Array): ExtensionElement[] | undefined {
  const elements: ExtensionElement[] = [];
  for (let at = 0; at < data.length; ) {
    const extensionId = data[at++] as number;
    if (extensionId === 0) continue;
    const length = data[at++];
    if (length === undefined || at + length > data.length) return undefined;
    elements.push({ extensionId, data: data.subarray(at, at + length) });
    at += length;
  }
  return elements;
}

/** Encodes elements in the one-byte form where all fit (id 1..14, 1..16 bytes), else in the two-byte form. */
export function encodeExtensionElements(elements: readonly ExtensionElement[]): RtpHeaderExtension {
  const isOneByte = elements.every(
    ({ extensionId, data }) => extensionId <= 14 && data.length >= 1 && data.length <= 16,
  );
  const headLength = isOneByte ? 1 : 2;
  const length = elements.reduce((sum, { data }) => sum + headLength + data.length, 0);
  const bytes = new Uint8Array(Math.ceil(length / 4) * 4);
  let at = 0;
  for (const { extensionId, data } of elements) {
    if (isOneByte) {
      bytes[at++] = (extensionId << 4) | (data.length - 1);
    } else {
      bytes[at++] = extensionId;
      bytes[at++] = data.length;
    }
    bytes.set(data, at);
    at += data.length;
  }
  return { profile: isOneByte ? ONE_BYTE_PROFILE : TWO_BYTE_PROFILE, data: bytes };
}
