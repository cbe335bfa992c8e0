import type { Address } from "../../base/endpoint.ts";
import { Errno, SystemError } from "../../platform/errors.ts";
import { NetlinkFamily, NetlinkSocket } from "../../platform/netlink.ts";
import {
  decodeLinkType,
  decodePolicyCount,
  decodeRoute,
  encodeLinkQuery,
  encodePolicyQuery,
  encodeRouteQuery,
  POLICY_CHANGE_GROUPS,
  ROUTE_CHANGE_GROUPS,
  type Route,
  RouteQueryError,
} from "../../wire/route-netlink.ts";

/** `ARPHRD_*` of interfaces whose packets begin with an Ethernet header. */
const ETHERNET_TYPES: readonly number[] = [1, 772];
/** Routes that are remembered; thousands of calls share few. */
const MAX_REMEMBERED = 10_000;

/** The host's routes, as the kernel says, remembered until one changes. */
export class Routes {
  readonly #netlink = new NetlinkSocket(ROUTE_CHANGE_GROUPS);
  /** Absent: the kernel has no IPsec. */
  readonly #policies = openPolicies();
  #hasPolicies: boolean | undefined;
  readonly #routes = new Map<string, Route | undefined>();
  readonly #isEthernet = new Map<number, boolean>();
  #sequence = 0;

  /** How a packet goes from one address to another; undefined: not at all. */
  find(from: Address, to: Address): Route | undefined {
    const key = `${from.address} ${to.address}`;
    if (this.#routes.has(key)) return this.#routes.get(key);
    const route = this.#ask(() =>
      decodeRoute(this.#netlink.ask(encodeRouteQuery(from, to, ++this.#sequence))),
    );
    if (this.#routes.size >= MAX_REMEMBERED) this.#routes.clear();
    this.#routes.set(key, route);
    return route;
  }

  /** Whether an address is this host's. */
  isLocal(address: Address): boolean {
    return this.find(address, address)?.kind === "local";
  }

  isEthernet(interfaceIndex: number): boolean {
    let isEthernet = this.#isEthernet.get(interfaceIndex);
    if (isEthernet === undefined) {
      const query = encodeLinkQuery(interfaceIndex, ++this.#sequence);
      const type = this.#ask(() => decodeLinkType(this.#netlink.ask(query)));
      isEthernet = type !== undefined && ETHERNET_TYPES.includes(type);
      this.#isEthernet.set(interfaceIndex, isEthernet);
    }
    return isEthernet;
  }

  /** Whether the host has IPsec policies, which only its stack heeds. */
  get hasPolicies(): boolean {
    const policies = this.#policies;
    if (policies === undefined) return false;
    this.#hasPolicies ??=
      this.#ask(() => decodePolicyCount(policies.ask(encodePolicyQuery(++this.#sequence)))) !== 0;
    return this.#hasPolicies;
  }

  /** Forgets everything when links, addresses, routes, rules or policies have changed. @returns whether they have */
  refresh(): boolean {
    const arePoliciesOld = this.#policies?.hasChanged() === true;
    if (!this.#netlink.hasChanged() && !arePoliciesOld) return false;
    this.#hasPolicies = undefined;
    this.#routes.clear();
    this.#isEthernet.clear();
    return true;
  }

  close(): void {
    this.#netlink.close();
    this.#policies?.close();
  }

  #ask<T>(query: () => T): T | undefined {
    try {
      return query();
    } catch (error) {
      // A kernel that is short of memory, say: what cannot be asked is not known.
      if (error instanceof RouteQueryError || error instanceof SystemError) return undefined;
      throw error;
    }
  }
}

function openPolicies(): NetlinkSocket | undefined {
  try {
    return new NetlinkSocket(POLICY_CHANGE_GROUPS, NetlinkFamily.Xfrm);
  } catch (error) {
    if (error instanceof SystemError && error.errno === Errno.EPROTONOSUPPORT) return undefined;
    throw error;
  }
}
