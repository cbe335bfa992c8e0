import ipaddr from "ipaddr.js";

/** IP version. */
export type Family = 4 | 6;

/** An IP address in canonical text form, with its version. */
export interface Address {
  readonly family: Family;
  /** Dotted quad, or RFC 5952 text. */
  readonly address: string;
}

/** A transport address: where a datagram comes from or goes to. */
export interface Endpoint extends Address {
  /** UDP port, 1..65535; 0 only where a document says so. */
  readonly port: number;
}

/**
 * Parses an IP address literal and brings it into canonical text form.
 *
 * @returns undefined when `text` is no literal (a host name, say)
 */
export function parseAddress(text: string): Address | undefined {
  // The usual case, several times an SDP: decimal quads are canonical as they stand.
  if (parseIpv4(text) >= 0) return { family: 4, address: text };
  if (text.includes(":") && !text.includes("%") && ipaddr.IPv6.isValid(text)) {
    return { family: 6, address: ipaddr.IPv6.parse(text).toRFC5952String() };
  }
  return undefined;
}

/** A dotted quad without leading zeros as a number; -1 when the text is none. */
function parseIpv4(text: string): number {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (octet < 0 || ++dots > 3) return -1;
      value = value * 256 + octet;
      octet = -1;
    } else {
      // A zero before a digit would be octal to some and decimal to others.
      if (code < ZERO || code > ZERO + 9 || octet === 0) return -1;
      octet = octet < 0 ? code - ZERO : octet * 10 + code - ZERO;
      if (octet > 255) return -1;
    }
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : -1;
}

const DOT = 0x2e;
const ZERO = 0x30;

/**
 * The address in network byte order: 4 or 16 bytes.
 *
 * @throws Error when the text is no address of that family
 */
export function addressBytes(address: Address): Uint8Array {
  const quad = address.family === 4 ? parseIpv4(address.address) : -1;
  if (quad < 0) return Uint8Array.from(ipaddr.parse(address.address).toByteArray());
  return Uint8Array.of(quad / 0x1000000, (quad >>> 16) & 0xff, (quad >>> 8) & 0xff, quad & 0xff);
}

/**
 * The address that 4 or 16 bytes in network byte order stand for, in canonical text form.
 *
 * @throws Error when the number of bytes does not fit the family
 */
export function addressFromBytes(family: Family, bytes: Uint8Array): Address {
  if (family === 4) return { family, address: new ipaddr.IPv4([...bytes]).toString() };
  return { family, address: new ipaddr.IPv6([...bytes]).toRFC5952String() };
}

/** Whether the address is the family's "any" (`0.0.0.0`, `::`). */
export function isUnspecified(address: Address): boolean {
  return address.address === "0.0.0.0" || address.address === "::";
}

/** `ADDRESS:PORT`, with brackets for IPv6. */
export function formatEndpoint(endpoint: Endpoint): string {
  return endpoint.family === 6
    ? `[${endpoint.address}]:${endpoint.port}`
    : `${endpoint.address}:${endpoint.port}`;
}

/** Whether both are the same address and port. Either may be absent; two absent ones are equal. */
export function sameEndpoint(a: Endpoint | undefined, b: Endpoint | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.port === b.port && a.address === b.address;
}
