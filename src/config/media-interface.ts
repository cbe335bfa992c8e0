import type { Address } from "../base/endpoint.ts";

export type { MediaInterface } from "../base/media-interface.ts";

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
