import { type Address, addressBytes } from "../base/endpoint.ts";
import { ProxyError } from "../base/errors.ts";

/*
 * Messages of rtnetlink(7), as far as a route or a link is asked for. Integers have the machine's byte order
 * (little endian on x64 and arm64).
 *
 *   nlmsghdr   length(4) type(2) flags(2) sequence(4) port(4)
 *   rtmsg      family(1) to bits(1) from bits(1) tos(1) table(1) protocol(1) scope(1) type(1) flags(4)
 *   ifinfomsg  family(1) pad(1) type(2) index(4) flags(4) change(4)
 *   spdinfo    flags(4)
 *   rtattr     length(2) type(2) value, padded to 4
 */
const HEADER_BYTES = 16;
const NLM_F_REQUEST = 1;
const NLMSG_ERROR = 2;
const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;
const RTMSG_BYTES = 12;
const IFINFOMSG_BYTES = 16;
const XFRM_MSG_NEWSPDINFO = 36;
const XFRM_MSG_GETSPDINFO = 37;
const XFRMA_SPD_INFO = 1;
const RTA_DST = 1;
const RTA_SRC = 2;
const RTA_OIF = 4;
const RTN_UNICAST = 1;
const RTN_LOCAL = 2;
const AF_INET = 2;
const AF_INET6 = 10;

/** Groups to listen to for changes: links; addresses, routes and rules of both families (`RTMGRP_*`, a bit each). */
export const ROUTE_CHANGE_GROUPS: number = 0x1 | 0x10 | 0x40 | 0x80 | 0x100 | 0x400 | 0x40000;

/** Group to listen to for changes of IPsec policies (`XFRMNLGRP_POLICY`, as a bit). */
export const POLICY_CHANGE_GROUPS = 0x8;

/** The kernel's answer was an error; `errno` is positive, as in `errno(3)`. */
export class RouteQueryError extends ProxyError {
  readonly errno: number;

  constructor(errno: number) {
    super("E_ROUTE", `no route: errno ${errno}`);
    this.errno = errno;
  }
}

/** Which way a packet would leave. */
export interface Route {
  /** `local`: it stays on this host; `other`: broadcast, multicast, blackhole… */
  readonly kind: "unicast" | "local" | "other";
  /** Index of the interface. */
  readonly interfaceIndex: number;
}

/** Asks how a packet would go from one address to another of the same family. */
export function encodeRouteQuery(from: Address, to: Address, sequence: number): Uint8Array {
  const source = addressBytes(from);
  const destination = addressBytes(to);
  const attributeBytes = 4 + source.length;
  const bytes = new Uint8Array(HEADER_BYTES + RTMSG_BYTES + 2 * attributeBytes);
  const view = header(bytes, RTM_GETROUTE, sequence);
  view.setUint8(HEADER_BYTES, to.family === 4 ? AF_INET : AF_INET6);
  view.setUint8(HEADER_BYTES + 1, destination.length * 8);
  view.setUint8(HEADER_BYTES + 2, source.length * 8);
  let at = HEADER_BYTES + RTMSG_BYTES;
  for (const [type, value] of [
    [RTA_DST, destination],
    [RTA_SRC, source],
  ] as const) {
    view.setUint16(at, attributeBytes, true);
    view.setUint16(at + 2, type, true);
    bytes.set(value, at + 4);
    at += attributeBytes;
  }
  return bytes;
}

/** @throws RouteQueryError when the answer is an error or none that makes sense */
export function decodeRoute(bytes: Uint8Array): Route {
  const view = body(bytes, RTM_NEWROUTE, RTMSG_BYTES);
  const type = view.getUint8(HEADER_BYTES + 7);
  let interfaceIndex = 0;
  for (let at = HEADER_BYTES + RTMSG_BYTES; at + 8 <= view.byteLength; ) {
    const length = view.getUint16(at, true);
    if (length < 4) break;
    if (view.getUint16(at + 2, true) === RTA_OIF) interfaceIndex = view.getInt32(at + 4, true);
    at += (length + 3) & ~3;
  }
  const kind = type === RTN_UNICAST ? "unicast" : type === RTN_LOCAL ? "local" : "other";
  return { kind, interfaceIndex };
}

/** Asks what kind of interface an index is. */
export function encodeLinkQuery(interfaceIndex: number, sequence: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + IFINFOMSG_BYTES);
  header(bytes, RTM_GETLINK, sequence).setInt32(HEADER_BYTES + 4, interfaceIndex, true);
  return bytes;
}

/**
 * @returns the hardware type (`ARPHRD_*`)
 * @throws RouteQueryError when the answer is an error or none that makes sense
 */
export function decodeLinkType(bytes: Uint8Array): number {
  return body(bytes, RTM_NEWLINK, IFINFOMSG_BYTES).getUint16(HEADER_BYTES + 2, true);
}

/** Asks how many IPsec policies there are. */
export function encodePolicyQuery(sequence: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + 4);
  header(bytes, XFRM_MSG_GETSPDINFO, sequence);
  return bytes;
}

/**
 * @returns how many there are for packets in, out and through; not those of single sockets
 * @throws RouteQueryError when the answer is an error or none that makes sense
 */
export function decodePolicyCount(bytes: Uint8Array): number {
  const view = body(bytes, XFRM_MSG_NEWSPDINFO, 4);
  for (let at = HEADER_BYTES + 4; at + 16 <= view.byteLength; ) {
    const length = view.getUint16(at, true);
    if (length < 4) break;
    if (view.getUint16(at + 2, true) === XFRMA_SPD_INFO)
      return view.getUint32(at + 4, true) + view.getUint32(at + 8, true) + view.getUint32(at + 12, true);
    at += (length + 3) & ~3;
  }
  throw new RouteQueryError(EPROTO);
}

function header(bytes: Uint8Array, type: number, sequence: number): DataView {
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, NLM_F_REQUEST, true);
  view.setUint32(8, sequence, true);
  return view;
}

const EPROTO = 71;

/** The one message of an answer, of the type that was expected, whole. */
function body(bytes: Uint8Array, type: number, fixedBytes: number): DataView {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES + 4) throw new RouteQueryError(EPROTO);
  if (view.getUint16(4, true) === NLMSG_ERROR) throw new RouteQueryError(-view.getInt32(HEADER_BYTES, true));
  const length = view.getUint32(0, true);
  if (view.getUint16(4, true) !== type || length > bytes.length || length < HEADER_BYTES + fixedBytes) {
    throw new RouteQueryError(EPROTO);
  }
  return new DataView(bytes.buffer, bytes.byteOffset, length);
}
