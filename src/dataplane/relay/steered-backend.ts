import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Family } from "../../base/endpoint.ts";
import { BpfObject, type SharedMapping } from "../../platform/bpf.ts";
import type { Capability } from "../../platform/capabilities.ts";
import { watchReadable } from "../../platform/epoll.ts";
import { Errno, SystemError } from "../../platform/errors.ts";
import {
  allowForeignBind,
  bindSocket,
  closeDescriptor,
  openRawUdpSocket,
  openUdpSocket,
  replaceDescriptor,
  requestOriginalDestination,
  setBufferSizes,
  tryBindSocket,
} from "../../platform/socket.ts";
import { addressFamily } from "../../platform/socket-address.ts";
import { ADDRESS_KEY_BYTES, addressKey, bpfObstacle, uint32 } from "../bpf-tables.ts";
import type { Backend, BackendAddress, WorkerPort } from "./backend.ts";
import type { SetupBackend } from "./setup.ts";
import { IPV4_TOKEN, IPV6_TOKEN } from "./steered-loop.ts";

const OBJECT_FILE: string = fileURLToPath(new URL("../../../bpf/steer.bpf.o", import.meta.url));
const NEEDED: readonly Capability[] = ["CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_BPF"];
const PORTS = 65536;
const BUFFER_BYTES = 16 << 20;
/** The byte of a port names one of 254 sockets, two a worker. */
export const MAX_STEERED_WORKERS = 127;

/** Why ports cannot be steered on this host; empty when they can, as far as can be told without trying. */
export function steeringObstacle(): string {
  return bpfObstacle("steering", NEEDED, OBJECT_FILE);
}

/**
 * A program in the kernel steers each allocated port to the one UDP socket of its worker and family; what is sent
 * leaves by a raw socket a local address.
 */
export class SteeredBackend implements Backend {
  readonly kind = "steered";
  readonly #addresses: readonly BackendAddress[];
  readonly #object: BpfObject;
  readonly #ports: SharedMapping;
  readonly #descriptors: number[] = [];
  /** Outlets by the index of an address that the host did not have when they were to be opened. */
  readonly #waiting = new Map<number, number[]>();

  /** Loads and attaches the program. @throws when the kernel or libbpf refuses */
  constructor(addresses: readonly BackendAddress[]) {
    this.#addresses = addresses;
    this.#object = new BpfObject(readFileSync(OBJECT_FILE));
    try {
      this.#object.setMaxEntries("addresses", addresses.length);
      this.#object.setMaxEntries("ports", addresses.length);
      this.#object.load();
      for (const address of addresses) {
        this.#object.update(
          "addresses",
          addressKey(address, addressFamily(address.family)),
          ADDRESS_KEY_BYTES,
          uint32(address.index),
          4,
        );
      }
      this.#object.attachToNetworkNamespace("steer");
      // Last, so that closing the object is all there is to undo: no port is steered before.
      this.#ports = this.#object.mapMemory("ports", addresses.length * PORTS);
    } catch (error) {
      this.#object.close();
      throw error;
    }
  }

  /** A bind that succeeds proves that no other socket listens there; the steering takes effect later. */
  acquire(addressIndex: number, port: number): boolean {
    const { family, address } = this.#addresses[addressIndex]!;
    const fd = openUdpSocket(family);
    try {
      if (!tryBindSocket(fd, { family, address, port })) return false;
    } finally {
      closeDescriptor(fd);
    }
    this.#openWaiting(addressIndex);
    return true;
  }

  abandon(_addressIndex: number, _port: number): void {}

  attach(worker: WorkerPort, addressIndex: number, port: number, _flowId: number): void {
    const { family } = this.#addresses[addressIndex]!;
    this.#ports.bytes[addressIndex * PORTS + port] = socketIndex(worker, family) + 1;
  }

  detach(_worker: WorkerPort, addressIndex: number, port: number, _flowId: number): void {
    this.#ports.bytes[addressIndex * PORTS + port] = 0;
  }

  setupFor(worker: WorkerPort): SetupBackend {
    return {
      kind: "steered",
      ipv4: this.#openReceiver(worker, 4),
      ipv6: this.#openReceiver(worker, 6),
      outlets: this.#addresses.map((address) => this.#openOutlet(address)),
    };
  }

  close(): void {
    this.#object.close();
    this.#ports.dispose();
    for (const fd of this.#descriptors.splice(0).reverse()) closeDescriptor(fd);
  }

  #openReceiver(worker: WorkerPort, family: Family): number {
    const local = this.#addresses.find((address) => address.family === family);
    if (local === undefined) return -1;
    const fd = openUdpSocket(family);
    this.#descriptors.push(fd);
    setBufferSizes(fd, BUFFER_BYTES, 4096);
    requestOriginalDestination(fd, family);
    // Only a bound socket may be steered to; the kernel chooses the port, which nobody is told. A host that is to
    // take over an address from another does not have it yet.
    allowForeignBind(fd, family);
    bindSocket(fd, { family, address: local.address, port: 0 });
    watchReadable(worker.epoll, fd, family === 4 ? IPV4_TOKEN : IPV6_TOKEN);
    const value = new Uint8Array(new BigUint64Array([BigInt(fd)]).buffer);
    this.#object.update("sockets", uint32(socketIndex(worker, family)), 4, value, 8);
    return fd;
  }

  /** Bound, so that routing rules on the source address apply; a stand-in while the host lacks the address. */
  #openOutlet({ index, family, address }: BackendAddress): number {
    let fd: number;
    try {
      fd = openRawUdpSocket({ family, address });
      setBufferSizes(fd, 4096, BUFFER_BYTES);
    } catch (error) {
      if (!(error instanceof SystemError) || error.errno !== Errno.EADDRNOTAVAIL) throw error;
      fd = openUdpSocket(family);
      this.#waiting.set(index, [...(this.#waiting.get(index) ?? []), fd]);
    }
    this.#descriptors.push(fd);
    return fd;
  }

  /** The host has the address now: workers know the stand-ins by number, so these become the outlets. */
  #openWaiting(addressIndex: number): void {
    const standIns = this.#waiting.get(addressIndex);
    if (standIns === undefined) return;
    const { family, address } = this.#addresses[addressIndex]!;
    for (const standIn of standIns) {
      const fd = openRawUdpSocket({ family, address });
      setBufferSizes(fd, 4096, BUFFER_BYTES);
      replaceDescriptor(standIn, fd);
    }
    this.#waiting.delete(addressIndex);
  }
}

function socketIndex(worker: WorkerPort, family: Family): number {
  return worker.index * 2 + (family === 6 ? 1 : 0);
}
