import type { Address, Endpoint, Family } from "../base/endpoint.ts";
import { InvariantError } from "../base/errors.ts";
import { checked, Errno, lastErrno, SystemError } from "./errors.ts";
import * as libc from "./libc.ts";
import { ForeignMemory } from "./memory.ts";
import { addressFamily, readSockaddr, SOCKADDR_IN6_BYTES, writeSockaddr } from "./socket-address.ts";

const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const IPPROTO_UDP = 17;

const SOL_SOCKET = 1;
const SOL_IP = 0;
const SOL_IPV6 = 41;
const SO_BROADCAST = 6;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const IP_TOS = 1;
const IP_RECVORIGDSTADDR = 20;
const IP_FREEBIND = 15;
const IPV6_FREEBIND = 78;
const IPV6_V6ONLY = 26;
const IPV6_TCLASS = 67;
const IPV6_RECVORIGDSTADDR = 74;

/** Scratch for arguments and results of the calls below; each uses it within one turn. */
const scratch: ForeignMemory = new ForeignMemory(4096);

/** A UDP socket: non-blocking, closed on exec, IPv6 only where it is IPv6. The caller closes it. */
export function openUdpSocket(family: Family): number {
  const fd = checked(
    "socket",
    libc.socket(addressFamily(family), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
  );
  if (family === 6) setIntegerOption(fd, SOL_IPV6, IPV6_V6ONLY, 1);
  return fd;
}

/**
 * A raw socket, bound to a local address, for datagrams that bring their own UDP header. Needs CAP_NET_RAW.
 * The caller closes it.
 *
 * The kernel makes the IP header: a socket that brings its own (`IP_HDRINCL`) costs a route of its own for each
 * datagram to a neighbour, and never fragments.
 */
export function openRawUdpSocket(local: Address): number {
  const { family } = local;
  const fd = checked(
    "socket",
    libc.socket(addressFamily(family), SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP),
    "raw",
  );
  try {
    bindSocket(fd, { ...local, port: 0 });
    connectToNobody(fd, family);
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
  return fd;
}

/**
 * Keeps the kernel from copying every UDP datagram of the host to a raw socket: connected, it is given those of its
 * peer alone. None come from the broadcast address; IPv6 has no such address, but our own loopback sends little.
 */
function connectToNobody(fd: number, family: Family): void {
  setIntegerOption(fd, SOL_SOCKET, SO_BROADCAST, 1);
  const nobody = family === 4 ? "255.255.255.255" : "::1";
  const length = writeSockaddr(scratch.bytes, 0, { family, address: nobody, port: 0 });
  checked("connect", libc.connect(fd, scratch.addressOf(0, length), length), nobody);
  setIntegerOption(fd, SOL_SOCKET, SO_BROADCAST, 0);
}

/** @returns the error number; 0: bound */
function bindErrno(fd: number, local: Address & { port: number }): number {
  const length = writeSockaddr(scratch.bytes, 0, local);
  return libc.bind(fd, scratch.addressOf(0, length), length) === 0 ? 0 : lastErrno();
}

/**
 * Binds a socket to a port of many.
 *
 * @returns false when this one cannot be had: somebody else has it, or this process may not (a port below 1024)
 * @throws SystemError for every other refusal
 */
export function tryBindSocket(fd: number, local: Address & { port: number }): boolean {
  const errno = bindErrno(fd, local);
  if (errno === Errno.EADDRINUSE || errno === Errno.EACCES) return false;
  if (errno !== 0) throw new SystemError("bind", errno, `${local.address} port ${local.port}`);
  return true;
}

/** Binds a socket; port 0 lets the kernel choose. @throws SystemError */
export function bindSocket(fd: number, local: Address & { port: number }): void {
  const errno = bindErrno(fd, local);
  if (errno !== 0) throw new SystemError("bind", errno, `${local.address} port ${local.port}`);
}

/** Whether this host has an address now. */
export function hasAddress(address: Address): boolean {
  const fd = openUdpSocket(address.family);
  try {
    return bindErrno(fd, { ...address, port: 0 }) !== Errno.EADDRNOTAVAIL;
  } finally {
    closeDescriptor(fd);
  }
}

/** What a socket is bound to. */
export function localEndpoint(fd: number): Endpoint {
  scratch.view.setUint32(64, SOCKADDR_IN6_BYTES, true);
  checked("getsockname", libc.getsockname(fd, scratch.addressOf(0, 28), scratch.addressOf(64, 4)));
  const endpoint = readSockaddr(scratch.bytes, 0);
  if (endpoint === undefined) throw new InvariantError("socket of an unknown address family");
  return endpoint;
}

/** Closes a descriptor. It must not be used again: the number will be given to somebody else. */
export function closeDescriptor(fd: number): void {
  checked("close", libc.close(fd));
}

/**
 * Makes socket buffers large, above the system's limit when CAP_NET_ADMIN allows.
 *
 * @param bytes as the program counts; the kernel doubles it
 */
export function setBufferSizes(fd: number, receiveBytes: number, sendBytes: number): void {
  setEither(fd, SO_RCVBUFFORCE, SO_RCVBUF, receiveBytes);
  setEither(fd, SO_SNDBUFFORCE, SO_SNDBUF, sendBytes);
}

/** Makes a UDP socket tell, with each datagram, the local address and port it was sent to. */
export function requestOriginalDestination(fd: number, family: Family): void {
  if (family === 4) setIntegerOption(fd, SOL_IP, IP_RECVORIGDSTADDR, 1);
  else setIntegerOption(fd, SOL_IPV6, IPV6_RECVORIGDSTADDR, 1);
}

/** Sets the type of service or traffic class of what the socket sends. @returns whether it worked */
export function trySetTypeOfService(fd: number, family: Family, tos: number): boolean {
  scratch.words32[0] = tos;
  const address = scratch.addressOf(0, 4);
  return family === 4
    ? libc.setsockopt(fd, SOL_IP, IP_TOS, address, 4) === 0
    : libc.setsockopt(fd, SOL_IPV6, IPV6_TCLASS, address, 4) === 0;
}

/** Lets a socket bind to an address that is not (yet) on an interface. */
export function allowForeignBind(fd: number, family: Family): void {
  if (family === 4) setIntegerOption(fd, SOL_IP, IP_FREEBIND, 1);
  else setIntegerOption(fd, SOL_IPV6, IPV6_FREEBIND, 1);
}

/** Lets `number` stand for what `fd` stands for; whoever uses it notices nothing. `fd` is closed. */
export function replaceDescriptor(number: number, fd: number): void {
  checked("dup3", libc.dup3(fd, number, SOCK_CLOEXEC));
  closeDescriptor(fd);
}

/**
 * Sends one datagram. For tests and rare messages; packet loops use `MessageBatch`.
 *
 * @returns 0, or the error number
 */
export function sendDatagram(fd: number, to: Endpoint, datagram: Uint8Array): number {
  if (datagram.length > 3968) throw new InvariantError("datagram longer than the scratch buffer");
  const length = writeSockaddr(scratch.bytes, 0, to);
  scratch.bytes.set(datagram, 128);
  const sent = libc.sendto(
    fd,
    scratch.addressOf(128, datagram.length),
    datagram.length,
    0,
    scratch.addressOf(0, length),
    length,
  );
  return sent < 0 ? lastErrno() : 0;
}

/** Takes one datagram that has already arrived; undefined when there is none. */
export function receiveDatagram(fd: number): { from: Endpoint; bytes: Uint8Array } | undefined {
  scratch.view.setUint32(64, SOCKADDR_IN6_BYTES, true);
  const length = libc.recvfrom(
    fd,
    scratch.addressOf(128, 3968),
    3968,
    0,
    scratch.addressOf(0, 28),
    scratch.addressOf(64, 4),
  );
  if (length < 0) {
    const errno = lastErrno();
    if (errno === Errno.EAGAIN || errno === Errno.EINTR) return undefined;
    throw new SystemError("recvfrom", errno);
  }
  const from = readSockaddr(scratch.bytes, 0);
  if (from === undefined) throw new InvariantError("datagram of an unknown address family");
  return { from, bytes: scratch.bytes.slice(128, 128 + length) };
}

function setIntegerOption(fd: number, level: number, option: number, value: number): void {
  scratch.words32[0] = value;
  checked("setsockopt", libc.setsockopt(fd, level, option, scratch.addressOf(0, 4), 4), `${level}/${option}`);
}

function setEither(fd: number, forced: number, plain: number, value: number): void {
  scratch.words32[0] = value;
  const address = scratch.addressOf(0, 4);
  if (libc.setsockopt(fd, SOL_SOCKET, forced, address, 4) === 0) return;
  checked("setsockopt", libc.setsockopt(fd, SOL_SOCKET, plain, address, 4));
}
