import type { Endpoint } from "../base/endpoint.ts";

/** What a transport tells its client. */
export interface TransportEvents {
  /** One whole message has come. */
  message(bytes: Uint8Array): void;
  /** Something went wrong that may pass (an ICMP error on UDP). */
  trouble(error: Error): void;
  /** The transport is of no use any more. */
  lost(error: Error): void;
}

/** Carries NG messages to one server and back. */
export interface Transport {
  /** Whether messages can get lost, so that they have to be repeated. */
  readonly isLossy: boolean;
  send(bytes: Uint8Array): void;
  close(): Promise<void>;
}

/** Opens a transport to a server. */
export type OpenTransport = (server: Endpoint, events: TransportEvents) => Promise<Transport>;
