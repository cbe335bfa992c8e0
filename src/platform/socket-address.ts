import {
  type Address,
  addressBytes,
  addressFromBytes,
  type Endpoint,
  type Family,
} from "../base/endpoint.ts";
import { InvariantError } from "../base/errors.ts";

/** Values of `sa_family_t` on Linux. */
export const AF_INET = 2;
export const AF_INET6 = 10;

/** Bytes of `struct sockaddr_in` and `struct sockaddr_in6`. */
export const SOCKADDR_IN_BYTES = 16;
export const SOCKADDR_IN6_BYTES = 28;

/** `AF_INET` or `AF_INET6`. */
export function addressFamily(family: Family): number {
  return family === 4 ? AF_INET : AF_INET6;
}

/** Length of the family's `sockaddr`. */
export function sockaddrLength(family: Family): number {
  return family === 4 ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES;
}

/**
 * Writes the `sockaddr` of an endpoint.
 *
 * ```
 *  sockaddr_in   family(2, host order) port(2) address(4) zero(8)
 *  sockaddr_in6  family(2, host order) port(2) flow info(4) address(16) scope(4)
 * ```
 *
 * @returns its length
 * @throws InvariantError when it does not fit
 */
export function writeSockaddr(
  bytes: Uint8Array,
  offset: number,
  endpoint: Address & { port: number },
): number {
  const length = sockaddrLength(endpoint.family);
  if (offset < 0 || offset + length > bytes.length) throw new InvariantError("sockaddr outside its buffer");
  bytes.fill(0, offset, offset + length);
  const family = addressFamily(endpoint.family);
  bytes[offset] = family & 0xff;
  bytes[offset + 1] = family >> 8;
  bytes[offset + 2] = endpoint.port >> 8;
  bytes[offset + 3] = endpoint.port & 0xff;
  bytes.set(addressBytes(endpoint), offset + (endpoint.family === 4 ? 4 : 8));
  return length;
}

/** Reads a `sockaddr`; undefined when it is of another family than IPv4 and IPv6. */
export function readSockaddr(bytes: Uint8Array, offset: number): Endpoint | undefined {
  const family = bytes[offset]! | (bytes[offset + 1]! << 8);
  const port = (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
  if (family === AF_INET && offset + SOCKADDR_IN_BYTES <= bytes.length) {
    return { ...addressFromBytes(4, bytes.subarray(offset + 4, offset + 8)), port };
  }
  if (family === AF_INET6 && offset + SOCKADDR_IN6_BYTES <= bytes.length) {
    return { ...addressFromBytes(6, bytes.subarray(offset + 8, offset + 24)), port };
  }
  return undefined;
}
