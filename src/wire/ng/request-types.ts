import type { Address } from "../../base/endpoint.ts";
import { ProxyError } from "../../base/errors.ts";
import type { NgFlags } from "./flags.ts";

/** An NG request with every documented key understood. */
export interface NgRequest {
  /** As it came: whether it is a command is for the dispatcher to say. */
  readonly command: string;
  readonly callId?: string;
  readonly fromTag?: string;
  readonly toTag?: string;
  readonly viaBranch?: string;
  /** `label` or `from-label`. */
  readonly label?: string;
  /** Only when spelled `from-label`. */
  readonly fromLabel?: string;
  readonly toLabel?: string;
  readonly setLabel?: string;
  /** `connect`: the other call. */
  readonly toCallId?: string;
  /** `inject`: where the media comes from. */
  readonly sourceTag?: string;
  readonly sourceCallId?: string;
  readonly fromTags?: readonly string[];
  /** `mesh`: the calls to merge. */
  readonly calls?: readonly string[];
  /** `mesh`: who is heard by whom. */
  readonly tags?: readonly { readonly from: string; readonly to: readonly string[] }[];
  /** Selects the participant whose SDP has this address. */
  readonly address?: string;
  /** Identifier of a peer instance (`transform`). */
  readonly instance?: string;
  /** A byte string. */
  readonly sdp?: string;
  /** `cli`: the command line; a byte string. */
  readonly body?: string;
  /** Where the SIP message came from; absent when missing or no address. */
  readonly receivedFrom?: Address;
  readonly flags: NgFlags;
  /** Keys, flags (`flags: NAME`) and values (`KEY: VALUE`) that are documented nowhere. */
  readonly unknownKeys: readonly string[];
  /** Known, but without effect in this version, or on purpose; names as in `NG_KEYS`. */
  readonly ignoredKeys: readonly string[];
}

/** What `parseNgRequest` needs from the configuration. */
export interface NgRequestOptions {
  /** A signalling template by name: a flag string. */
  readonly template?: (name: string) => string | undefined;
  /** Flag strings that are applied before the request's own keys, for this command. */
  readonly defaults?: (command: string) => readonly string[];
}

/** A dictionary that is no request. The message is what the client gets as `error-reason`. */
export class NgRequestError extends ProxyError {
  constructor(code: "E_NG_NO_COMMAND", message: string) {
    super(code, message);
  }
}
