import type { Address } from "../base/endpoint.ts";

/**
 * One local address that media may use: upstream's `[NAME/]IP[!ADVERTISED]`.
 *
 * Several with one name and family form one logical interface; they are used in the order given.
 */
export interface MediaInterface {
  /** Logical name, by which `direction` picks it. `default` when none was given. */
  readonly name: string;
  /** Name before the colon of `BASE:SUFFIX`: interfaces of one base take turns. Absent: takes no turns. */
  readonly roundRobinBase?: string;
  /** What sockets bind to. */
  readonly bind: Address;
  /** What SDP and ICE show; equals `bind` unless the host is behind NAT. */
  readonly advertised: Address;
  /** First and last port of the range, inclusive. */
  readonly portMin: number;
  readonly portMax: number;
  /** Ports of the range that are not used. */
  readonly excludedPorts?: readonly number[];
}

/** Another name for a logical interface. */
export interface InterfaceAlias {
  readonly name: string;
  /** The name it stands for; may itself be a round-robin base. */
  readonly of: string;
}

/** An address that this host has. */
export interface HostAddress extends Address {
  /** Name of the network interface, such as `eth0`. */
  readonly interface: string;
}
