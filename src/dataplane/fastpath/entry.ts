import type { Endpoint, Family } from "../../base/endpoint.ts";
import { writeEndpoint } from "../../flow/packed-endpoint.ts";

/** What the kernel's program is told of one flow: all of it literal, nothing to be looked up. */
export interface KernelEntry {
  readonly generation: number;
  readonly family: Family;
  /** The one source it takes packets of… */
  readonly source: Endpoint;
  /** …where they arrive. */
  readonly inInterface: number;
  /** It sends from here… */
  readonly from: Endpoint;
  /** …as the socket of this flow… */
  readonly fromFlowId: number;
  /** …to there… */
  readonly to: Endpoint;
  /** …by this interface, or, when it is `isLocal`, by letting the stack deliver it. */
  readonly outInterface: number;
  readonly isLocal: boolean;
  readonly tos: number;
  readonly hopLimit: number;
  /** Payload types it forwards, with the index of each one's clock rate. */
  readonly payloadTypes: readonly { readonly payloadType: number; readonly rateIndex: number }[];
}

/** Whether the kernel would do the same; a new generation alone changes nothing. */
export function isSameEntry(a: KernelEntry, b: KernelEntry): boolean {
  return (
    isSame(a.source, b.source) &&
    isSame(a.from, b.from) &&
    isSame(a.to, b.to) &&
    a.family === b.family &&
    a.fromFlowId === b.fromFlowId &&
    a.inInterface === b.inInterface &&
    a.outInterface === b.outInterface &&
    a.isLocal === b.isLocal &&
    a.tos === b.tos &&
    a.hopLimit === b.hopLimit &&
    a.payloadTypes.length === b.payloadTypes.length &&
    a.payloadTypes.every(({ payloadType, rateIndex }, index) => {
      const other = b.payloadTypes[index]!;
      return payloadType === other.payloadType && rateIndex === other.rateIndex;
    })
  );
}

function isSame(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.address === b.address;
}

/** `struct entry` and `struct flow` of `bpf/fastpath.bpf.c`. */
export const ENTRY_BYTES = 224;
export const FLOW_BYTES: number = 8 + 2 * ENTRY_BYTES;

const EntryByte = {
  generation: 0,
  family: 4,
  tos: 5,
  hopLimit: 6,
  isLocal: 7,
  outInterface: 8,
  fromFlow: 12,
  source: 16,
  from: 32,
  to: 48,
  sourcePort: 64,
  fromPort: 66,
  toPort: 68,
  inInterface: 72,
  payloadTypes: 80,
  rates: 96,
} as const;

const packed: Int32Array = new Int32Array(5);
const packedBytes: Uint8Array = new Uint8Array(packed.buffer);

/** Writes an entry over whatever is there. @param bytes of the map, `at` the first of the half */
export function writeEntry(bytes: Uint8Array, at: number, entry: KernelEntry): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, ENTRY_BYTES);
  bytes.fill(0, at, at + ENTRY_BYTES);
  view.setUint32(EntryByte.generation, entry.generation, true);
  view.setUint8(EntryByte.family, entry.family);
  view.setUint8(EntryByte.tos, entry.tos);
  view.setUint8(EntryByte.hopLimit, entry.hopLimit);
  view.setUint8(EntryByte.isLocal, entry.isLocal ? 1 : 0);
  view.setUint32(EntryByte.inInterface, entry.inInterface, true);
  view.setUint32(EntryByte.outInterface, entry.outInterface, true);
  view.setUint32(EntryByte.fromFlow, entry.fromFlowId, true);
  writeAddress(bytes, at + EntryByte.source, entry.source);
  writeAddress(bytes, at + EntryByte.from, entry.from);
  writeAddress(bytes, at + EntryByte.to, entry.to);
  view.setUint16(EntryByte.sourcePort, entry.source.port);
  view.setUint16(EntryByte.fromPort, entry.from.port);
  view.setUint16(EntryByte.toPort, entry.to.port);
  for (const { payloadType, rateIndex } of entry.payloadTypes) {
    const word = EntryByte.payloadTypes + 4 * (payloadType >> 5);
    view.setUint32(word, view.getUint32(word, true) | (1 << (payloadType & 31)), true);
    view.setUint8(EntryByte.rates + payloadType, rateIndex);
  }
}

/** In network byte order; IPv4 in the first four of the sixteen bytes. */
function writeAddress(bytes: Uint8Array, at: number, endpoint: Endpoint): void {
  writeEndpoint(packed, 0, endpoint);
  bytes.set(packedBytes.subarray(4), at);
}
