import { type Address, type Endpoint, type Family, isUnspecified } from "../base/endpoint.ts";
import type { MediaInterface } from "../base/media-interface.ts";

/** Why nothing is sent to an endpoint that SDP names. */
export type RefusedDestination = "no-host" | "loopback" | "control-port";

/** An endpoint of an SDP that nothing is sent to. */
export interface RefusedEndpoint {
  readonly endpoint: Endpoint;
  readonly reason: RefusedDestination;
}

/** The local addresses of a host by logical interface and family, as configured. Immutable. */
export class InterfaceTable {
  readonly all: readonly MediaInterface[];
  readonly #byName: ReadonlyMap<string, readonly MediaInterface[]>;
  readonly #aliases: ReadonlyMap<string, string>;
  readonly #controls: readonly Endpoint[];

  /**
   * @param aliases other names of logical interfaces: alias → name
   * @param controls where we take commands in datagrams
   */
  constructor(
    all: readonly MediaInterface[],
    aliases: ReadonlyMap<string, string> = new Map(),
    controls: readonly Endpoint[] = [],
  ) {
    const byName = new Map<string, MediaInterface[]>();
    for (const media of all) byName.set(media.name, [...(byName.get(media.name) ?? []), media]);
    this.all = all;
    this.#byName = byName;
    this.#aliases = aliases;
    this.#controls = controls;
  }

  /** The interface that media goes to when nothing is asked for: the first configured. */
  get defaultName(): string {
    return this.all[0]?.name ?? "default";
  }

  /** The logical name behind a name or alias; undefined when there is none. */
  resolve(name: string): string | undefined {
    const target = this.#aliases.get(name) ?? name;
    return this.#byName.has(target) ? target : undefined;
  }

  /** Logical interfaces that take turns under this base name or alias of it; empty when there are none. */
  group(base: string): readonly string[] {
    const target = this.#aliases.get(base) ?? base;
    return [...new Set(this.all.filter((media) => media.roundRobinBase === target).map(({ name }) => name))];
  }

  /** Addresses of a logical interface in a family, best first. */
  addresses(name: string, family: Family): readonly MediaInterface[] {
    return (this.#byName.get(name) ?? []).filter((media) => media.bind.family === family);
  }

  /** Whether an endpoint is, or is advertised as, a media port of this engine. */
  isOwn({ address, port }: Endpoint): boolean {
    return this.all.some(
      ({ bind, advertised, portMin, portMax }) =>
        port >= portMin && port <= portMax && (bind.address === address || advertised.address === address),
    );
  }

  /** Whether media may be sent from a local address to an endpoint that SDP names. */
  maySend(from: MediaInterface, to: Endpoint): boolean {
    return this.whyNotSend(from, to) === undefined;
  }

  /**
   * Why media may not be sent from a local address to an endpoint that SDP names: not to what is no host, not from
   * the network into this host's loopback, and not to a control port, because an RTP packet can be an NG message.
   */
  whyNotSend(from: MediaInterface, to: Endpoint): RefusedDestination | undefined {
    if (NO_HOST[to.family].test(to.address)) return "no-host";
    if (isLoopback(to) && !isLoopback(from.bind)) return "loopback";
    const isControl = this.#controls.some(({ address, port }) => {
      return port === to.port && (address === to.address || isPrivate(to) || this.#isOwnAddress(to));
    });
    return isControl ? "control-port" : undefined;
  }

  #isOwnAddress({ address }: Address): boolean {
    return this.all.some(
      ({ bind, advertised }) => bind.address === address || advertised.address === address,
    );
  }

  /** Family that an interface is asked for when nothing else says one. */
  familyOf(name: string): Family | undefined {
    return this.#byName.get(name)?.[0]?.bind.family;
  }
}

const PRIVATE_V4 =
  /^(?:10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/;
const PRIVATE_V6 = /^(?:f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|::1$)/i;

/** This network, multicast, reserved and broadcast (RFC 6890 §2.2.2); multicast and mapped IPv4 (RFC 4291). */
const NO_HOST: Readonly<Record<Family, RegExp>> = {
  4: /^(?:0|22[4-9]|23\d|24\d|25\d)\./,
  6: /^(?:ff|::ffff:)/,
};

function isLoopback({ family, address }: Address): boolean {
  return family === 4 ? address.startsWith("127.") : address === "::1";
}

/** Whether an address is of no use outside its own network (RFC 1918, 3927, 4193, 6598, loopback). */
export function isPrivate(address: Address): boolean {
  return (address.family === 4 ? PRIVATE_V4 : PRIVATE_V6).test(address.address);
}

/**
 * Whether packets for a signalled address can get there from a local one: not when it is private while we
 * are public (its owner is behind NAT), nor when it is no address at all.
 */
export function isReachable(address: Address, from: MediaInterface): boolean {
  if (isUnspecified(address)) return false;
  return !isPrivate(address) || isPrivate(from.advertised);
}
