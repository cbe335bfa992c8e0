import type { Address } from "./endpoint.ts";

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
