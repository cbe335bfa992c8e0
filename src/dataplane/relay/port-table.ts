import type { Address } from "../../base/endpoint.ts";
import { InvariantError } from "../../base/errors.ts";
import type { MediaInterface } from "../../base/media-interface.ts";
import { PortsExhaustedError } from "../errors.ts";
import type { PortRequest } from "../index.ts";
import type { Backend, BackendAddress } from "./backend.ts";
import { PortPool } from "./port-pool.ts";

/** Ports taken for one request. */
export interface TakenPorts {
  readonly media: MediaInterface;
  readonly addressIndex: number;
  /** One, or an even one and the next. */
  readonly ports: readonly number[];
}

interface Range {
  readonly media: MediaInterface;
  readonly addressIndex: number;
  readonly range: number;
}

/** The distinct local addresses of some interfaces, in order. */
export function distinctAddresses(interfaces: readonly MediaInterface[]): BackendAddress[] {
  const found: BackendAddress[] = [];
  for (const { bind } of interfaces) {
    if (!found.some((address) => address.address === bind.address))
      found.push({ ...bind, index: found.length });
  }
  return found;
}

/** How many ports there are in all: overlapping ranges of one address count once. */
export function countPorts(interfaces: readonly MediaInterface[], addresses: readonly Address[]): number {
  let total = 0;
  for (const { address } of addresses) {
    const isPort = new Uint8Array(65536);
    for (const media of interfaces) {
      if (media.bind.address === address) isPort.fill(1, media.portMin, media.portMax + 1);
    }
    total += isPort.reduce((sum, value) => sum + value, 0);
  }
  return total;
}

/** All ports of all local addresses: who has which. */
export class PortTable {
  readonly #ranges: readonly Range[];
  readonly #pools: readonly PortPool[];

  /** @param random a number from 0 up to but not including 1, asked once a range */
  constructor(
    interfaces: readonly MediaInterface[],
    addresses: readonly BackendAddress[],
    backend: Backend,
    random: () => number,
  ) {
    this.#pools = addresses.map(
      ({ index }) =>
        new PortPool({
          acquire: (port) => backend.acquire(index, port),
          abandon: (port) => backend.abandon(index, port),
        }),
    );
    this.#ranges = interfaces.map((media) => {
      const addressIndex = addresses.findIndex(({ address }) => address === media.bind.address);
      const pool = this.#pools[addressIndex]!;
      return { media, addressIndex, range: pool.addRange(media.portMin, media.portMax, random()) };
    });
  }

  /**
   * Takes ports for all requests or for none.
   *
   * @throws PortsExhaustedError
   */
  reserve(requests: readonly PortRequest[]): TakenPorts[] {
    const taken: TakenPorts[] = [];
    try {
      for (const request of requests) taken.push(this.#reserveOne(request));
      return taken;
    } catch (error) {
      for (const { addressIndex, ports } of taken.reverse()) {
        for (const port of ports) this.give(addressIndex, port);
      }
      throw error;
    }
  }

  give(addressIndex: number, port: number): void {
    this.#pools[addressIndex]!.give(port);
  }

  /** Ports of an interface's range: all, and those in use (by whichever interface). */
  usage(media: MediaInterface): { total: number; used: number } {
    const { addressIndex, range } = this.#rangeOf(media);
    const pool = this.#pools[addressIndex]!;
    return { total: pool.total(range), used: pool.used(range) };
  }

  #reserveOne(request: PortRequest): TakenPorts {
    const { addressIndex, range } = this.#rangeOf(request.media);
    const first = this.#pools[addressIndex]!.take(range, request.count);
    if (first === 0) throw new PortsExhaustedError();
    const ports = request.count === 2 ? [first, first + 1] : [first];
    return { media: request.media, addressIndex, ports };
  }

  #rangeOf(media: MediaInterface): Range {
    const range =
      this.#ranges.find((candidate) => candidate.media === media) ??
      this.#ranges.find(
        (candidate) =>
          candidate.media.name === media.name &&
          candidate.media.bind.address === media.bind.address &&
          candidate.media.portMin === media.portMin &&
          candidate.media.portMax === media.portMax,
      );
    if (range === undefined)
      throw new InvariantError(`no such interface: ${media.name}/${media.bind.address}`);
    return range;
  }
}
