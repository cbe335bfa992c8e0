import { type Address, type Family, parseAddress } from "../base/endpoint.ts";

/** Where a control port listens. */
export interface ListenAddress {
  /** IP address in canonical text form. */
  readonly address: string;
  readonly family: Family;
  /** 1..65535. */
  readonly port: number;
  /** Follows from a bare port or a host name: skip it quietly where the host lacks the IP version. */
  readonly isOptional: boolean;
}

/** Host and port of a remote server; the host may be a name. */
export interface HostPort {
  /** Address literal in canonical form (without brackets) or a host name. */
  readonly host: string;
  /** 1..65535. */
  readonly port: number;
}

/** Looks a host name up. Empty: unknown. */
export type ResolveHost = (name: string) => readonly Address[];

const HOST_NAME = /^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?$/;

/**
 * Splits `HOST:PORT`, `[IPv6]:PORT` or `IPv6:PORT`; with `allowsBarePort` also `PORT`, whose host is "".
 *
 * @returns the parts, or why there are none
 */
export function parseHostPort(text: string, allowsBarePort: boolean): HostPort | { readonly reason: string } {
  const colon = text.lastIndexOf(":");
  if (colon < 0 && !allowsBarePort) return { reason: `"${text}" has no port: write HOST:PORT` };
  const portText = text.slice(colon + 1);
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : 0;
  if (port < 1 || port > 65535) return { reason: `"${portText}" is no port: it needs to be 1 to 65535` };
  if (colon < 0) return { host: "", port };
  const host = text.slice(0, colon);
  const bracketed = /^\[(.*)\]$/.exec(host)?.[1];
  const literal = parseAddress(bracketed ?? host);
  if (literal !== undefined) return { host: literal.address, port };
  if (bracketed !== undefined) return { reason: `"${host}" is no IPv6 address` };
  if (/^[\d.]+$/.test(host)) return { reason: `"${host}" is no IPv4 address` };
  if (!HOST_NAME.test(host)) return { reason: `"${host}" is neither an address nor a host name` };
  return { host, port };
}

/**
 * The sockets that one `listen-…` value asks for: a bare port means every address of both IP versions,
 * a name every address that it resolves to (`localhost` needs no lookup).
 */
export function listenAddresses(
  text: string,
  resolve: ResolveHost,
): readonly ListenAddress[] | { readonly reason: string } {
  const parsed = parseHostPort(text, true);
  if ("reason" in parsed) return parsed;
  const { host, port } = parsed;
  if (host === "") return both("0.0.0.0", "::", port);
  const literal = parseAddress(host);
  if (literal !== undefined) return [{ ...literal, port, isOptional: false }];
  if (host.toLowerCase() === "localhost") return both("127.0.0.1", "::1", port);
  const found = resolve(host);
  if (found.length === 0) return { reason: `"${host}" cannot be resolved to an address` };
  return found.map((address) => ({ ...address, port, isOptional: found.length > 1 }));
}

function both(v4: string, v6: string, port: number): readonly ListenAddress[] {
  return [
    { family: 4, address: v4, port, isOptional: true },
    { family: 6, address: v6, port, isOptional: true },
  ];
}

/** Host, port, database and password of a Redis server. */
export interface RedisAddress extends HostPort {
  readonly password?: string;
  readonly database?: number;
}

/** Parses `[PASSWORD@]HOST:PORT[/DATABASE]`. */
export function parseRedisAddress(
  text: string,
  needsDatabase: boolean,
): RedisAddress | { readonly reason: string } {
  const at = text.lastIndexOf("@");
  const rest = text.slice(at + 1);
  const slash = rest.indexOf("/");
  const database = slash < 0 ? undefined : rest.slice(slash + 1);
  if (database === undefined && needsDatabase)
    return { reason: "has no database number: write HOST:PORT/NUMBER" };
  if (database !== undefined && !/^\d{1,9}$/.test(database))
    return { reason: `"/${database}" is no database number` };
  const parsed = parseHostPort(slash < 0 ? rest : rest.slice(0, slash), false);
  if ("reason" in parsed) return parsed;
  return {
    ...parsed,
    ...(at < 0 ? {} : { password: text.slice(0, at) }),
    ...(database === undefined ? {} : { database: Number(database) }),
  };
}
